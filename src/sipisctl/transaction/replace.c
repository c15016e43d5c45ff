/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "document/reason.h"
#include "sipisctl/transaction/file.h"
#include "util/listing.h"

/*
 * A temporary name ends in the number of the change: with the file's name it could get too long.
 * A file that is being written has INCOMPLETE after the number. So one without it is either a
 * complete new file, or a file that was exchanged with one, and may be another program's.
 */
#define TEMPORARY     ".sipisctl-split."
#define INCOMPLETE    ".new"
#define TEMPORARY_MAX 64

static void temporary_name(size_t i, const char *end, char ret[TEMPORARY_MAX])
{
	snprintf(ret, TEMPORARY_MAX, TEMPORARY "%zu%s", i, end);
}

/* Parse a temporary name. Returns what follows the number, or NULL. */
static const char *temporary_parse(const char *name, size_t *ret_i)
{
	const char *number = name + strlen(TEMPORARY), *end;

	if (strncmp(name, TEMPORARY, strlen(TEMPORARY)) != 0)
		return NULL;
	end = number + strspn(number, "0123456789");
	if (end == number || (*end && strcmp(end, INCOMPLETE) != 0))
		return NULL;
	*ret_i = strtoul(number, NULL, 10);
	return end;
}

/* Call a function for every change until it returns something else than 1, and return that. */
static int replace_each(const struct split_directories *directories, struct changes *changes,
			enum version to, struct strbuf *reason,
			int (*function)(const struct split_directories *directories,
					struct changes *changes, size_t i, enum version to,
					struct strbuf *reason))
{
	int r;

	for (size_t i = 0; i < changes->n; i++) {
		r = function(directories, changes, i, to, reason);
		if (r < 0)
			changes->failed =
				changes->items[i].split_directory == SPLIT_DIRECTORY_SETTINGS
					? SIPIS_CONFDIR
					: LOADBALANCER_SETTINGS;
		if (r <= 0)
			return r;
	}
	return 1;
}

/* --- cleaning up ------------------------------------------------------------------------- */

/* Return 1 if the file is one of the two versions of its change, 0 if not, or a negative errno. */
static int temporary_is_known(int directory, const char *name, const struct changes *changes,
			      size_t i)
{
	_cleanup_(file_done) struct file file = {};
	int r;

	if (i >= changes->n)
		return 0;
	r = file_read(directory, name, &file);
	if (r < 0)
		return r;
	return file.data && (file_state_is(&changes->items[i].states[VERSION_OLD], &file) ||
			     file_state_is(&changes->items[i].states[VERSION_NEW], &file));
}

static int temporary_reject(const struct split_directories *directories,
			    enum split_directory split_directory, const char *name,
			    struct strbuf *reason)
{
	_cleanup_free_ char *path = split_directory_path(directories, split_directory);

	if (!path)
		return -ENOMEM;
	return reason_set(reason, NULL,
			  "%s/%s was saved by another program while files were replaced: move it "
			  "away, then run this again",
			  path, name);
}

/*
 * Remove the temporary files of a directory; unless `changes` is NULL, only those with known
 * content. Returns 1, 0 with a reason, or a negative errno.
 */
static int directory_clean(const struct split_directories *directories,
			   enum split_directory split_directory, const struct changes *changes,
			   struct strbuf *reason)
{
	int directory = directories->fds[split_directory];
	_cleanup_listing_ DIR *listing = listing_open(directory);
	const struct dirent *entry;
	int r;

	if (!listing)
		return -errno;

	while ((entry = listing_next(listing))) {
		size_t i = 0;
		const char *end = temporary_parse(entry->d_name, &i);

		if (!end)
			continue;
		if (changes && !*end) {
			r = temporary_is_known(directory, entry->d_name, changes, i);
			if (r == 0)
				return temporary_reject(directories, split_directory, entry->d_name,
							reason);
			if (r < 0)
				return r;
		}
		r = file_remove(directory, entry->d_name);
		if (r < 0)
			return r;
	}
	return errno ? -errno : 1;
}

static int replace_clean(const struct split_directories *directories, const struct changes *changes,
			 struct strbuf *reason)
{
	int r;

	for (size_t i = 0; i < SPLIT_DIRECTORY_COUNT; i++) {
		if (directories->fds[i] < 0)
			continue;
		r = directory_clean(directories, (enum split_directory)i, changes, reason);
		if (r <= 0)
			return r;
	}
	return 1;
}

int replace_discard(const struct split_directories *directories)
{
	int r;

	r = replace_clean(directories, NULL, NULL);
	return r < 0 ? r : 0;
}

/* --- preparing --------------------------------------------------------------------------- */

/* Keep mode and owner if they were changed after the split: revert the content only. */
static int change_keep_attributes(struct change *change, enum version to)
{
	int r;

	if (attributes_equal(&change->seen, &change->states[to ^ 1].attributes))
		return 0;

	for (size_t i = 0; i < VERSION_COUNT; i++) {
		struct attributes today = {};

		if (!change->states[i].data)
			continue;
		r = attributes_copy(&change->seen, &today);
		if (r < 0)
			return r;
		attributes_done(&change->states[i].attributes);
		change->states[i].attributes = today;
	}
	return 0;
}

/* Returns 1 if the file is in one of the two versions, 0 with a reason, or a negative errno. */
static int change_inspect(const struct split_directories *directories, struct changes *changes,
			  size_t i, enum version to, struct strbuf *reason)
{
	struct change *change = &changes->items[i];
	const struct file_state *from = &change->states[to ^ 1];
	int directory = directories->fds[change->split_directory];
	_cleanup_(file_done) struct file file = {};
	int r;

	change->up_to_date = change->is_kept;
	if (change->is_kept)
		return 1;
	if (directory < 0 && from->data)
		return change_reject(change, directories, "is gone, with its directory", reason);
	if (directory >= 0) {
		r = file_read(directory, change->name, &file);
		if (r < 0)
			return r;
	}
	if (file.fault != FILE_GOOD)
		return change_reject(change, directories, file_fault_texts[file.fault], reason);

	change->up_to_date = file_state_is(&change->states[to], &file);
	if (!change->up_to_date && !file_state_is(from, &file))
		return change_reject(change, directories, "was changed since", reason);
	attributes_done(&change->seen);
	change->seen = TAKE_STRUCT(file.attributes);
	return 1;
}

int replace_inspect(const struct split_directories *directories, struct changes *changes,
		    enum version to, struct strbuf *reason)
{
	return replace_each(directories, changes, to, reason, change_inspect);
}

/*
 * Take over attributes that were changed after the split. A file that comes back has none to take
 * over: withhold the permissions that all settings files have lost since.
 */
static int take_over_attributes(struct changes *changes, enum version to)
{
	mode_t lost = 07777;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < changes->n; i++) {
		struct change *change = &changes->items[i];
		const struct file_state *from = &change->states[to ^ 1];

		if (change->up_to_date || !from->data)
			continue;
		if (change->split_directory == SPLIT_DIRECTORY_SETTINGS) {
			lost &= from->attributes.mode & ~change->seen.mode;
			n++;
		}
		r = change_keep_attributes(change, to);
		if (r < 0)
			return r;
	}

	for (size_t i = 0; n && i < changes->n; i++) {
		struct change *change = &changes->items[i];

		if (!change->up_to_date && !change->states[to ^ 1].data &&
		    change->split_directory == SPLIT_DIRECTORY_SETTINGS)
			change->states[to].attributes.mode &= ~lost;
	}
	return 0;
}

/* Its name need not be durable: if a power cut loses it, --resume or --undo writes it again. */
static int change_write(const struct split_directories *directories, struct changes *changes,
			size_t i, enum version to, struct strbuf *reason _unused_)
{
	const struct change *change = &changes->items[i];
	const struct file_state *state = &change->states[to];
	int directory = directories->fds[change->split_directory], r;
	char name[TEMPORARY_MAX], incomplete[TEMPORARY_MAX];

	if (change->up_to_date || !state->data)
		return 1;

	temporary_name(i, INCOMPLETE, incomplete);
	temporary_name(i, "", name);
	r = file_create(directory, incomplete, state->data, state->size, &state->attributes);
	if (r < 0)
		return r;
	return renameat(directory, incomplete, directory, name) < 0 ? -errno : 1;
}

int replace_prepare(const struct split_directories *directories, struct changes *changes,
		    enum version to, struct strbuf *reason)
{
	int r;

	r = replace_clean(directories, changes, reason);
	if (r <= 0)
		return r;
	r = replace_inspect(directories, changes, to, reason);
	if (r <= 0)
		return r;
	r = take_over_attributes(changes, to);
	if (r < 0)
		return r;
	r = replace_each(directories, changes, to, reason, change_write);
	if (r < 0)
		(void)replace_discard(directories);
	return r;
}

/* --- committing -------------------------------------------------------------------------- */

/* Set the reason, and mark the file. Returns 0 or -ENOMEM. */
static int change_keep(const struct split_directories *directories, struct change *change,
		       const char *fault, struct strbuf *reason)
{
	change->is_kept = true;
	return change_reject(change, directories, fault, reason);
}

#define CHANGED_MEANWHILE "was changed meanwhile"

/*
 * Return 1 if this is the file that replace_prepare() has seen, complete and unchanged; 0 if not,
 * and set *ret_fault; or a negative errno.
 */
static int is_as_seen(int directory, const char *name, const struct change *change, enum version to,
		      const char **ret_fault)
{
	_cleanup_(file_done) struct file file = {};
	int r;

	*ret_fault = "is open for writing in another program";
	if (file_is_being_written(directory, name))
		return 0;
	*ret_fault = CHANGED_MEANWHILE;
	r = file_read(directory, name, &file);
	if (r < 0)
		return r;
	return file.data && file_state_is(&change->states[to ^ 1], &file) &&
	       attributes_equal(&file.attributes, &change->seen);
}

static int inode_of(int directory, const char *name, ino_t *ret_inode)
{
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*ret_inode = st.st_ino;
	return 0;
}

/*
 * Exchange two names back; `put_in` is the inode of the file that was put into its place. Another
 * program may save at the same time: go on until what comes out is what was put in before, as then
 * nothing newer has come out. Returns 0 or a negative errno.
 */
static int exchange_back(int directory, const char *name, const char *place, ino_t put_in)
{
	for (unsigned tries = 0; tries < 100; tries++) {
		ino_t wanted = put_in, came_out = 0;
		int r;

		r = inode_of(directory, name, &put_in);
		if (r < 0)
			return r;
		r = rename_exchange(directory, name, place);
		if (r < 0)
			return r;
		r = inode_of(directory, name, &came_out);
		if (r < 0)
			return r;
		if (came_out == wanted)
			return 0;
	}
	return -EBUSY;
}

/* Compare what came out of its place; put it back if it is not what was expected. Returns 1, 0 with
 * a reason, or a negative errno. */
static int change_check_displaced(const struct split_directories *directories,
				  struct changes *changes, size_t i, enum version to,
				  struct strbuf *reason)
{
	struct change *change = &changes->items[i];
	int directory = directories->fds[change->split_directory], r;
	char name[TEMPORARY_MAX];
	const char *fault;
	struct stat st;

	temporary_name(i, "", name);
	if (directory < 0 || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return directory < 0 || errno == ENOENT ? 1 : -errno;

	r = is_as_seen(directory, name, change, to, &fault);
	if (r != 0)
		return r;
	r = change->states[to].data ? exchange_back(directory, name, change->name, change->placed)
				    : rename_noreplace(directory, name, change->name);
	if (r < 0)
		return r;
	return change_keep(directories, change, fault, reason);
}

/* Replace the file where names cannot be exchanged: look, then rename. */
static int change_overwrite(const struct split_directories *directories, struct change *change,
			    const char *name, enum version to, struct strbuf *reason)
{
	int directory = directories->fds[change->split_directory], r;
	const char *fault;

	r = is_as_seen(directory, change->name, change, to, &fault);
	if (r < 0)
		return r;
	if (r == 0)
		return change_keep(directories, change, fault, reason);
	return renameat(directory, name, directory, change->name) < 0 ? -errno : 1;
}

static int change_place(const struct split_directories *directories, struct changes *changes,
			size_t i, enum version to, struct strbuf *reason)
{
	struct change *change = &changes->items[i];
	int directory = directories->fds[change->split_directory], r;
	char name[TEMPORARY_MAX];

	if (change->up_to_date || !change->states[to].data)
		return 1;

	temporary_name(i, "", name);
	if (!change->states[to ^ 1].data) {
		r = rename_noreplace(directory, name, change->name);
		if (r == -EEXIST)
			return change_keep(directories, change, CHANGED_MEANWHILE, reason);
		return r < 0 ? r : 1;
	}

	r = inode_of(directory, name, &change->placed);
	if (r < 0)
		return r;
	r = rename_exchange(directory, name, change->name);
	if (r == -ENOENT)
		return change_keep(directories, change, CHANGED_MEANWHILE, reason);
	if (r == -EINVAL)
		return change_overwrite(directories, change, name, to, reason);
	if (r < 0)
		return r;
	return change_check_displaced(directories, changes, i, to, reason);
}

/* Move a file away that version `to` does not have; it is unlinked at the end. */
static int change_displace(const struct split_directories *directories, struct changes *changes,
			   size_t i, enum version to, struct strbuf *reason)
{
	struct change *change = &changes->items[i];
	int directory = directories->fds[change->split_directory];
	char name[TEMPORARY_MAX];

	if (change->up_to_date || change->states[to].data)
		return 1;

	temporary_name(i, "", name);
	if (renameat(directory, change->name, directory, name) < 0)
		return errno == ENOENT ? change_keep(directories, change, CHANGED_MEANWHILE, reason)
				       : -errno;
	return change_check_displaced(directories, changes, i, to, reason);
}

static int synchronize(const struct split_directories *directories)
{
	for (size_t i = 0; i < SPLIT_DIRECTORY_COUNT; i++)
		if (directories->fds[i] >= 0 && fsync(directories->fds[i]) < 0)
			return -errno;
	return 0;
}

/*
 * Remove files only after the new ones are fsynced: a crash must leave too many instances, not
 * none. A file that is up to date may be the work of a run that was killed before it had fsynced
 * it.
 */
int replace_commit(const struct split_directories *directories, struct changes *changes,
		   enum version to, struct strbuf *reason)
{
	int r;

	r = replace_each(directories, changes, to, reason, change_place);
	if (r <= 0)
		return r;
	r = synchronize(directories);
	if (r < 0)
		return r;
	r = replace_each(directories, changes, to, reason, change_displace);
	if (r <= 0)
		return r;

	/* Look again: where leases do not work, another program may still have written. */
	r = replace_each(directories, changes, to, reason, change_check_displaced);
	if (r <= 0)
		return r;
	r = replace_clean(directories, changes, reason);
	if (r <= 0)
		return r;
	r = synchronize(directories);
	return r < 0 ? r : 1;
}
