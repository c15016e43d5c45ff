/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/changes.h"

#include <errno.h>
#include <string.h>

#include "document/reason.h"
#include "util/array.h"
#include "util/escape.h"

const char *const origin_words[ORIGIN_COUNT] = {
	[ORIGIN_SPLIT] = "split",
	[ORIGIN_SYNC] = "sync",
	[ORIGIN_EDIT] = "edit",
};

static void change_done(struct change *change)
{
	free(change->name);
	for (size_t i = 0; i < VERSION_COUNT; i++) {
		free(change->states[i].data);
		attributes_done(&change->states[i].attributes);
	}
	attributes_done(&change->seen);
}

void changes_done(struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		change_done(&changes->items[i]);
	free(changes->items);
	*changes = (struct changes){};
}

int changes_add(struct changes *changes, enum split_directory split_directory, const char *name,
		struct change **ret_change)
{
	struct change *change;

	if (ARRAY_RESERVE(changes->items, changes->n, changes->capacity) < 0)
		return -ENOMEM;

	change = &changes->items[changes->n];
	*change = (struct change){.split_directory = split_directory, .name = strdup(name)};
	if (!change->name)
		return -ENOMEM;
	changes->n++;
	*ret_change = change;
	return 0;
}

void change_append_path(struct strbuf *buf, const struct change *change)
{
	if (change->split_directory == SPLIT_DIRECTORY_SETTINGS)
		strbuf_appendf(buf, "%s/%s", SIPIS_CONFDIR, change->name);
	else
		strbuf_append(buf, LOADBALANCER_SETTINGS);
}

/* --- from the installation to the proposal ----------------------------------------------- */

int file_state_set(struct file_state *state, const char *data, size_t size)
{
	state->data = malloc(size + 1);
	if (!state->data)
		return -ENOMEM;

	memcpy(state->data, data, size);
	state->data[size] = 0;
	state->size = size;
	return 0;
}

/* Add a change unless both have the same bytes. `old` or `new` NULL: that version has no file. */
static int changes_compare(struct changes *changes, enum split_directory split_directory,
			   const char *name, const struct source *old,
			   const struct proposed_file *new)
{
	struct change *change;
	int r;

	if (old && new && old->size == new->size && !memcmp(old->data, new->data, new->size))
		return 0;

	r = changes_add(changes, split_directory, name, &change);
	if (r < 0)
		return r;
	if (old) {
		r = file_state_set(&change->states[VERSION_OLD], old->data, old->size);
		if (r < 0)
			return r;
	}
	if (!new)
		return 0;
	change->made_from = new->made_from;
	return file_state_set(&change->states[VERSION_NEW], new->data, new->size);
}

static const struct proposed_file *find_proposed(const struct proposal *proposal, const char *name)
{
	for (size_t i = 0; i < proposal->n; i++)
		if (proposal->files[i].name && !strcmp(proposal->files[i].name, name))
			return &proposal->files[i];
	return NULL;
}

static const struct source *find_source(const struct installation *installation, const char *file)
{
	for (size_t i = 0; i < installation->n_instances; i++)
		if (!strcmp(installation->instances[i].file, file))
			return installation->instances[i].source;
	return NULL;
}

int changes_make(const struct installation *installation, const struct proposal *proposal,
		 struct changes *ret_changes)
{
	_cleanup_(changes_done) struct changes changes = {};
	int r;

	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];

		r = changes_compare(&changes, SPLIT_DIRECTORY_SETTINGS, instance->file,
				    instance->source, find_proposed(proposal, instance->file));
		if (r < 0)
			return r;
	}

	changes.n_instances[VERSION_OLD] = installation_count(installation);
	for (size_t i = 0; i < proposal->n; i++) {
		const struct proposed_file *file = &proposal->files[i];

		changes.n_instances[VERSION_NEW] += file->name != NULL;
		if (!file->name)
			r = changes_compare(&changes, SPLIT_DIRECTORY_LOAD_BALANCER,
					    load_balancer_file(),
					    installation->load_balancer_source, file);
		else if (!find_source(installation, file->name))
			r = changes_compare(&changes, SPLIT_DIRECTORY_SETTINGS, file->name, NULL,
					    file);
		else
			r = 0; /* compared above */
		if (r < 0)
			return r;
	}
	*ret_changes = TAKE_STRUCT(changes);
	return 0;
}

/* --- the files on disk ------------------------------------------------------------------- */

const char *const file_fault_texts[] = {
	[FILE_IS_LINK] = "is a symbolic link, and would be replaced by a file",
	[FILE_IS_SHARED] = "has several names (hard links), and would lose the others",
	[FILE_IS_NO_FILE] = "is not a regular file",
	[FILE_IS_MOUNT] = "is mounted there, and cannot be replaced",
	[FILE_IS_FIXED] = "is immutable or append-only (chattr), and cannot be replaced",
	[FILE_IS_TOO_LARGE] = "is over 1 MiB",
};

int change_reject(const struct change *change, const struct split_directories *directories,
		  const char *fault, struct strbuf *reason)
{
	_cleanup_strbuf_ struct strbuf path = STRBUF_INIT, shown = STRBUF_INIT;

	strbuf_append(&path, directories->prefix);
	change_append_path(&path, change);
	escape_append(&shown, path.text, path.length);
	if (strbuf_error(&path) || strbuf_error(&shown))
		return -ENOMEM;
	return reason_set(reason, NULL, "%s %s", shown.text, fault);
}

bool file_state_is(const struct file_state *state, const struct file *file)
{
	if (!file->data || !state->data)
		return !file->data && !state->data;
	return file->size == state->size && !memcmp(file->data, state->data, file->size);
}

/* Returns 1, 0 with a reason, or a negative errno. */
static int change_take_old_attributes(struct change *change,
				      const struct split_directories *directories,
				      struct strbuf *reason)
{
	struct file_state *old = &change->states[VERSION_OLD];
	int directory = directories->fds[change->split_directory];
	_cleanup_(file_done) struct file file = {};
	int r;

	if (directory >= 0) {
		r = file_read(directory, change->name, &file);
		if (r < 0)
			return r;
	}
	if (file.fault != FILE_GOOD)
		return change_reject(change, directories, file_fault_texts[file.fault], reason);
	if (!file_state_is(old, &file))
		return change_reject(change, directories, "was changed meanwhile", reason);

	old->attributes = TAKE_STRUCT(file.attributes);
	return 1;
}

/* Give a new file the attributes of the file that it is made from. Returns as above. */
static int change_inherit_attributes(struct change *change,
				     const struct split_directories *directories,
				     struct strbuf *reason)
{
	_cleanup_(file_done) struct file file = {};
	int r;

	r = file_read(directories->fds[SPLIT_DIRECTORY_SETTINGS], change->made_from, &file);
	if (r < 0)
		return r;
	if (!file.data)
		return change_reject(
			change, directories,
			"cannot be created: the file that it is copied from is not a regular file "
			"with one name",
			reason);

	change->states[VERSION_NEW].attributes = TAKE_STRUCT(file.attributes);
	return 1;
}

static int change_take_attributes(struct change *change,
				  const struct split_directories *directories,
				  struct strbuf *reason)
{
	struct file_state *old = &change->states[VERSION_OLD];
	struct file_state *new = &change->states[VERSION_NEW];
	int r;

	r = change_take_old_attributes(change, directories, reason);
	if (r <= 0)
		return r;
	if (!new->data)
		return 1;
	if (!old->data)
		return change_inherit_attributes(change, directories, reason);
	r = attributes_copy(&old->attributes, &new->attributes);
	return r < 0 ? r : 1;
}

int changes_take_attributes(struct changes *changes, const struct split_directories *directories,
			    struct strbuf *reason)
{
	int r;

	for (size_t i = 0; i < changes->n; i++) {
		r = change_take_attributes(&changes->items[i], directories, reason);
		if (r <= 0)
			return r;
	}
	return 1;
}
