/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the generator has written into its directory. */

#include <stdbool.h>
#include <stddef.h>

struct unit {
	char *name;
	char *drop_in; /* NULL: it has none, and its directory is empty */
	bool linked, has_directory;
};

struct units {
	struct unit *items;
	size_t n;
	bool empty_wants; /* a directory of links without any */
	char *strange;    /* the path of something that belongs to no unit; or NULL */
};

struct units read_units(const char *directory);
void units_done(struct units *units);
const struct unit *find_unit(const struct units *units, const char *name);

/* A drop-in and, where that is wanted, a link. */
bool is_whole(const struct unit *unit);

/* The same text; or both refuse a file that can't be read, whatever the reason was. */
bool is_same_text(const char *a, const char *b);

/* The same for drop-ins. PID 1 would wait for a file that does not answer: it must not be told
 * where that is. */
bool is_same_drop_in(const char *drop_in, const char *wanted);
