/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A part of the selector space divided into shares as equal as short prefixes allow. */

#include <stddef.h>
#include <stdint.h>

#include "selector/selector.h"

/* More shares than this nobody gets. */
#define DIVIDE_MAX 256

/*
 * How much more the largest share has than the smallest, relative to the smallest, is counted in
 * 100000ths: 5 per cent is 5000.
 */
#define IMBALANCE_UNIT 100000U
#define IMBALANCE_MAX  (UINT32_MAX - IMBALANCE_UNIT)

/* Selectors that follow each other in the part; between them may lie what is no part of it. */
struct division_share {
	struct prefix *prefixes; /* ascending, as few as possible */
	size_t n;                /* at least one */
};

/* It owns the shares and their prefixes. {} is none. */
struct division {
	struct division_share *shares; /* ascending */
	size_t n;
	/*
	 * Shares meet at multiples of 2^(160-bits), or between two ranges of the part, where
	 * nothing is cut. So a prefix has more bits than this only where the part's own ends ask
	 * for it.
	 */
	unsigned bits;
};

void division_done(struct division *division);

/*
 * Divide `part`, which is normal and not empty, into `n` (1..DIVIDE_MAX) shares that differ by at
 * most `max_imbalance` (0..IMBALANCE_MAX), with the fewest bits that allow it; of what these bits
 * allow, the division is one of the most equal.
 *
 * 1, and the caller owns *ret. 0: no number of bits allows it. -ENOMEM. Both leave *ret untouched.
 */
int divide(const struct range_set *part, unsigned n, uint32_t max_imbalance, struct division *ret);
