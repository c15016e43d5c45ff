/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Edits of one element of a well-formed document. They follow its style: quotes, blanks, line ends.
 * `tag` is the place of the element's start tag in a source that has its bytes.
 */

#include "document/source.h"
#include "sipisctl/proposal/edits.h"

/* Where a new attribute is inserted: before or after all others. */
enum attribute_position { ATTRIBUTE_FIRST, ATTRIBUTE_LAST };

/*
 * Set an attribute. A value that is equal already is not edited; a new attribute gets the blanks
 * and quotes of its neighbour. `raw` must be well-formed, with both kinds of quotes as references.
 * Return 0 or -ENOMEM.
 */
int element_set(struct edits *edits, const struct place *tag, const char *attribute,
		const char *raw, enum attribute_position position);

/* The same for a text that is not escaped. */
int element_set_text(struct edits *edits, const struct place *tag, const char *attribute,
		     const char *text, enum attribute_position position);

/* Return the raw bytes of an attribute's value, without its quotes, or NULL if it is absent. */
const char *element_raw_value(const struct place *tag, const char *attribute, size_t *ret_length);

/* Remove an attribute, with the blanks before it. Nothing if it is absent. 0 or -ENOMEM. */
int element_remove(struct edits *edits, const struct place *tag, const char *attribute);

/* Return the offset after the element's end tag, or after its empty tag. */
size_t element_end(const struct place *tag);

/*
 * Return the offset where a sibling after the element is inserted: element_end(), or, if a comment
 * ends the element's own line, the offset after that comment, as it is about this element.
 */
size_t element_line_end(const struct place *tag);

/*
 * Return the offset of the line end and blanks before the element. A copy of the bytes from there
 * to element_end() has its own line if the element has.
 */
size_t element_indentation(const struct place *tag);
