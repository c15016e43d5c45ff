/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a document may hold, as a table: which elements count, which of their attributes are read,
 * as what, and into which field of the record that the element fills. All else in a document is
 * none of our business and left alone.
 */

#include <stddef.h>
#include <stdint.h>

#include "document/diagnostic.h"
#include "document/value.h"

struct grammar_attribute {
	const char *name;
	enum value_type type;
	size_t offset; /* of the struct value in the element's record */
	/* What to say where it is absent; -1: it may be absent. */
	int when_missing;
};

enum {
	ELEMENT_REQUIRED = 1 << 0, /* its parent needs at least one */
	ELEMENT_SINGLE = 1 << 1,   /* its parent takes at most one: the first counts */
};

#define GRAMMAR_ROOT         (-1)
#define GRAMMAR_NO_PLACE     SIZE_MAX
#define GRAMMAR_ELEMENTS_MAX 16

struct grammar_element {
	const char *name;
	int parent; /* row of the parent in the same table, GRAMMAR_ROOT: the root element */
	unsigned flags;
	const struct grammar_attribute *attributes;
	size_t n_attributes;
	size_t place; /* offset of the element's struct place in its record, or GRAMMAR_NO_PLACE */
	/*
	 * A new record in `document` for an element that may repeat: 0 or -ENOMEM. NULL: the
	 * document itself is the record.
	 */
	int (*record)(void *document, void **ret_record);
};

struct grammar {
	const char *root;
	const char *const *namespaces; /* ends with NULL; no namespace is always good */
	size_t root_place;             /* offset of the root's struct place in the document */
	const struct grammar_element *elements;
	size_t n_elements; /* at most GRAMMAR_ELEMENTS_MAX */
};
