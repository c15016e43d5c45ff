/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/changes.h"

#include <errno.h>
#include <string.h>

#include "document/reason.h"
#include "util/array.h"
#include "util/escape.h"

static void change_done(struct change *change)
{
	free(change->name);
	for (size_t i = 0; i < MOMENT_COUNT; i++) {
		free(change->versions[i].data);
		attributes_done(&change->versions[i].attributes);
	}
}

void changes_done(struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		change_done(&changes->items[i]);
	free(changes->items);
	*changes = (struct changes){};
}

int changes_add(struct changes *changes, enum home home, const char *name,
		struct change **ret_change)
{
	struct change *change;

	if (ARRAY_RESERVE(changes->items, changes->n, changes->capacity) < 0)
		return -ENOMEM;
	change = &changes->items[changes->n];
	*change = (struct change){.home = home, .name = strdup(name)};
	if (!change->name)
		return -ENOMEM;
	changes->n++;
	*ret_change = change;
	return 0;
}

void change_append_path(struct strbuf *buf, const struct change *change)
{
	if (change->home == HOME_SETTINGS)
		strbuf_appendf(buf, "%s/%s", SIPIS_CONFDIR, change->name);
	else
		strbuf_append(buf, LOADBALANCER_SETTINGS);
}

/* --- from the installation to the proposal ----------------------------------------------- */

static int version_set(struct version *version, const char *data, size_t size)
{
	version->data = malloc(size + 1);
	if (!version->data)
		return -ENOMEM;
	memcpy(version->data, data, size);
	version->data[size] = 0;
	version->size = size;
	return 0;
}

/* `before` or `file` NULL: it is not there at that moment. */
static int compare_file(struct changes *changes, const struct source *before,
			const struct proposed_file *file, enum home home, const char *name)
{
	struct change *change;
	int r;

	if (before && file && before->size == file->size &&
	    !memcmp(before->data, file->data, file->size))
		return 0;
	r = changes_add(changes, home, name, &change);
	if (r == 0 && before)
		r = version_set(&change->versions[BEFORE], before->data, before->size);
	if (r == 0 && file) {
		change->made_from = file->made_from;
		r = version_set(&change->versions[AFTER], file->data, file->size);
	}
	return r;
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
	int r = 0;

	for (size_t i = 0; r == 0 && i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];

		r = compare_file(&changes, instance->source,
				 find_proposed(proposal, instance->file), HOME_SETTINGS,
				 instance->file);
	}
	for (size_t i = 0; r == 0 && i < proposal->n; i++) {
		const struct proposed_file *file = &proposal->files[i];

		if (!file->name)
			r = compare_file(&changes, installation->load_balancer_source, file,
					 HOME_LOAD_BALANCER, load_balancer_file());
		else if (!find_source(installation, file->name))
			r = compare_file(&changes, NULL, file, HOME_SETTINGS, file->name);
	}
	if (r < 0)
		return r;
	*ret_changes = changes;
	changes = (struct changes){};
	return 0;
}

/* --- the files themselves ---------------------------------------------------------------- */

const char *const file_fault_words[] = {
	[FILE_IS_LINK] = "is a symbolic link, and would be replaced by a file",
	[FILE_IS_SHARED] = "has several names (hard links), and would lose the others",
	[FILE_IS_NO_FILE] = "is no regular file",
	[FILE_IS_MOUNT] = "is mounted there, and can't be replaced",
	[FILE_IS_FIXED] = "is immutable or append-only (chattr), and can't be replaced",
	[FILE_IS_TOO_LARGE] = "is over 1 MiB",
};

int change_reject(const struct change *change, const struct homes *homes, const char *fault,
		  struct strbuf *reason)
{
	struct strbuf path = STRBUF_INIT, shown = STRBUF_INIT;
	int r;

	strbuf_append(&path, homes->prefix);
	change_append_path(&path, change);
	escape_append(&shown, path.text, path.length);
	r = strbuf_error(&path) ? strbuf_error(&path) : strbuf_error(&shown);
	if (r == 0)
		r = reason_set(reason, NULL, "%s %s", shown.text, fault);
	strbuf_done(&path);
	strbuf_done(&shown);
	return r;
}

bool version_is(const struct version *version, const struct file *file)
{
	if (!file->data || !version->data)
		return !file->data && !version->data;
	return file->size == version->size && !memcmp(file->data, version->data, file->size);
}

/* 1, 0 with a reason, or negative errno. */
static int take_own(struct change *change, const struct homes *homes, struct strbuf *reason)
{
	struct version *before = &change->versions[BEFORE];
	_cleanup_(file_done) struct file file = {};
	int r = 0;

	if (homes->fds[change->home] >= 0)
		r = file_read(homes->fds[change->home], change->name, &file);
	if (r < 0)
		return r;
	if (file.fault != FILE_GOOD)
		return change_reject(change, homes, file_fault_words[file.fault], reason);
	if (!version_is(before, &file))
		return change_reject(change, homes, "was changed meanwhile", reason);
	before->attributes = file.attributes;
	file.attributes = (struct attributes){};
	return 1;
}

/* 1, 0 with a reason, or negative errno. */
static int take_origins(struct change *change, const struct homes *homes, struct strbuf *reason)
{
	_cleanup_(file_done) struct file file = {};
	int r;

	r = file_read(homes->fds[HOME_SETTINGS], change->made_from, &file);
	if (r < 0)
		return r;
	if (!file.data)
		return change_reject(
			change, homes,
			"can't be made: what it is to be made from is no regular file with "
			"one name",
			reason);
	change->versions[AFTER].attributes = file.attributes;
	file.attributes = (struct attributes){};
	return 1;
}

/* A new file gets what the one has that it is made from. */
static int give_attributes(struct change *change, const struct homes *homes, struct strbuf *reason)
{
	struct version *before = &change->versions[BEFORE], *after = &change->versions[AFTER];
	int r;

	if (!after->data)
		return 1;
	if (!before->data)
		return take_origins(change, homes, reason);
	r = attributes_copy(&before->attributes, &after->attributes);
	return r < 0 ? r : 1;
}

int changes_take_attributes(struct changes *changes, const struct homes *homes,
			    struct strbuf *reason)
{
	int r = 1;

	for (size_t i = 0; r == 1 && i < changes->n; i++) {
		r = take_own(&changes->items[i], homes, reason);
		if (r == 1)
			r = give_attributes(&changes->items[i], homes, reason);
	}
	return r;
}
