/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "util/array.h"

#define FILE_PREFIX "Settings"
#define FILE_SUFFIX ".xml"

static void entry_done(struct scan_entry *entry)
{
	free(entry->file);
	free(entry->instance);
}

void scan_done(struct scan *scan)
{
	for (size_t i = 0; i < scan->n; i++)
		entry_done(&scan->entries[i]);
	free(scan->entries);
	if (scan->directory)
		closedir(scan->directory);
	*scan = (struct scan){};
}

bool instance_name_is_valid(const char *instance)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789:_.-";
	size_t length = strlen(instance);

	return length && length <= INSTANCE_LENGTH_MAX && strspn(instance, allowed) == length;
}

static bool is_settings_file(const char *file)
{
	size_t length = strlen(file), around = strlen(FILE_PREFIX) + strlen(FILE_SUFFIX);

	return length >= around && !strncmp(file, FILE_PREFIX, strlen(FILE_PREFIX)) &&
	       !strcmp(file + length - strlen(FILE_SUFFIX), FILE_SUFFIX);
}

int scan_add(struct scan *scan, const char *file)
{
	const char *text = file + strlen(FILE_PREFIX);
	struct scan_entry entry;
	size_t length;

	if (!is_settings_file(file))
		return 0;
	length = strlen(text) - strlen(FILE_SUFFIX);
	if (ARRAY_RESERVE(scan->entries, scan->n, scan->capacity) < 0)
		return -ENOMEM;
	entry.file = strdup(file);
	entry.instance = length ? strndup(text, length) : strdup(INSTANCE_DEFAULT);
	if (!entry.file || !entry.instance) {
		entry_done(&entry);
		return -ENOMEM;
	}
	/* `Settingsdefault.xml` would take the unit of `Settings.xml`. */
	entry.valid = !length || (instance_name_is_valid(entry.instance) &&
				  strcmp(entry.instance, INSTANCE_DEFAULT) != 0);
	entry.regular = false;
	scan->entries[scan->n++] = entry;
	return 1;
}

static bool is_default(const struct scan_entry *entry)
{
	return entry->valid && !strcmp(entry->instance, INSTANCE_DEFAULT);
}

static int entry_compare(const void *a, const void *b)
{
	const struct scan_entry *x = a, *y = b;

	if (is_default(x) != is_default(y))
		return is_default(x) ? 1 : -1;
	return strverscmp(x->instance, y->instance);
}

void scan_sort(struct scan *scan)
{
	if (scan->n > 1)
		qsort(scan->entries, scan->n, sizeof(*scan->entries), entry_compare);
}

static int scan_directory(struct scan *scan)
{
	for (;;) {
		const struct dirent *entry;
		int r;

		errno = 0;
		entry = readdir(scan->directory);
		if (!entry)
			return -errno;
		r = scan_add(scan, entry->d_name);
		if (r < 0)
			return r;
		if (r > 0)
			scan->entries[scan->n - 1].regular = entry->d_type == DT_REG;
	}
}

int scan_settings(const struct root *root, const char *confdir, struct scan *ret_scan)
{
	_cleanup_(scan_done) struct scan scan = {};
	int fd, r;

	fd = root_open_file(root, confdir, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	scan.directory = fdopendir(fd);
	if (!scan.directory) {
		r = -errno;
		close(fd);
		return r;
	}
	r = scan_directory(&scan);
	if (r < 0)
		return r;
	scan_sort(&scan);
	*ret_scan = scan;
	scan = (struct scan){};
	return 0;
}
