/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Filling a document by its grammar from the elements that a parser meets, in their order: values
 * with their places, and findings on what is missing, repeated or wrong on its own.
 */

#include <stdbool.h>

#include "document/grammar.h"

/* The root, its children and theirs: deeper elements are in no grammar. */
#define FILL_DEPTH_MAX 3

/* One element that is open, as far as the grammar goes. */
struct fill_level {
	int row; /* of the grammar, or FILL_NO_ROW */
	struct place place;
	unsigned children[GRAMMAR_ELEMENTS_MAX]; /* by row: how many there were */
};

#define FILL_NO_ROW (-2)

/* Begins zeroed but for the first four. All is borrowed. */
struct fill {
	struct source *source;
	const struct grammar *grammar;
	void *document;
	struct diagnostics *diagnostics;

	const char *root_name, *root_namespace;
	unsigned depth; /* of the open element: 1 is the root, 0 none */
	struct fill_level levels[FILL_DEPTH_MAX + 1];
};

/* One attribute, its value decoded. `prefix` and `uri` are NULL in no namespace. */
struct fill_attribute {
	const unsigned char *name, *prefix, *uri, *value, *end;
};

enum { FILL_WRONG_ROOT = 1 };

/* An element opens. True where fill_element() wants to see the rest of it. */
bool fill_enter(struct fill *fill, const char *name, const char *uri);

/*
 * Read the element that was entered: `tag` are the bytes of its start tag. 0, FILL_WRONG_ROOT
 * where it is a root that the grammar does not know, or -ENOMEM.
 */
int fill_element(struct fill *fill, const struct place *tag,
		 const struct fill_attribute *attributes, size_t n_attributes);

/* The element that was entered last closes. 0 or -ENOMEM. */
int fill_leave(struct fill *fill);
