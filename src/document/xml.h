/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses a source with libxml2 into a document, by a grammar, and reports what is not well-formed,
 * forbidden, missing or wrong, each with its place. No other file includes libxml2.
 */

#include "document/grammar.h"

/* Make a parser for any number of documents, one after the other. NULL on OOM. */
struct xml *xml_new(void);
void xml_free(struct xml *xml);
DEFINE_FREEP(struct xml, xml_freep, xml_free)

/*
 * Fill `document`, which begins zeroed and borrows its texts from the source. 1: it is filled, and
 * findings about single values may have been added. 0: it could not be parsed, the one finding that
 * says why was added, and `document` must be released and not be used. Negative: -ENOMEM.
 */
int xml_parse(struct xml *xml, struct source *source, const struct grammar *grammar, void *document,
	      struct diagnostics *diagnostics);
