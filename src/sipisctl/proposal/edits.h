/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Replacements of byte ranges in one file. Bytes outside of the ranges do not change.
 */

#include "util/strbuf.h"

struct edit {
	size_t offset, length; /* of what is replaced; length 0: insert before `offset` */
	char *text;            /* owned: the new bytes */
};

struct edits {
	struct edit *items; /* owned, ascending by offset */
	size_t n, capacity;
};

void edits_done(struct edits *edits);

/*
 * Add an edit. It must not overlap another; insertions at one offset keep their order. `text` is
 * copied. Return 0 or -ENOMEM.
 */
int edits_add(struct edits *edits, size_t offset, size_t length, const char *text);

/*
 * Append the bytes [begin, end) of `data`, with the edits that are completely inside. `buf`
 * remembers a failed allocation.
 */
void edits_apply(const struct edits *edits, const char *data, size_t begin, size_t end,
		 struct strbuf *buf);
