/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "switch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "reason.h"

/* Its name has a number, as one with the file's own name could be too long. */
#define NEW_NAME     ".sipisctl-split."
#define NEW_NAME_MAX 64

static void new_name(size_t i, char ret[NEW_NAME_MAX])
{
	snprintf(ret, NEW_NAME_MAX, NEW_NAME "%zu", i);
}

/* 1: it is as at one of the two moments. 0 with a reason; negative errno. */
static int look_at(const struct homes *homes, struct change *change, enum moment to,
		   struct strbuf *reason)
{
	_cleanup_(file_done) struct file file = {};
	struct strbuf path = STRBUF_INIT;
	int r = 0;

	if (homes->fds[change->home] >= 0)
		r = file_read(homes->fds[change->home], change->name, &file);
	if (r < 0)
		return r;
	change->settled = file.fault == FILE_GOOD && version_is(&change->versions[to], &file);
	if (change->settled ||
	    (file.fault == FILE_GOOD && version_is(&change->versions[to ^ 1], &file)))
		return 1;
	change_append_path(&path, change);
	r = strbuf_error(&path) ? strbuf_error(&path)
				: reason_set(reason, NULL, "%s was changed since", path.text);
	strbuf_done(&path);
	return r;
}

static int look_at_all(const struct homes *homes, struct changes *changes, enum moment to,
		       struct strbuf *reason)
{
	int r = 1;

	for (size_t i = 0; r == 1 && i < changes->n; i++)
		r = look_at(homes, &changes->items[i], to, reason);
	return r;
}

static int clean(int directory)
{
	DIR *listing = directory_list(directory);
	const struct dirent *entry;
	int r = 0;

	if (!listing)
		return -errno;
	while (r == 0 && (entry = directory_next(listing)))
		if (!strncmp(entry->d_name, NEW_NAME, strlen(NEW_NAME)))
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
