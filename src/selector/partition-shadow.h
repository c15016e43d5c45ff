/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which prefixes, in document order, are taken by earlier ones whole, where LoadBalancer2 matches
 * something else beside the selector. At worst O(n log^2 n).
 */

#include <stdbool.h>
#include <stddef.h>

#include "selector/selector.h"

/*
 * For each prefix: do the earlier ones whose scope is a prefix (as a string) of its own scope take
 * every selector of it? A scope is what else LoadBalancer2 matches, the AppIdPrefix; "" where there
 * is none. 0, or -ENOMEM and then `ret` is of no use.
 */
int partition_shadowed(const struct prefix *prefixes, const char *const *scopes, size_t n,
		       bool *ret);
