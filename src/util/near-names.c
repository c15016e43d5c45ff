/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/near-names.h"

#include <string.h>

#include "util/ascii.h"
#include "util/escape.h"

#define EDITS_MAX 2

/* Return the bytes of the character at `text`; bytes that are not UTF-8 are taken one by one. */
static size_t character_length(const char *text)
{
	unsigned code_point;
	size_t length = utf8_decode(text, strlen(text), &code_point);

	return length ? length : 1;
}

/* Return the bytes of the blank or invisible character at `text`, or 0. */
static size_t blank_length(const char *text)
{
	unsigned code_point = 0;
	size_t length = utf8_decode(text, strlen(text), &code_point);

	return *text && length && (*text == ' ' || character_is_escaped(code_point)) ? length : 0;
}

/* Sipis3 and Sipis4 are two things: a digit is never edited. */
static bool is_editable(char c)
{
	return c && !ascii_is_digit(c);
}

static bool is_swapped(const char *a, const char *b)
{
	return ascii_lower(a[0]) == ascii_lower(b[1]) && ascii_lower(a[1]) == ascii_lower(b[0]);
}

/* Edit distance (Levenshtein, with swaps) up to `edits`: an edit has four branches at most. */
static bool is_within(const char *a, const char *b, unsigned edits)
{
	size_t length_a, length_b;

	while (*a && ascii_lower(*a) == ascii_lower(*b)) {
		a++;
		b++;
	}

	if (!*a && !*b)
		return true;
	if (blank_length(a))
		return is_within(a + blank_length(a), b, edits);
	if (blank_length(b))
		return is_within(a, b + blank_length(b), edits);
	if (!edits)
		return false;

	edits--;
	length_a = character_length(a);
	length_b = character_length(b);
	if (is_editable(*a) && is_within(a + length_a, b, edits))
		return true;
	if (is_editable(*b) && is_within(a, b + length_b, edits))
		return true;
	if (!is_editable(*a) || !is_editable(*b))
		return false;
	return is_within(a + length_a, b + length_b, edits) ||
	       (is_swapped(a, b) && is_within(a + 2, b + 2, edits));
}

bool names_are_near(const char *a, const char *b)
{
	size_t length = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
	size_t edits = length / 3;

	return is_within(a, b, edits < EDITS_MAX ? (unsigned)edits : EDITS_MAX);
}
