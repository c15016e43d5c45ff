/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Escaping of text from files and file names before people see it.
 *
 * Controls (C0, DEL, C1), the controls of bidirectional text, line and paragraph separators,
 * invisible characters, blanks other than U+0020, code points that are not characters and bytes
 * that are not UTF-8 become `\n`, `\r`, `\t` or, byte by byte, `\x1b`. The result is one line of
 * valid UTF-8 that cannot move a cursor or reorder the text around it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "util/strbuf.h"

/*
 * Return true for a code point that is escaped: it is invisible, looks like a blank, or changes the
 * direction or the line of the text around it.
 */
bool character_is_escaped(unsigned code_point);

/* The longest excerpt, in bytes. */
#define EXCERPT_MAX 64

/* Append all of the text, escaped. */
void escape_append(struct strbuf *buf, const char *text, size_t length);

/* The same, and every byte that is not ASCII is escaped too. */
void escape_append_ascii(struct strbuf *buf, const char *text, size_t length);

/*
 * A text escaped and cut to at most EXCERPT_MAX bytes, "..." included. It cannot fail, so it can be
 * an argument: diagnostics_add(..., "%s", excerpt(name).text).
 */
struct excerpt {
	char text[EXCERPT_MAX + 1];
};

struct excerpt excerpt(const char *text);

/* Return true if the UTF-8 text has a control character (C0, DEL or C1). */
bool text_has_control(const char *text);

/*
 * Return true if the text has a code point that is not a character (U+FDD0, U+1FFFE). systemd reads
 * a unit file up to the first of them and drops the rest.
 */
bool text_has_noncharacter(const char *text);

/*
 * Return the length in bytes of the UTF-8 character that `text` begins with, and its code point.
 * Returns 0 for anything else: an overlong form, a surrogate, a cut character, a lone byte.
 */
size_t utf8_decode(const char *text, size_t length, unsigned *ret_code_point);
