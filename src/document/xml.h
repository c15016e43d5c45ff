/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one place that knows libxml2: it fills a document from a source by a grammar, and says what
 * of it is not well-formed, forbidden, missing or wrong on its own, each with its place.
 */

#include "document/grammar.h"

/* A parser that serves any number of documents, one after the other. NULL: no memory. */
struct xml *xml_new(void);
void xml_free(struct xml *xml);
DEFINE_FREEP(struct xml, xml_freep, xml_free)

/*
 * 1: `document` is filled, findings on single values may have been added. 0: it could not be read,
 * the one finding that says why was added, and `document` holds what must be released and not be
 * used. Negative: -ENOMEM. `document` begins zeroed, and borrows its texts from the source.
 */
int xml_parse(struct xml *xml, struct source *source, const struct grammar *grammar, void *document,
	      struct diagnostics *diagnostics);
