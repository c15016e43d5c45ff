/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One document, read by the project, and once more as a tree by libxml2 itself: what the two say
 * must be the same.
 */

#include <libxml/tree.h>

#include "document/grammar.h"
#include "document/xml.h"

/* A source of these bytes. The caller frees it. */
struct source *document_source(const void *data, size_t size);

/* As a tree; NULL: it is not well-formed. The caller frees it. */
xmlDocPtr document_tree(const void *data, size_t size);

/* Is it the element of this row of the grammar, below a parent that is the one of its row? */
bool node_is_element(const xmlNode *node, const struct grammar *grammar, size_t row);

/*
 * Every value of a document that was read is that of the tree, and its place is between quotes.
 * `next_record` gives the record of the next element of a row that may repeat, in the order of the
 * document.
 */
void check_document(struct source *source, const struct grammar *grammar, void *document,
		    void *(*next_record)(void *document, size_t row));

/* Parse, and check all that can be said without knowing the document's type; xml_parse()'s result.
 */
int check_parse(struct source *source, const struct grammar *grammar, void *document,
		void (*done)(void *document));
