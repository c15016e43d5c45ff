/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What goes on, a line for each thing: on a terminal the lines stand still and change where they
 * are, elsewhere a line is printed for every change.
 */

#include <stdbool.h>
#include <stddef.h>

struct progress_line {
	char *name, *text; /* owned */
};

struct progress {
	bool in_place;
	struct progress_line *lines; /* owned */
	size_t n, capacity;
};

void progress_init(struct progress *progress, bool terminal);
void progress_done(struct progress *progress);

/* Another line; its number for progress_set(). `name` is copied. 0 or -ENOMEM. */
int progress_add(struct progress *progress, const char *name, size_t *ret_line);

/* What is to be said of it now; nothing happens where that is the same. 0 or -ENOMEM. */
int progress_set(struct progress *progress, size_t line, const char *text);
