/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Fills a document by its grammar, element by element as a parser meets them: values with their
 * places, and findings about what is missing, repeated or wrong.
 */

#include <stdbool.h>

#include "document/grammar.h"

/* The root, its children and theirs. No grammar has deeper elements. */
#define GRAMMAR_READER_DEPTH_MAX 3

/* An open element. */
struct grammar_reader_level {
	int row; /* of the grammar, GRAMMAR_ROOT or GRAMMAR_READER_NO_ROW */
	struct place place;
	unsigned children[GRAMMAR_ELEMENTS_MAX]; /* number of children by row */
	const char *near;                        /* a child that is probably that of near_row */
	int near_row;
};

#define GRAMMAR_READER_NO_ROW (-2)

/* The caller sets the first four and zeroes the rest. All is borrowed. */
struct grammar_reader {
	struct source *source;
	const struct grammar *grammar;
	void *document;
	struct diagnostics *diagnostics;

	const char *root_name, *root_namespace;
	unsigned depth; /* of the open element: 1 is the root, 0 none */
	struct grammar_reader_level levels[GRAMMAR_READER_DEPTH_MAX + 1];
};

/* One attribute as SAX2 passes it: the value is decoded and ends at `end`; `prefix` and `uri` are
 * NULL outside of a namespace. */
struct grammar_reader_attribute {
	const unsigned char *name, *prefix, *uri, *value, *end;
};

enum { GRAMMAR_READER_WRONG_ROOT = 1 };

/* Enter an element. Return true if the caller must call grammar_reader_element() for it. */
bool grammar_reader_enter(struct grammar_reader *reader, const char *name, const char *uri);

/*
 * Read the element that was entered. `tag` is the place of its start tag, which is well-formed. 0,
 * GRAMMAR_READER_WRONG_ROOT if the grammar has another root, or -ENOMEM.
 */
int grammar_reader_element(struct grammar_reader *reader, const struct place *tag,
			   const struct grammar_reader_attribute *attributes, size_t n_attributes);

/* Leave the element that was entered last. 0 or -ENOMEM. */
int grammar_reader_leave(struct grammar_reader *reader);
