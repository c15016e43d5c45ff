/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A share of the selector space: an exact number of selectors, without floating point. */

#include "selector/selector.h"

#define SHARE_PERCENT_MAX 32 /* with the NUL byte */

/* A number of selectors: 0 .. 2^160, and sums of up to 2^32 such numbers. */
struct share {
	uint32_t words[SELECTOR_BITS / 32 + 1]; /* least significant first */
};

struct share share_of_prefix(const struct prefix *prefix);
struct share share_of_range(const struct range *range);

/* Return the number of selectors before this one; and the selector after so many (below 2^160). */
struct share share_before(const struct selector *selector);
struct selector share_selector(const struct share *before);

void share_add(struct share *sum, const struct share *share);
void share_subtract(struct share *minuend, const struct share *share); /* which is not larger */
void share_multiply(struct share *product, uint32_t factor);     /* the product is below 2^192 */
uint32_t share_divide(struct share *quotient, uint32_t divisor); /* returns the remainder */
int share_compare(const struct share *a, const struct share *b);
bool share_is_zero(const struct share *share);

/*
 * Format the share of the whole space in per cent, without a sign: "25.00". Exact, rounded half up:
 * a share below the whole can be "100.00", one above zero "0.00". `decimals` is 0 to 7. Return
 * `buf`.
 */
const char *share_percent_format(const struct share *share, unsigned decimals,
				 char buf[SHARE_PERCENT_MAX]);
