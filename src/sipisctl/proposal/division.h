/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A part of the selector space, divided into equal shares with short prefixes.
 *
 * The rule: take the selectors of the part as one ascending line, without the gaps between its
 * ranges. N equal shares end at 1/N, 2/N, ... of that line. With B bits the line can be cut before
 * each selector whose bits after the first B are zero, and between two ranges. An even cut is the
 * last of these points at or before the end of an equal share. The division has the fewest bits
 * whose even cuts are balanced: the largest share exceeds the smallest by at most the maximum
 * imbalance.
 */

#include <stddef.h>
#include <stdint.h>

#include "selector/selector.h"

#define DIVISION_MAX 256

/* An imbalance is (largest - smallest) / smallest, in units of 1/100000: 5 % is 5000. */
#define IMBALANCE_UNIT 100000U
#define IMBALANCE_MAX  (UINT32_MAX - IMBALANCE_UNIT)

struct division_share {
	struct prefix *prefixes; /* owned, ascending, as few as possible */
	size_t n;                /* at least one */
};

struct division {
	struct division_share *shares; /* owned, ascending */
	size_t n;
	unsigned bits; /* B of the rule; only the ends of the part have prefixes with more */
};

void division_done(struct division *division);

/*
 * Divide `part`, which must be normal and not empty, into `n` (1 to DIVISION_MAX) shares.
 * `max_imbalance` is 0 to IMBALANCE_MAX.
 *
 * Return 1, and the caller owns *ret; 0 if no number of bits gives balanced shares; or -ENOMEM.
 * *ret changes only on 1.
 */
int division_make(const struct range_set *part, unsigned n, uint32_t max_imbalance,
		  struct division *ret);
