/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which of n prefixes serves which part of the selector space.
 *
 * LoadBalancer2 takes the first backend, in document order, whose prefix matches. All functions
 * take the prefixes in document order. The index of a prefix is its rank; the lowest rank wins. n
 * can be 0. All run in O(n log n).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "selector/selector.h"
#include "selector/share.h"
#include "util/macro.h"

#define PARTITION_NOBODY SIZE_MAX

struct segment {
	struct range range;
	size_t winner; /* lowest rank of the prefixes that contain it, or PARTITION_NOBODY */
};

/*
 * The whole space in ascending order, without gap or overlap. Neighbours have different winners, so
 * a prefix with one winner is inside one segment. There is at least one segment.
 */
struct partition {
	size_t count;
	struct segment segments[];
};

/* Return 0 and a partition for the caller to free, or -ENOMEM. */
int partition_new(const struct prefix *prefixes, size_t n, struct partition **ret);
void partition_free(struct partition *partition);
DEFINE_FREEP(struct partition, partition_freep, partition_free)

/*
 * Set *ret to the rank that serves all selectors of `prefix`, or to PARTITION_NOBODY. Return false,
 * and leave *ret untouched, if they have different winners.
 */
bool partition_find_prefix(const struct partition *partition, const struct prefix *prefix,
			   size_t *ret);

/* Compute the share of each of the n ranks, and the share that no prefix has. */
void partition_shares(const struct partition *partition, size_t n, struct share *ret_shares,
		      struct share *ret_nobody);

/*
 * For each prefix, find the lowest rank before its own, of another group and not skipped, whose
 * prefix overlaps it. The result is PARTITION_NOBODY if there is none, and for a skipped prefix.
 * Return 0, or -ENOMEM and leave `ret` untouched.
 */
int partition_overlaps(const struct prefix *prefixes, const unsigned *groups, const bool *skip,
		       size_t n, size_t *ret);
