/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How text that comes from a file or a file name is shown to people.
 *
 * Controls (C0, DEL, C1), the controls of bidirectional text, line and paragraph separators, code
 * points that are no characters and bytes that are not UTF-8 are written as `\n`, `\r`, `\t` or,
 * byte by byte, as `\x1b`: what is printed is one line of valid UTF-8 that cannot move a cursor or
 * reorder what stands around it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "util/strbuf.h"

/* An excerpt is never longer than this, whatever it was cut from. */
#define EXCERPT_MAX 64

/* The whole of it, escaped. */
void escape_append(struct strbuf *buf, const char *text, size_t length);

/* Escaped, and cut to at most EXCERPT_MAX bytes, `...` included where it was cut. */
void escape_append_excerpt(struct strbuf *buf, const char *text);

/* The same as a text of its own, for the caller to free; NULL: no memory. */
char *escape_excerpt(const char *text);

/* Does `text` have a control character (C0, DEL or C1)? `text` is UTF-8. */
bool text_has_control(const char *text);

/*
 * Does it have a code point that is no character (U+FDD0, U+1FFFE)? systemd reads a unit file up to
 * the first of them and drops the rest.
 */
bool text_has_noncharacter(const char *text);

/*
 * The length in bytes of the UTF-8 character that `text` begins with, and its code point; 0 where
 * it begins with none (an overlong form, a surrogate, a cut character, a lone byte).
 */
size_t utf8_decode(const char *text, size_t length, unsigned *ret_code_point);
