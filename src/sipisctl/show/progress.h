/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines of progress, one for each step or unit. On a terminal a line changes in
 * place, as long as the screen has rows for all lines; otherwise every change is a new line.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct progress_line {
	char *name, *text; /* owned */
};

struct progress {
	FILE *out; /* borrowed */
	bool in_place;
	struct progress_line *lines; /* owned */
	size_t n, capacity;
};

/* `terminal`: `out` is one. */
void progress_init(struct progress *progress, FILE *out, bool terminal);
void progress_done(struct progress *progress);

/* Add a line without text, and set its number for progress_set(). Return 0 or -ENOMEM. */
int progress_add(struct progress *progress, const char *name, size_t *ret_line);

/* Change the text of a line. An equal text prints nothing. Return 0 or -ENOMEM. */
int progress_set(struct progress *progress, size_t line, const char *text);
