/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lists the settings files of a directory by their names. The text between `Settings` and `.xml` is
 * the instance; the instance of `Settings.xml` is `default`.
 *
 * The order of the instances is that of every rule and listing: all digits, by their number; then
 * `default`; then all others in natural order (versionsort). So a copy, such as Settings-old.xml,
 * never takes a value from the file that it was copied from.
 */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/root.h"

#define INSTANCE_DEFAULT "default"

/* With more, PrivateTmp= needs a file name of over 255 bytes, and the unit cannot start. */
#define INSTANCE_LENGTH_MAX 185

struct scan_entry {
	char *file;     /* owned: the name in CONFDIR */
	char *instance; /* owned */
	bool valid;     /* the text can be an instance */
	bool regular;   /* readdir() reports a regular file */
};

struct scan {
	DIR *directory;             /* owned, open; NULL: no directory was read */
	struct scan_entry *entries; /* sorted, see above */
	size_t n, capacity;
	char **ignored; /* owned: nearly the name of a settings file, such as settings2.XML */
	size_t n_ignored, ignored_capacity;
};

/*
 * Add a file if its name is, or nearly is, that of a settings file. Return 1: added to the entries,
 * 0: not, or -ENOMEM. Call scan_sort() after the last one.
 */
int scan_add(struct scan *scan, const char *file);
void scan_sort(struct scan *scan);

/* List a directory. Return 0, -ENOENT if it does not exist, or another negative errno. */
int scan_settings(const struct root *root, const char *confdir, struct scan *ret_scan);
void scan_done(struct scan *scan);

bool instance_name_is_valid(const char *instance);

/* Compare two valid instances: numbers come first, then `default`, then others in natural order. */
int instance_compare(const char *a, const char *b);
