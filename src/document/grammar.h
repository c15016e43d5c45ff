/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The grammar of a document is a table: the elements that are read, their attributes, the type of
 * each, and the field of a record that it fills. Everything else in a document is ignored.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "document/diagnostic.h"
#include "document/value.h"

struct grammar_attribute {
	const char *name;
	enum value_type type;
	size_t offset; /* of the struct value in the element's record */
	bool required;
	enum diagnostic_code when_missing; /* reported if it is required and absent */
};

enum {
	ELEMENT_REQUIRED = 1 << 0, /* its parent has at least one */
	ELEMENT_SINGLE = 1 << 1,   /* its parent has at most one: the first counts */
};

#define GRAMMAR_ROOT         (-1)
#define GRAMMAR_NO_PLACE     SIZE_MAX
#define GRAMMAR_ELEMENTS_MAX 16

struct grammar_element {
	const char *name;
	int parent; /* row of the parent in the same table, or GRAMMAR_ROOT */
	unsigned flags;
	const struct grammar_attribute *attributes;
	size_t n_attributes;
	size_t place; /* offset of the element's struct place in its record, or GRAMMAR_NO_PLACE */
	/* Make a new record in `document` for an element that may repeat. 0 or -ENOMEM. NULL: the
	 * document itself is the record. */
	int (*record)(void *document, void **ret_record);
};

struct grammar {
	const char *root;
	const char *const *namespaces; /* ends with NULL; no namespace is accepted too */
	size_t root_place;             /* offset of the root's struct place in the document */
	const struct grammar_element *elements;
	size_t n_elements; /* at most GRAMMAR_ELEMENTS_MAX */
};
