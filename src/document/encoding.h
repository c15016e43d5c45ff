/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The encoding of a document, judged by its first bytes and its XML declaration. */

#include <stdbool.h>

#include "document/source.h"

struct encoding_fault {
	struct place place; /* the offending bytes */
	char text[256];     /* of a finding: escaped, one line */
};

/* Return true if the document is in another encoding than UTF-8 or US-ASCII, and what is wrong. */
bool encoding_find_fault(struct source *source, struct encoding_fault *ret_fault);

/*
 * Return true if one of the first `end` bytes of the document is not UTF-8, and what is wrong with
 * the first such byte.
 */
bool encoding_find_bad_byte(struct source *source, size_t end, struct encoding_fault *ret_fault);

/* Return true if the byte at `offset` is a control character that XML forbids, and what is wrong.
 */
bool encoding_find_control(struct source *source, size_t offset, struct encoding_fault *ret_fault);
