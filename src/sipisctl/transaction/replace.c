/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/replace.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/transaction/file.h"

/* Its name has a number, as one with the file's own name could be too long. */
#define NEW_NAME     ".sipisctl-split."
#define NEW_NAME_MAX 64

static void new_name(size_t i, char ret[NEW_NAME_MAX])
{
	snprintf(ret, NEW_NAME_MAX, NEW_NAME "%zu", i);
}

/*
 * Who closed a file to others since, or gave it to somebody, did not mean to have that taken back
 * with its bytes. 1 or -ENOMEM.
 */
static int keep_attributes(struct change *change, enum moment to, const struct file *file)
{
	struct version *version = &change->versions[to];
	struct attributes today;
	int r;

	if (!file->data || !version->data ||
	    attributes_equal(&file->attributes, &change->versions[to ^ 1].attributes))
		return 1;
	r = attributes_copy(&file->attributes, &today);
	if (r < 0)
		return r;
	attributes_done(&version->attributes);
	version->attributes = today;
	return 1;
}

/* 1: it is as at one of the two moments. 0 with a reason; negative errno. */
static int look_at(const struct homes *homes, struct change *change, enum moment to,
		   struct strbuf *reason)
{
	const struct version *from = &change->versions[to ^ 1];
	_cleanup_(file_done) struct file file = {};
	int r = 0;

	if (homes->fds[change->home] < 0 && from->data)
		return change_reject(change, homes, "is gone, with its directory", reason);
	if (homes->fds[change->home] >= 0)
		r = file_read(homes->fds[change->home], change->name, &file);
	if (r < 0)
		return r;
	if (file.fault != FILE_GOOD)
		return change_reject(change, homes, file_fault_words[file.fault], reason);
	change->settled = version_is(&change->versions[to], &file);
	if (!change->settled && !version_is(from, &file))
		return change_reject(change, homes, "was changed since", reason);
	return change->settled ? 1 : keep_attributes(change, to, &file);
}

static int look_at_all(const struct homes *homes, struct changes *changes, enum moment to,
		       struct strbuf *reason)
{
	int r = 1;

	for (size_t i = 0; r == 1 && i < changes->n; i++)
		r = look_at(homes, &changes->items[i], to, reason);
	return r;
}

/* Nothing but a number behind the prefix: nobody's copy of anything. */
static bool is_new_name(const char *name)
{
	const char *number = name + strlen(NEW_NAME);

	return !strncmp(name, NEW_NAME, strlen(NEW_NAME)) && *number &&
	       strspn(number, "0123456789") == strlen(number);
}

static int clean(int directory)
{
	DIR *listing = directory_list(directory);
	const struct dirent *entry;
	int r = 0;

	if (!listing)
		return -errno;
	while (r == 0 && (entry = directory_next(listing)))
		if (is_new_name(entry->d_name))
			r = file_remove(directory, entry->d_name);
	if (r == 0)
		r = -errno;
	closedir(listing);
	return r;
}

int switch_clean(const struct homes *homes)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < HOME_COUNT; i++)
		if (homes->fds[i] >= 0)
			r = clean(homes->fds[i]);
	return r;
}

static int write_new(const struct homes *homes, const struct change *change, size_t i,
		     enum moment to)
{
	const struct version *version = &change->versions[to];
	char name[NEW_NAME_MAX];

	new_name(i, name);
	if (!version->data)
		return 0;
	return file_create(homes->fds[change->home], name, version->data, version->size,
			   &version->attributes);
}

/*
 * What is written here need not be in its directory for good yet: whoever finds a step of the split
 * and misses a file here writes it again.
 */
int switch_prepare(const struct homes *homes, struct changes *changes, enum moment to,
		   struct strbuf *reason)
{
	int r = switch_clean(homes);

	if (r == 0)
		r = look_at_all(homes, changes, to, reason);
	for (size_t i = 0; r == 1 && i < changes->n; i++)
		if (!changes->items[i].settled) {
			r = write_new(homes, &changes->items[i], i, to);
			r = r < 0 ? r : 1;
		}
	if (r < 0)
		switch_clean(homes);
	return r;
}

static int change_name(const struct homes *homes, const struct change *change, size_t i,
		       enum moment to)
{
	int directory = homes->fds[change->home];
	char name[NEW_NAME_MAX];

	new_name(i, name);
	if (change->settled || !change->versions[to].data)
		return 0;
	return renameat(directory, name, directory, change->name) < 0 ? -errno : 0;
}

static int synchronize(const struct homes *homes)
{
	for (size_t i = 0; i < HOME_COUNT; i++)
		if (homes->fds[i] >= 0 && fsync(homes->fds[i]) < 0)
			return -errno;
	return 0;
}

/*
 * Files go last, and only when the new ones are there for good: better too many instances than
 * none. And all of that is for good before the split takes its last step. What was settled already
 * may be the work of a run that was killed before it had synchronized it.
 */
int switch_commit(const struct homes *homes, const struct changes *changes, enum moment to)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < changes->n; i++)
		r = change_name(homes, &changes->items[i], i, to);
	if (r == 0)
		r = synchronize(homes);
	for (size_t i = 0; r == 0 && i < changes->n; i++)
		if (!changes->items[i].versions[to].data)
			r = file_remove(homes->fds[changes->items[i].home], changes->items[i].name);
	return r < 0 ? r : synchronize(homes);
}
