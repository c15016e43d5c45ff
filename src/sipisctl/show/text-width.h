/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much room there is on a line, and how much of it a text takes. */

#include <stdbool.h>
#include <stddef.h>

#include "util/strbuf.h"

/* How many columns a line of standard output has: COLUMNS, what the terminal says, or 80. */
unsigned line_width(bool terminal);

/* Does the locale have more than ASCII to draw with? */
bool locale_is_utf8(void);

/* How many columns a text takes that is fit to be shown: see escape.h. */
unsigned text_width(const char *text);

/* Append as much of it as fits into `width` columns, `mark` included where it was cut. */
void text_append_cut(struct strbuf *buf, const char *text, unsigned width, const char *mark);

/*
 * Append it with line breaks for spaces, so that no line is longer than `width` columns unless a
 * word is. Returns the number of lines.
 */
unsigned text_append_folded(struct strbuf *buf, const char *text, unsigned width);
