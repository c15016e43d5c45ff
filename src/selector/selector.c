/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "selector/selector.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/macro.h"

/* prefix_compare() compares prefixes as bytes. */
_Static_assert(sizeof(struct prefix) == sizeof(struct selector) + 1, "struct prefix has padding");

/* --- selectors --------------------------------------------------------------------------- */

int selector_compare(const struct selector *a, const struct selector *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static bool selector_is(const struct selector *selector, uint8_t byte)
{
	for (size_t i = 0; i < sizeof(selector->bytes); i++)
		if (selector->bytes[i] != byte)
			return false;
	return true;
}

bool selector_increment(struct selector *selector)
{
	size_t i = sizeof(selector->bytes);

	if (selector_is(selector, 0xff))
		return false;

	while (++selector->bytes[--i] == 0)
		;
	return true;
}

bool selector_decrement(struct selector *selector)
{
	size_t i = sizeof(selector->bytes);

	if (selector_is(selector, 0))
		return false;

	while (selector->bytes[--i]-- == 0)
		;
	return true;
}

/* Not isxdigit(), which depends on the locale. */
static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static size_t count_digits(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && digit_value(text[n]) >= 0)
		n++;
	return n;
}

/* Convert `digits` hexadecimal digits, at most SELECTOR_DIGITS. */
static struct prefix prefix_of_digits(const char *text, size_t digits)
{
	struct prefix prefix = {.bits = (uint8_t)(digits * 4)};

	for (size_t i = 0; i < digits; i++)
		prefix.first.bytes[i / 2] |=
			(uint8_t)((unsigned)digit_value(text[i]) << (i % 2 ? 0 : 4));
	return prefix;
}

bool selector_parse(const char *text, size_t length, struct prefix *ret)
{
	size_t digits;

	digits = count_digits(text, length < SELECTOR_DIGITS ? length : SELECTOR_DIGITS);
	if (digits == 0 || (digits < SELECTOR_DIGITS && digits < length))
		return false;

	*ret = prefix_of_digits(text, digits);
	return true;
}

/* --- prefixes ---------------------------------------------------------------------------- */

/* Return the bits of byte `i` that come after the first `bits` bits of a selector. */
static uint8_t mask_after(unsigned bits, size_t i)
{
	if (bits >= (i + 1) * 8)
		return 0;
	if (bits <= i * 8)
		return 0xff;
	return (uint8_t)(0xff >> (bits % 8));
}

struct selector prefix_last(const struct prefix *prefix)
{
	struct selector last = prefix->first;

	for (size_t i = 0; i < sizeof(last.bytes); i++)
		last.bytes[i] |= mask_after(prefix->bits, i);
	return last;
}

struct range prefix_range(const struct prefix *prefix)
{
	return (struct range){.first = prefix->first, .last = prefix_last(prefix)};
}

bool prefix_contains_selector(const struct prefix *prefix, const struct selector *selector)
{
	for (size_t i = 0; i < sizeof(selector->bytes); i++) {
		uint8_t differ = selector->bytes[i] ^ prefix->first.bytes[i];

		if (differ & ~mask_after(prefix->bits, i))
			return false;
	}
	return true;
}

bool prefix_contains_prefix(const struct prefix *outer, const struct prefix *inner)
{
	return outer->bits <= inner->bits && prefix_contains_selector(outer, &inner->first);
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	return memcmp(a, b, sizeof(*a));
}

/* Parse BITS. A number over 160 gets another verdict than text that is not a number. */
static enum prefix_error parse_bits(const char *text, unsigned *ret)
{
	unsigned bits = 0;

	if (!*text)
		return PREFIX_NO_BITS;
	if (text[0] == '0' && text[1])
		return PREFIX_BAD_BITS;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return PREFIX_BAD_BITS;
		if (bits <= SELECTOR_BITS)
			bits = bits * 10 + (unsigned)(*text - '0');
	}

	if (bits > SELECTOR_BITS)
		return PREFIX_TOO_LONG;
	*ret = bits;
	return PREFIX_GOOD;
}

static unsigned digits_for(unsigned bits)
{
	return (bits + 3) / 4;
}

enum prefix_error prefix_parse(const char *text, struct prefix *ret)
{
	size_t digits = count_digits(text, strlen(text));
	enum prefix_error error;
	struct prefix prefix;
	unsigned bits;

	if (text[digits] && text[digits] != '/')
		return PREFIX_BAD_DIGIT;
	if (text[digits]) {
		error = parse_bits(text + digits + 1, &bits);
		if (error)
			return error;

		if (digits != digits_for(bits))
			return PREFIX_DIGIT_COUNT;
	} else {
		if (digits > SELECTOR_DIGITS)
			return PREFIX_TOO_LONG;
		bits = (unsigned)digits * 4;
	}

	prefix = prefix_of_digits(text, digits);
	prefix.bits = (uint8_t)bits;

	for (size_t i = 0; i < sizeof(prefix.first.bytes); i++)
		if (prefix.first.bytes[i] & mask_after(bits, i))
			return PREFIX_LOOSE_BITS;

	*ret = prefix;
	return PREFIX_GOOD;
}

/* Format the two verdicts that show numbers; parse them again, as the verdict holds none. */
static void prefix_strerror_numbers(enum prefix_error error, const char *text, char *buf)
{
	size_t digits = count_digits(text, strlen(text));
	unsigned bits = 0;

	if (text[digits])
		(void)parse_bits(text + digits + 1, &bits);
	if (error == PREFIX_LOOSE_BITS)
		snprintf(buf, PREFIX_ERROR_MAX, "has bits set after the first %u", bits);
	else
		snprintf(buf, PREFIX_ERROR_MAX, "has %zu digit%s where /%u needs %u", digits,
			 digits == 1 ? "" : "s", bits, digits_for(bits));
}

const char *prefix_strerror(enum prefix_error error, const char *text, char buf[PREFIX_ERROR_MAX])
{
	static const char *const texts[] = {
		[PREFIX_GOOD] = "is a prefix",
		[PREFIX_BAD_DIGIT] = "has a digit that is not hexadecimal",
		[PREFIX_NO_BITS] = "has no number of bits after the /",
		[PREFIX_BAD_BITS] = "has something after the / that is not a plain decimal number",
		[PREFIX_TOO_LONG] = "is longer than 160 bits",
	};

	if (error == PREFIX_DIGIT_COUNT || error == PREFIX_LOOSE_BITS)
		prefix_strerror_numbers(error, text, buf);
	else
		snprintf(buf, PREFIX_ERROR_MAX, "%s", texts[error]);
	return buf;
}

const char *prefix_format(const struct prefix *prefix, char buf[PREFIX_TEXT_MAX])
{
	unsigned digits = digits_for(prefix->bits);

	for (unsigned i = 0; i < digits; i++)
		buf[i] = "0123456789ABCDEF"[prefix->first.bytes[i / 2] >> (i % 2 ? 0 : 4) & 0xf];

	snprintf(buf + digits, PREFIX_TEXT_MAX - digits, "/%u", prefix->bits);
	return buf;
}

/* --- ranges ------------------------------------------------------------------------------ */

static unsigned trailing_zero_bits(const struct selector *selector)
{
	unsigned bits = 0;

	for (size_t i = sizeof(selector->bytes); i-- > 0; bits += 8)
		if (selector->bytes[i])
			return bits + (unsigned)__builtin_ctz(selector->bytes[i]);
	return bits;
}

struct prefix range_first_prefix(const struct range *range)
{
	struct prefix prefix = {.first = range->first};
	struct selector last;

	/* Begin with the widest prefix that the first selector is aligned to, and narrow it. */
	prefix.bits = (uint8_t)(SELECTOR_BITS - trailing_zero_bits(&range->first));
	for (;; prefix.bits++) {
		last = prefix_last(&prefix);
		if (selector_compare(&last, &range->last) <= 0)
			return prefix;
	}
}

size_t range_prefixes(const struct range *range, struct prefix ret[RANGE_PREFIXES_MAX])
{
	struct range rest = *range;
	size_t n = 0;

	do {
		ret[n] = range_first_prefix(&rest);
		rest.first = prefix_last(&ret[n++]);
	} while (selector_increment(&rest.first) && selector_compare(&rest.first, &rest.last) <= 0);
	return n;
}

void range_set_done(struct range_set *set)
{
	free(set->items);
	*set = (struct range_set){};
}

int range_set_add(struct range_set *set, const struct range *range)
{
	int r = ARRAY_RESERVE(set->items, set->count, set->capacity);

	if (r < 0)
		return r;

	set->items[set->count++] = *range;
	return 0;
}

static int compare_first(const void *a, const void *b)
{
	return selector_compare(&((const struct range *)a)->first,
				&((const struct range *)b)->first);
}

/* Return true if `next`, which does not begin earlier, overlaps `range` or touches it. */
static bool range_reaches(const struct range *range, const struct range *next)
{
	struct selector end = range->last;

	(void)selector_increment(&end); /* at the end of the space, everything reaches it */
	return selector_compare(&next->first, &end) <= 0;
}

void range_set_normalize(struct range_set *set)
{
	size_t n = 0;

	if (!set->count)
		return;

	qsort(set->items, set->count, sizeof(*set->items), compare_first);

	for (size_t i = 1; i < set->count; i++) {
		if (!range_reaches(&set->items[n], &set->items[i]))
			set->items[++n] = set->items[i];
		else if (selector_compare(&set->items[n].last, &set->items[i].last) < 0)
			set->items[n].last = set->items[i].last;
	}

	set->count = n + 1;
}
