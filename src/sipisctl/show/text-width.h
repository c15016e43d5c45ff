/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The size of the terminal on standard output, and how many columns a text takes there. */

#include <stdbool.h>
#include <stddef.h>

#include "util/strbuf.h"

/* Return the columns of a line: $COLUMNS, or those of the terminal, or 80. */
unsigned line_width(void);

/* Return the rows of the terminal, or 24. */
unsigned screen_rows(void);

/* Return whether the locale has more than ASCII to draw with. */
bool locale_is_utf8(void);

/* Return the columns of a text, which must be escaped: see escape.h. */
unsigned text_width(const char *text);

/* Append a text cut to `width` columns. A text that is cut ends in `mark`. */
void text_append_cut(struct strbuf *buf, const char *text, unsigned width, const char *mark);

/*
 * Append a text with spaces replaced by newlines, so that no line is longer than `width` columns
 * unless a word is. Return the number of lines.
 */
unsigned text_append_folded(struct strbuf *buf, const char *text, unsigned width);
