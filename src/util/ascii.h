/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Classes and comparison of ASCII characters. The functions of <ctype.h> and <strings.h> depend on
 * the locale: in tr_TR, strcasecmp("ascii", "ASCII") is not 0.
 */

#include <stdbool.h>
#include <stddef.h>

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool ascii_is_letter(char c)
{
	return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

/* Compare as strcmp(), but for the case of ASCII letters. */
static inline int ascii_compare(const char *a, const char *b)
{
	while (*a && ascii_lower(*a) == ascii_lower(*b)) {
		a++;
		b++;
	}
	return (unsigned char)ascii_lower(*a) - (unsigned char)ascii_lower(*b);
}

/* Return true if the first `length` bytes are equal but for the case of ASCII letters. */
static inline bool ascii_equal_n(const char *a, const char *b, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
		else if (!a[i])
			break;
	return true;
}

/* Return true if the texts are equal but for the case of ASCII letters. */
static inline bool ascii_equal(const char *a, const char *b)
{
	return ascii_compare(a, b) == 0;
}
