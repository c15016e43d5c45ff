/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Copies of a document in which secrets are redacted: markup, names and the values that are checked
 * are shown, every other byte but blanks is `*`.
 */

#include "installation/installation.h"

/*
 * Where the tags of each source begin, so that the time of a copy does not depend on the size of
 * the document. The index of the load balancer's settings is the last one.
 */
struct redactor {
	const struct installation *installation; /* borrowed */
	struct tag_index *indexes;               /* owned */
	size_t n;
};

void redactor_init(struct redactor *redactor, const struct installation *installation);
void redactor_done(struct redactor *redactor);

/*
 * Copy the bytes [start, end) of a source that has its bytes. Nothing from `limit` on is shown:
 * it is where parsing stopped, or the source's size. Return the copy for the caller to free, or
 * NULL on OOM.
 */
char *redactor_copy(struct redactor *redactor, const struct source *source, size_t start,
		    size_t end, size_t limit);
