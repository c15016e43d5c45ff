/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which of n prefixes serves which part of the selector space.
 *
 * LoadBalancer2 takes the first backend, in document order, whose prefix matches. So everywhere
 * here the prefixes stand in document order, a prefix is known by its index there (its rank), and
 * the lowest rank wins. n can be 0. Nothing here is quadratic: O(n log n).
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
	size_t winner; /* lowest rank among the prefixes that contain it, or PARTITION_NOBODY */
};

/*
 * The whole space in ascending order, without gap or overlap; neighbours have different winners.
 * So there is at least one segment, and a prefix lies in one segment when all of it has one winner.
 */
struct partition {
	size_t count;
	struct segment segments[];
};

/* 0 and a partition for the caller to free, or -ENOMEM. */
int partition_new(const struct prefix *prefixes, size_t n, struct partition **ret);
void partition_free(struct partition *partition);
DEFINE_FREEP(struct partition, partition_freep, partition_free)

/* The rank that serves `selector`, or PARTITION_NOBODY. */
size_t partition_find(const struct partition *partition, const struct selector *selector);

/* The same for all selectors of `prefix`. False, and *ret untouched, if not all go the same way. */
bool partition_find_prefix(const struct partition *partition, const struct prefix *prefix,
			   size_t *ret);

/* What each of the n ranks serves, and what nobody does; together that is the whole space. */
void partition_shares(const struct partition *partition, size_t n, struct share *ret_shares,
		      struct share *ret_nobody);

/*
 * For each prefix: the lowest rank before its own, of another group and not skipped, whose prefix
 * contains it or lies in it (or equals it); PARTITION_NOBODY if there is none, and for what is
 * skipped itself. `skip` may be NULL: none is. 0, or -ENOMEM and then `ret` is untouched.
 */
int partition_overlaps(const struct prefix *prefixes, const unsigned *groups, const bool *skip,
		       size_t n, size_t *ret);
