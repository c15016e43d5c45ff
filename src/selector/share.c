/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "selector/share.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/macro.h"

struct share share_of_prefix(const struct prefix *prefix)
{
	unsigned exponent = SELECTOR_BITS - prefix->bits;
	struct share share = {};

	share.words[exponent / 32] = UINT32_C(1) << (exponent % 32);
	return share;
}

static uint32_t selector_word(const struct selector *selector, size_t i)
{
	const uint8_t *bytes = selector->bytes + sizeof(selector->bytes) - 4 * (i + 1);

	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

struct share share_of_range(const struct range *range)
{
	struct share share = {};
	uint64_t carry = 2;

	/* last + (2^160 - 1 - first) + 2 is 2^160 + (last - first + 1) */
	for (size_t i = 0; i < SELECTOR_BITS / 32; i++) {
		carry += (uint64_t)selector_word(&range->last, i) +
			 (uint32_t)~selector_word(&range->first, i);
		share.words[i] = (uint32_t)carry;
		carry >>= 32;
	}
	share.words[SELECTOR_BITS / 32] = (uint32_t)carry - 1;
	return share;
}

struct share share_before(const struct selector *selector)
{
	struct share share = {};

	for (size_t i = 0; i < SELECTOR_BITS / 32; i++)
		share.words[i] = selector_word(selector, i);
	return share;
}

struct selector share_selector(const struct share *before)
{
	struct selector selector;
	size_t n = sizeof(selector.bytes);

	for (size_t i = 0; i < n; i++)
		selector.bytes[n - 1 - i] = (uint8_t)(before->words[i / 4] >> i % 4 * 8);
	return selector;
}

void share_add(struct share *sum, const struct share *share)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < ELEMENTSOF(sum->words); i++) {
		carry += (uint64_t)sum->words[i] + share->words[i];
		sum->words[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

void share_subtract(struct share *minuend, const struct share *share)
{
	uint64_t carry = 1;

	/* Add the two's complement; the carry out of the last word is dropped. */
	for (size_t i = 0; i < ELEMENTSOF(minuend->words); i++) {
		carry += (uint64_t)minuend->words[i] + (uint32_t)~share->words[i];
		minuend->words[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

void share_multiply(struct share *product, uint32_t factor)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < ELEMENTSOF(product->words); i++) {
		carry += (uint64_t)product->words[i] * factor;
		product->words[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

uint32_t share_divide(struct share *quotient, uint32_t divisor)
{
	uint64_t rest = 0;

	for (size_t i = ELEMENTSOF(quotient->words); i-- > 0;) {
		rest = rest << 32 | quotient->words[i];
		quotient->words[i] = (uint32_t)(rest / divisor);
		rest %= divisor;
	}
	return (uint32_t)rest;
}

int share_compare(const struct share *a, const struct share *b)
{
	for (size_t i = ELEMENTSOF(a->words); i-- > 0;)
		if (a->words[i] != b->words[i])
			return a->words[i] < b->words[i] ? -1 : 1;
	return 0;
}

bool share_is_zero(const struct share *share)
{
	return share_compare(share, &(const struct share){}) == 0;
}

const char *share_percent_format(const struct share *share, unsigned decimals,
				 char buf[SHARE_PERCENT_MAX])
{
	uint32_t scale = 1;
	uint64_t product = 0, rounded;

	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;

	/* share * 100 * scale / 2^160, word by word, without what is below the bit that rounds */
	for (size_t i = 0; i < SELECTOR_BITS / 32; i++)
		product = (product >> 32) + (uint64_t)share->words[i] * 100 * scale;
	rounded = (product >> 32) + (product >> 31 & 1);
	rounded += (uint64_t)share->words[SELECTOR_BITS / 32] * 100 * scale;

	if (decimals)
		snprintf(buf, SHARE_PERCENT_MAX, "%" PRIu64 ".%0*" PRIu64, rounded / scale,
			 (int)decimals, rounded % scale);
	else
		snprintf(buf, SHARE_PERCENT_MAX, "%" PRIu64, rounded);
	return buf;
}
