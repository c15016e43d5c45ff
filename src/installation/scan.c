/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "util/array.h"
#include "util/ascii.h"
#include "util/near-names.h"

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

	for (size_t i = 0; i < scan->n_ignored; i++)
		free(scan->ignored[i]);
	free(scan->ignored);

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

static bool file_is_settings(const char *file)
{
	size_t length = strlen(file), around = strlen(FILE_PREFIX) + strlen(FILE_SUFFIX);

	return length >= around && !strncmp(file, FILE_PREFIX, strlen(FILE_PREFIX)) &&
	       !strcmp(file + length - strlen(FILE_SUFFIX), FILE_SUFFIX);
}

/* Return true for `settings`, `Setting`, `Setings` and the like, at the beginning of a name. */
static bool prefix_is_near(const char *name)
{
	size_t right = strlen(FILE_PREFIX);

	for (size_t length = right - 1; length <= right + 1; length++) {
		char prefix[sizeof(FILE_PREFIX) + 1] = {};

		if (names_are_near(strncpy(prefix, name, length), FILE_PREFIX))
			return true;
	}
	return false;
}

/* Return true for `.XML`, `,xml`, `.xlm` and the like. `.xml~` and `.xml.bak` are backups. */
static bool suffix_is_near(const char *name, size_t length)
{
	static const char *const endings[] = {"xml",   ".xlm",  ".mxl", ".xxml",
					      ".xmml", ".xmll", ".xm"};

	for (size_t i = 0; i < ELEMENTSOF(endings); i++) {
		size_t ending = strlen(endings[i]);

		if (length >= ending && ascii_equal_n(name + length - ending, endings[i], ending))
			return true;
	}
	return false;
}

/* Return true for settings2.xml, Settings2.XML, Setting2.xml, and for blanks around such names. */
static bool file_is_near_miss(const char *file)
{
	size_t length;

	while (ascii_is_blank(*file))
		file++;
	length = strlen(file);
	while (length && ascii_is_blank(file[length - 1]))
		length--;

	return suffix_is_near(file, length) && prefix_is_near(file);
}

static int scan_add_ignored(struct scan *scan, const char *file)
{
	char *copy;

	if (ARRAY_RESERVE(scan->ignored, scan->n_ignored, scan->ignored_capacity) < 0)
		return -ENOMEM;

	copy = strdup(file);
	if (!copy)
		return -ENOMEM;
	scan->ignored[scan->n_ignored++] = copy;
	return 0;
}

int scan_add(struct scan *scan, const char *file)
{
	const char *text = file + strlen(FILE_PREFIX);
	struct scan_entry entry;
	size_t length;

	if (!file_is_settings(file))
		return file_is_near_miss(file) ? scan_add_ignored(scan, file) : 0;

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

/* The three classes of instances, in their order. */
enum entry_class {
	ENTRY_NUMBER,
	ENTRY_DEFAULT,
	ENTRY_OTHER,
};

static enum entry_class instance_class(const char *instance)
{
	if (!strcmp(instance, INSTANCE_DEFAULT))
		return ENTRY_DEFAULT;
	return instance[strspn(instance, "0123456789")] ? ENTRY_OTHER : ENTRY_NUMBER;
}

/* Compare texts of digits as numbers of any size; of equal ones (7, 07) the shorter comes first. */
static int numbers_compare(const char *a, const char *b)
{
	size_t zeros_a = strspn(a, "0"), zeros_b = strspn(b, "0");
	size_t length_a = strlen(a + zeros_a), length_b = strlen(b + zeros_b);
	int r;

	if (length_a != length_b)
		return length_a < length_b ? -1 : 1;

	r = strcmp(a + zeros_a, b + zeros_b);
	return r ? r : (zeros_a > zeros_b) - (zeros_a < zeros_b);
}

static int names_compare(enum entry_class class_a, const char *a, enum entry_class class_b,
			 const char *b)
{
	if (class_a != class_b)
		return class_a < class_b ? -1 : 1;
	return class_a == ENTRY_NUMBER ? numbers_compare(a, b) : strverscmp(a, b);
}

int instance_compare(const char *a, const char *b)
{
	return names_compare(instance_class(a), a, instance_class(b), b);
}

/* `Settingsdefault.xml` is not valid, and not `default` either. */
static enum entry_class entry_class(const struct scan_entry *entry)
{
	enum entry_class class = instance_class(entry->instance);

	return class == ENTRY_DEFAULT && !entry->valid ? ENTRY_OTHER : class;
}

static int entry_compare(const void *a, const void *b)
{
	const struct scan_entry *x = a, *y = b;

	return names_compare(entry_class(x), x->instance, entry_class(y), y->instance);
}

static int ignored_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void scan_sort(struct scan *scan)
{
	if (scan->n) /* else there is no array */
		qsort(scan->entries, scan->n, sizeof(*scan->entries), entry_compare);
	if (scan->n_ignored)
		qsort(scan->ignored, scan->n_ignored, sizeof(*scan->ignored), ignored_compare);
}

/* Return 0 or a negative errno. */
static int scan_directory(struct scan *scan)
{
	for (;;) {
		const struct dirent *entry;
		int r;

		errno = 0;
		entry = readdir(scan->directory);
		if (!entry)
			return -errno;

		/* A directory with the name of a settings file is an error, others are not near. */
		if (entry->d_type == DT_DIR && !file_is_settings(entry->d_name))
			continue;
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
	*ret_scan = TAKE_STRUCT(scan);
	return 0;
}
