/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much of the selector space something has: exact numbers, no floating point. */

#include "selector/selector.h"

/* Sizes of texts, with their NUL byte */
#define SHARE_PERCENT_MAX  32
#define SHARE_FRACTION_MAX 32

/* A number of selectors: 0 .. 2^160, and sums of up to 2^32 such numbers. */
struct share {
	uint32_t words[SELECTOR_BITS / 32 + 1]; /* least significant first */
};

struct share share_of_prefix(const struct prefix *prefix);
struct share share_of_range(const struct range *range);
struct share share_of_set(const struct range_set *set); /* a normal one */

/* How many selectors come before this one, and, for less than all of them, back again. */
struct share share_before(const struct selector *selector);
struct selector share_selector(const struct share *before);

void share_add(struct share *sum, const struct share *share);
void share_subtract(struct share *minuend, const struct share *share); /* which is no larger */
void share_multiply(struct share *product, uint32_t factor); /* 2^192 is too much for the result */
uint32_t share_divide(struct share *quotient, uint32_t divisor); /* rounds down; the remainder */
int share_compare(const struct share *a, const struct share *b);
bool share_is_zero(const struct share *share);
bool share_is_whole(const struct share *share);

/*
 * Write the share of the whole space in per cent, without a sign: "25.00". Exact, rounded half up,
 * so that a share which is not whole can read "100.00", and one which is not zero "0.00".
 * `decimals`: 0..7. Returns `buf`.
 */
const char *share_percent_format(const struct share *share, unsigned decimals,
				 char buf[SHARE_PERCENT_MAX]);

/* Write "0", "1" or a reduced fraction up to 256ths: "3/8". False, no text, if it is none. */
bool share_fraction_format(const struct share *share, char buf[SHARE_FRACTION_MAX]);
