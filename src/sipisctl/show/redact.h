/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which bytes of a document may be seen: markup, names, and values that are checked. */

#include "installation/installation.h"

/*
 * Copy the bytes [start, end) of the source with all that may not be seen as `*`, blanks as they
 * are. `limit` is where reading stopped, and behind it nothing is known: the source's size where
 * the document was well-formed. The caller frees it; NULL: no memory.
 */
char *mask_copy(const struct installation *installation, const struct source *source, size_t start,
		size_t end, size_t limit);
