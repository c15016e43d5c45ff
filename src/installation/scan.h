/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which settings files there are, by name alone, and which instance each of them describes: the
 * text between `Settings` and `.xml`, and `default` for `Settings.xml`.
 */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/root.h"

#define INSTANCE_DEFAULT "default"

/* So that `sipis@INSTANCE.service.d` is a file name. */
#define INSTANCE_LENGTH_MAX 239

struct scan_entry {
	char *file;     /* owned: the name in CONFDIR */
	char *instance; /* owned */
	bool valid;     /* false: this text cannot be an instance */
	bool regular;   /* the directory says that it is a regular file */
};

struct scan {
	DIR *directory;             /* owned, still open; NULL: the names come from elsewhere */
	struct scan_entry *entries; /* in natural order of the instance, `default` last */
	size_t n;
	size_t capacity;
};

/*
 * Add the file of this name, where it is a settings file's. 1: added, 0: it is not, or -ENOMEM.
 * When all are added, scan_sort() puts them in order.
 */
int scan_add(struct scan *scan, const char *file);
void scan_sort(struct scan *scan);

/* 0, -ENOENT where the directory does not exist, or another negative errno. */
int scan_settings(const struct root *root, const char *confdir, struct scan *ret_scan);
void scan_done(struct scan *scan);

bool instance_name_is_valid(const char *instance);
