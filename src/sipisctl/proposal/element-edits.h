/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Changing one element of a well-formed document where it stands: its attributes in its own style
 * (quotes, blanks, line ends), and the element as a whole.
 */

#include "document/source.h"
#include "sipisctl/proposal/edits.h"

/* Where an attribute goes that is not there. */
enum tag_end { TAG_FIRST, TAG_LAST };

/* The raw bytes of an attribute's value, as they stand between its quotes; NULL: it is absent. */
const char *tag_raw_value(const struct place *tag, const char *attribute, size_t *ret_length);

/*
 * Give the attribute of this start tag a value: only the bytes of the value change, and none where
 * it says the same already. An attribute that is absent is inserted at one end of the others, with
 * the blanks and quotes of the one there. `raw` is what is to stand between the quotes:
 * well-formed, with both kinds of quotes written as references. 0 or -ENOMEM.
 */
int tag_set(struct edits *edits, const struct place *tag, const char *attribute, const char *raw,
	    enum tag_end where);

/* The same for a text that is not yet written as XML. */
int tag_set_text(struct edits *edits, const struct place *tag, const char *attribute,
		 const char *text, enum tag_end where);

/* `text` as it can stand between quotes of either kind. A failed allocation is remembered. */
void tag_append_escaped(struct strbuf *buf, const char *text);

/* Where the element ends whose start tag this is: behind the `>` of its end tag, or its own. */
size_t tag_element_end(const struct place *tag);

/*
 * The same; where the element has a line of its own, behind a comment that ends it too: it is about
 * the element.
 */
size_t tag_line_end(const struct place *tag);

/*
 * The blanks before the element, from its line's end: what a sibling that is put beside it begins
 * with, so that it gets a line of its own where this one has. Returns its offset; it ends where the
 * tag begins.
 */
size_t tag_indentation(const struct place *tag);
