/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The content of a document as a flat list, to compare two documents: elements, attributes and
 * text, without comments, processing instructions, blanks between elements and namespace
 * declarations.
 */

#include <stdbool.h>
#include <stddef.h>

#include "document/source.h"
#include "util/strbuf.h"

enum outline_kind {
	OUTLINE_ELEMENT,
	OUTLINE_ATTRIBUTE,
	OUTLINE_TEXT,
};

struct outline_item {
	enum outline_kind kind;
	bool has_exceptions; /* an element of which attributes may be left out */
	unsigned depth;      /* of the element; 1 is the root */
	size_t element;      /* offset of its name in `texts`; all texts end in a NUL byte */
	size_t name;         /* of an attribute */
	size_t value;        /* of an attribute or text, decoded */
	struct place place;  /* of the element's `<`, the attribute's value or the text */
	struct place element_place;
	size_t parent; /* index of its element or, for an element, of the one around; the root's is
			  0 */
};

struct outline {
	struct outline_item *items;
	size_t n, capacity;
	struct strbuf texts;
};

#define OUTLINE_INIT                  \
	{                             \
		.texts = STRBUF_INIT, \
	}

/* An attribute of a child of the root that is left out of the list. */
struct outline_exception {
	const char *element, *attribute;
};

/*
 * List the content of a source that xml_parse() has accepted. The attributes of an element are
 * sorted by name. `outline` must be OUTLINE_INIT; the caller frees it with outline_done(), also
 * after a failure. Places borrow `source`. Return 0 or -ENOMEM.
 */
int outline_make(struct source *source, const struct outline_exception *exceptions,
		 size_t n_exceptions, struct outline *outline);
void outline_done(struct outline *outline);

/*
 * Sort the content of each element: attributes by name, then texts, then elements by name. What has
 * the same name keeps its order, so two documents that differ in the order of other elements only
 * have the same list. `parent` is not valid after this. Return 0 or -ENOMEM.
 */
int outline_sort(struct outline *outline);

/* Return how deep an item is: 1 for the root, 2 for what is directly in it. */
static inline unsigned outline_level(const struct outline_item *item)
{
	return item->kind == OUTLINE_ELEMENT ? item->depth : item->depth + 1;
}

/*
 * Compare the kinds and names of two items of the same element, in the order of outline_sort().
 * They can be of two documents.
 */
int outline_compare(const struct outline *a, const struct outline_item *x, const struct outline *b,
		    const struct outline_item *y);

static inline const char *outline_text(const struct outline *outline, size_t offset)
{
	return outline->texts.text + offset;
}
