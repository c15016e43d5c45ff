/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which prefixes, in document order, never get a selector because earlier ones take all of theirs,
 * where LoadBalancer2 also matches an AppIdPrefix (here: a scope; "" matches all). O(n log^2 n).
 */

#include <stddef.h>

#include "selector/selector.h"

/*
 * For each prefix, look at the earlier ones whose scope is a prefix (as a string) of its own scope.
 * If they take all of its selectors, the result is the rank of the one that takes the first of
 * them, else PARTITION_NOBODY. Return 0; on -ENOMEM the content of `ret` is undefined.
 */
int partition_shadows(const struct prefix *prefixes, const char *const *scopes, size_t n,
		      size_t *ret);
