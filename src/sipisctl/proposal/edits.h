/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Edits are what is to be changed in the bytes of one file: ranges that are replaced, everything
 * else stays as it is, byte for byte.
 */

#include "util/strbuf.h"

struct edit {
	size_t offset, length; /* what is replaced; length 0: an insertion before `offset` */
	char *text;            /* owned: what stands there instead */
};

struct edits {
	struct edit *items; /* owned */
	size_t n, capacity;
};

void edits_done(struct edits *edits);

/* Add one. It must not overlap another; insertions at one offset stay in their order. 0 or -ENOMEM.
 */
int edits_add(struct edits *edits, size_t offset, size_t length, const char *text);

/*
 * Append the bytes from `begin` to `end` of `data` as the edits that lie in them want it. A failed
 * allocation is remembered in `buf`.
 */
void edits_apply(const struct edits *edits, const char *data, size_t begin, size_t end,
		 struct strbuf *buf);
