/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The raw bytes of one tag: where each attribute's name and value stand in the file. libxml2 knows
 * what a document means and forgets where the bytes were, so this reads the tag a second time,
 * after libxml2 found it well-formed.
 */

#include <stdbool.h>
#include <stddef.h>

struct markup_attribute {
	const char *name;
	size_t name_length;
	const char *value; /* without its quotes, references as they stand */
	size_t value_length;
};

/* Where reading a tag stands. Begin with `at` behind the `<` (or `<?`). */
struct markup_cursor {
	const char *at, *end;
};

/* Step over the tag's name. */
void markup_skip_name(struct markup_cursor *cursor);

/* The next attribute; false at the end of the tag, or where the bytes are no attribute. */
bool markup_next_attribute(struct markup_cursor *cursor, struct markup_attribute *ret_attribute);

/*
 * The first start tag that has more than `max` attributes, or NULL. Only a long way between two `<`
 * can hold many, so this costs nothing on real files.
 */
const char *markup_find_crowded_tag(const char *data, size_t size, size_t max);

/* Behind the comment, CDATA section or processing instruction at `at`; `at` where there is none. */
const char *markup_skip_opaque(const char *at, const char *end);

/* Behind the blanks, comments and processing instructions that `data` begins with. */
const char *markup_skip_misc(const char *data, size_t size);

/* Where the DOCTYPE begins, behind the comments and blanks before it; NULL where there is none. */
const char *markup_find_doctype(const char *data, size_t size);
