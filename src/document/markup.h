/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The raw bytes of markup. libxml2 does not tell where the bytes of a name or a value are, so these
 * functions scan a tag again after libxml2 has found it well-formed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "util/strbuf.h"

struct markup_attribute {
	const char *name;
	size_t name_length;
	const char *value; /* without its quotes, references not decoded */
	size_t value_length;
};

/* A position in a tag. `at` begins after the `<` (or `<?`). */
struct markup_cursor {
	const char *at, *end;
};

/* Skip the tag's name. */
void markup_skip_name(struct markup_cursor *cursor);

/* Get the next attribute. Return false at the end of the tag, or at bytes that are no attribute. */
bool markup_next_attribute(struct markup_cursor *cursor, struct markup_attribute *ret_attribute);

/* Return the first start tag that has more than `max` attributes, or NULL. */
const char *markup_find_crowded_tag(const char *data, size_t size, size_t max);

/* Return the end of the comment, CDATA section or processing instruction at `at`, or `at`. */
const char *markup_skip_opaque(const char *at, const char *end);

/* Return the end of the blanks, comments and processing instructions that `data` begins with. */
const char *markup_skip_misc(const char *data, size_t size);

/* Return the begin of the DOCTYPE, after comments and blanks, or NULL if there is none. */
const char *markup_find_doctype(const char *data, size_t size);

/*
 * Append a plain text as XML, for an attribute's value in quotes of either kind or for an element's
 * text. `buf` remembers a failed allocation.
 */
void markup_append_escaped(struct strbuf *buf, const char *text);
