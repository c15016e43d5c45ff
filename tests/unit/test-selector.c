/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "selector/selector.h"
#include "selector/share.h"
#include "util/macro.h"

/*
 * The oracle is a space small enough to be counted: prefixes of at most 8 bits, as sets of first
 * bytes. What is special about 160 bits has known answers.
 */
#define BYTES 256

#define ZEROS_39 "000000000000000000000000000000000000000"
#define FS_39    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = {};

	assert_int_equal(prefix_parse(text, &prefix), PREFIX_GOOD);
	return prefix;
}

static struct prefix byte_prefix(unsigned value, unsigned bits)
{
	struct prefix prefix = {.bits = (uint8_t)bits};

	prefix.first.bytes[0] = (uint8_t)(value << (8 - bits));
	return prefix;
}

/* All selectors whose first byte lies in first..last */
static struct range byte_range(unsigned first, unsigned last)
{
	struct range range = {};

	memset(range.last.bytes, 0xff, sizeof(range.last.bytes));
	range.first.bytes[0] = (uint8_t)first;
	range.last.bytes[0] = (uint8_t)last;
	return range;
}

static struct range full_range(const char *first, const char *last)
{
	return (struct range){prefix_of(first).first, prefix_of(last).first};
}

static unsigned next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (unsigned)(*state >> 32);
}

static void assert_percent(struct share share, unsigned decimals, const char *expected)
{
	char buf[SHARE_PERCENT_MAX];

	assert_string_equal(share_percent_format(&share, decimals, buf), expected);
}

static bool share_is_whole(const struct share *share)
{
	struct share whole = share_of_prefix(&(const struct prefix){});

	return share_compare(share, &whole) == 0;
}

/* --- notation ---------------------------------------------------------------------------- */

static void the_guides_prefixes_are_quarters(void **state _unused_)
{
	static const char *const texts[] = {"0/2", "4/2", "8/2", "C/2"};
	char buf[PREFIX_TEXT_MAX];

	for (unsigned i = 0; i < ELEMENTSOF(texts); i++) {
		struct prefix prefix = prefix_of(texts[i]);

		assert_int_equal(prefix.bits, 2);
		assert_int_equal(prefix.first.bytes[0], i * 0x40);
		assert_string_equal(prefix_format(&prefix, buf), texts[i]);
	}
}

static void every_spelling_of_a_prefix_is_read(void **state _unused_)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		{"", "/0"},
		{"/0", "/0"},
		{"8/1", "8/1"},
		{"c/2", "C/2"},
		{"C", "C/4"},
		{"C/4", "C/4"},
		{"aBcDeF", "ABCDEF/24"},
		{"FFE/11", "FFE/11"},
		{FS_39 "E/159", FS_39 "E/159"},
		{FS_39 "f", FS_39 "F/160"},
		{ZEROS_39 "0/160", ZEROS_39 "0/160"},
	};
	char buf[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct prefix prefix = prefix_of(cases[i].text);

		assert_string_equal(prefix_format(&prefix, buf), cases[i].canonical);
	}
}

static void every_mistake_in_a_prefix_has_its_own_text(void **state _unused_)
{
	static const struct {
		const char *text;
		enum prefix_error error;
		const char *message;
	} cases[] = {
		{"G", PREFIX_BAD_DIGIT, "has a digit that is not hexadecimal"},
		{"0x4/2", PREFIX_BAD_DIGIT, "has a digit that is not hexadecimal"},
		{" 4/2", PREFIX_BAD_DIGIT, "has a digit that is not hexadecimal"},
		{"4 /2", PREFIX_BAD_DIGIT, "has a digit that is not hexadecimal"},
		{"\xc3\xa4", PREFIX_BAD_DIGIT, "has a digit that is not hexadecimal"},
		{"/", PREFIX_NO_BITS, "has no number of bits after the /"},
		{"4/", PREFIX_NO_BITS, "has no number of bits after the /"},
		{"4/+2", PREFIX_BAD_BITS,
		 "has something after the / that is not a plain decimal number"},
		{"4/-2", PREFIX_BAD_BITS,
		 "has something after the / that is not a plain decimal number"},
		{"4/02", PREFIX_BAD_BITS,
		 "has something after the / that is not a plain decimal number"},
		{"/00", PREFIX_BAD_BITS,
		 "has something after the / that is not a plain decimal number"},
		{"4/ 2", PREFIX_BAD_BITS,
		 "has something after the / that is not a plain decimal number"},
		{"4/2 ", PREFIX_BAD_BITS,
		 "has something after the / that is not a plain decimal number"},
		{"4/2/2", PREFIX_BAD_BITS,
		 "has something after the / that is not a plain decimal number"},
		{"4/A", PREFIX_BAD_BITS,
		 "has something after the / that is not a plain decimal number"},
		{"0/161", PREFIX_TOO_LONG, "is longer than 160 bits"},
		{"0/4294967298", PREFIX_TOO_LONG, "is longer than 160 bits"},
		{"0/99999999999999999999999", PREFIX_TOO_LONG, "is longer than 160 bits"},
		{ZEROS_39 "00", PREFIX_TOO_LONG, "is longer than 160 bits"},
		{ZEROS_39 "00/161", PREFIX_TOO_LONG, "is longer than 160 bits"},
		{"400/2", PREFIX_DIGIT_COUNT, "has 3 digits where /2 needs 1"},
		{"4/5", PREFIX_DIGIT_COUNT, "has 1 digit where /5 needs 2"},
		{"0/0", PREFIX_DIGIT_COUNT, "has 1 digit where /0 needs 0"},
		{"/160", PREFIX_DIGIT_COUNT, "has 0 digits where /160 needs 40"},
		{ZEROS_39 "00/160", PREFIX_DIGIT_COUNT, "has 41 digits where /160 needs 40"},
		{"2/2", PREFIX_LOOSE_BITS, "has bits set after the first 2"},
		{"F/3", PREFIX_LOOSE_BITS, "has bits set after the first 3"},
		{FS_39 "F/159", PREFIX_LOOSE_BITS, "has bits set after the first 159"},
	};
	struct prefix untouched, prefix;
	char buf[PREFIX_ERROR_MAX];

	memset(&untouched, 0x5a, sizeof(untouched));
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		prefix = untouched;
		assert_int_equal(prefix_parse(cases[i].text, &prefix), cases[i].error);
		assert_memory_equal(&prefix, &untouched, sizeof(prefix));
		assert_string_equal(prefix_strerror(cases[i].error, cases[i].text, buf),
				    cases[i].message);
	}
}

static void a_formatted_prefix_parses_to_the_same_value(void **state _unused_)
{
	uint64_t random = 20240607;
	char buf[PREFIX_TEXT_MAX];

	for (unsigned i = 0; i < 20000; i++) {
		struct prefix prefix = {.bits = (uint8_t)(i % (SELECTOR_BITS + 1))}, again;
		struct selector last;

		for (unsigned bit = 0; bit < prefix.bits; bit++)
			if (next_random(&random) % 2)
				prefix.first.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		again = prefix_of(prefix_format(&prefix, buf));
		assert_memory_equal(&prefix, &again, sizeof(prefix));
		last = prefix_last(&prefix);
		assert_true(prefix_contains_selector(&prefix, &last));
	}
}

static void only_a_complete_selector_may_have_a_suffix(void **state _unused_)
{
	static const struct {
		const char *text;
		int bits; /* -1: refused */
	} cases[] = {
		{"12869E0E0123456789abcdef0123456789416A2A", 160},
		{"12869E0E0123456789abcdef0123456789416A2A:7C3A0D14", 160},
		{"12869E0E0123456789abcdef0123456789416A2A77", 160},
		{"12869E0E0123456789abcdef0123456789416A2", 156},
		{"12869E0E0123456789abcdef0123456789416A2:7C3A0D14", -1},
		{"1", 4},
		{"c0", 8},
		{"", -1},
		{":", -1},
		{"c0 ", -1},
		{"C/2", -1},
		{"g", -1},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct prefix prefix = {.bits = 0xff};
		bool good = selector_parse(cases[i].text, strlen(cases[i].text), &prefix);

		assert_int_equal(good, cases[i].bits >= 0);
		assert_int_equal(prefix.bits, good ? cases[i].bits : 0xff);
		assert_int_equal(prefix.first.bytes[0] >> 4,
				 good ? strtol((char[]){cases[i].text[0], 0}, NULL, 16) : 0);
	}
}

/* Of all bytes, 22 are hexadecimal digits. */
static void every_other_byte_is_not_a_digit(void **state _unused_)
{
	static const char digits[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

	for (unsigned byte = 1; byte < BYTES; byte++) {
		const char text[] = {(char)byte, 0}, with_bits[] = {(char)byte, '/', '4', 0};
		const char *digit = strchr(digits, (int)byte);
		struct prefix prefix = {};

		if (!digit && strchr(upper, (int)byte))
			digit = digits + (strchr(upper, (int)byte) - upper);
		assert_int_equal(selector_parse(text, 1, &prefix), digit != NULL);
		if (digit)
			assert_int_equal(prefix.first.bytes[0] >> 4, digit - digits);

		if (byte != '/') /* "//4" has no digit before its first slash */
			assert_int_equal(prefix_parse(with_bits, &prefix) == PREFIX_GOOD,
					 digit != NULL);
		if (digit)
			assert_int_equal(prefix.first.bytes[0] >> 4, digit - digits);
	}
}

static void a_selector_is_not_read_past_its_length(void **state _unused_)
{
	struct prefix prefix;

	assert_true(selector_parse("c0!", 2, &prefix));
	assert_int_equal(prefix.bits, 8);
	assert_int_equal(prefix.first.bytes[0], 0xc0);
}

/* --- order and containment --------------------------------------------------------------- */

static void containment_equals_that_of_a_byte_by_byte_model(void **state _unused_)
{
	for (unsigned a = 1; a < 2 * BYTES; a++)
		for (unsigned b = 1; b < 2 * BYTES; b++) {
			/* A leading 1 and then the bits of the prefix: all of 0..8 bits */
			unsigned a_bits = 31 - (unsigned)__builtin_clz(a);
			unsigned b_bits = 31 - (unsigned)__builtin_clz(b);
			struct prefix outer = byte_prefix(a ^ 1U << a_bits, a_bits);
			struct prefix inner = byte_prefix(b ^ 1U << b_bits, b_bits);
			bool contains = b_bits >= a_bits && b >> (b_bits - a_bits) == a;

			assert_int_equal(prefix_contains_prefix(&outer, &inner), contains);
			if (b_bits == 8)
				assert_int_equal(prefix_contains_selector(&outer, &inner.first),
						 contains);
			if (contains)
				assert_int_equal(prefix_compare(&outer, &inner) > 0, 0);
		}
}

static void the_last_of_160_bits_is_compared(void **state _unused_)
{
	struct prefix even = prefix_of(ZEROS_39 "0"), odd = prefix_of(ZEROS_39 "1");
	struct prefix both = prefix_of(ZEROS_39 "0/159");

	assert_true(prefix_contains_selector(&even, &even.first));
	assert_false(prefix_contains_selector(&even, &odd.first));
	assert_true(prefix_contains_prefix(&both, &even));
	assert_true(prefix_contains_prefix(&both, &odd));
	assert_false(prefix_contains_prefix(&even, &both));
	assert_true(prefix_compare(&both, &even) < 0);
	assert_true(prefix_compare(&even, &odd) < 0);
}

static void increments_and_decrements_carry_and_stop_at_both_ends(void **state _unused_)
{
	struct selector selector = prefix_of("00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF").first;
	struct selector carried = prefix_of("0100000000000000000000000000000000000000").first;
	struct selector first = prefix_of("").first, last = prefix_of(FS_39 "F").first;
	struct selector low = first, high = last;

	assert_true(selector_increment(&selector));
	assert_int_equal(selector_compare(&selector, &carried), 0);
	assert_true(selector_decrement(&selector));
	assert_true(selector_compare(&selector, &carried) < 0);

	assert_false(selector_decrement(&low));
	assert_int_equal(selector_compare(&low, &first), 0);
	assert_false(selector_increment(&high));
	assert_int_equal(selector_compare(&high, &last), 0);
}

/* --- ranges ------------------------------------------------------------------------------ */

/* The fewest aligned blocks that make up first..last, by trying every last block for every end. */
static unsigned fewest_blocks(unsigned first, unsigned last)
{
	unsigned best[BYTES + 1];

	best[first] = 0;
	for (unsigned end = first + 1; end <= last + 1; end++) {
		best[end] = UINT32_MAX;
		for (unsigned size = 1; size <= end - first; size *= 2)
			if (end % size == 0 && best[end - size] + 1 < best[end])
				best[end] = best[end - size] + 1;
	}
	return best[last + 1];
}

static void a_range_becomes_the_fewest_prefixes(void **state _unused_)
{
	struct prefix prefixes[RANGE_PREFIXES_MAX];

	for (unsigned first = 0; first < BYTES; first++)
		for (unsigned last = first; last < BYTES; last++) {
			struct range range = byte_range(first, last);
			size_t n = range_prefixes(&range, prefixes);
			unsigned next = first;

			for (size_t i = 0; i < n; i++) {
				assert_true(prefixes[i].bits <= 8);
				assert_int_equal(prefixes[i].first.bytes[0], next);
				next += 1U << (8 - prefixes[i].bits);
			}
			assert_int_equal(next, last + 1);
			assert_int_equal(n, fewest_blocks(first, last));
			prefixes[1] = range_first_prefix(&range);
			assert_int_equal(prefix_compare(&prefixes[0], &prefixes[1]), 0);
		}
}

static void the_worst_range_needs_318_prefixes(void **state _unused_)
{
	struct prefix prefixes[RANGE_PREFIXES_MAX];
	struct range ragged = full_range(ZEROS_39 "1", FS_39 "E");
	struct share sum = {}, share;

	assert_int_equal(range_prefixes(&ragged, prefixes), RANGE_PREFIXES_MAX);
	for (size_t i = 0; i < RANGE_PREFIXES_MAX; i++) {
		share = share_of_prefix(&prefixes[i]);
		share_add(&sum, &share);
	}
	share = share_of_range(&ragged);
	assert_int_equal(share_compare(&sum, &share), 0);
	assert_int_equal(prefixes[0].bits, 160);
	assert_int_equal(prefixes[RANGE_PREFIXES_MAX - 1].bits, 160);
}

static void one_selector_and_the_whole_space_are_one_prefix(void **state _unused_)
{
	struct prefix prefixes[RANGE_PREFIXES_MAX];
	struct range one = full_range(FS_39 "F", FS_39 "F"), all = byte_range(0, 255);

	assert_int_equal(range_prefixes(&one, prefixes), 1);
	assert_int_equal(prefixes[0].bits, 160);
	assert_int_equal(range_prefixes(&all, prefixes), 1);
	assert_int_equal(prefixes[0].bits, 0);
}

/* The items of a normal set must be exactly the runs of `member`, in order. */
static void assert_runs(const struct range_set *set, const bool *member)
{
	size_t n = 0;

	for (unsigned first = 0, last; first < BYTES; first = last + 1) {
		last = first;
		if (!member[first])
			continue;
		while (last + 1 < BYTES && member[last + 1])
			last++;
		struct range expected = byte_range(first, last);

		assert_true(n < set->count);
		assert_memory_equal(&set->items[n++], &expected, sizeof(expected));
	}
	assert_int_equal(n, set->count);
}

static void check_random_set(uint64_t *random)
{
	_cleanup_(range_set_done) struct range_set set = {};
	unsigned n = next_random(random) % 12, longest = 1 + next_random(random) % 128;
	bool member[BYTES] = {};

	while (n--) {
		unsigned first = next_random(random) % BYTES;
		unsigned last = first + next_random(random) % longest;
		struct range range = byte_range(first, last < BYTES ? last : BYTES - 1);

		assert_int_equal(range_set_add(&set, &range), 0);
		for (unsigned i = first; i <= last && i < BYTES; i++)
			member[i] = true;
	}
	range_set_normalize(&set);
	assert_runs(&set, member);
}

static void unions_equal_those_of_a_byte_by_byte_model(void **state _unused_)
{
	uint64_t random = 271828;

	for (unsigned i = 0; i < 5000; i++)
		check_random_set(&random);
}

static void ranges_join_only_without_a_gap(void **state _unused_)
{
	_cleanup_(range_set_done) struct range_set set = {};
	struct range low = full_range(ZEROS_39 "0", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
	struct range high = full_range("8000000000000000000000000000000000000001", FS_39 "F");
	struct range hole = full_range("8000000000000000000000000000000000000000",
				       "8000000000000000000000000000000000000000");

	assert_int_equal(range_set_add(&set, &high), 0);
	assert_int_equal(range_set_add(&set, &low), 0);
	range_set_normalize(&set);
	assert_int_equal(set.count, 2);
	assert_memory_equal(&set.items[0], &low, sizeof(low));
	assert_memory_equal(&set.items[1], &high, sizeof(high));

	assert_int_equal(range_set_add(&set, &hole), 0);
	range_set_normalize(&set);
	assert_int_equal(set.count, 1);
}

/* --- shares ------------------------------------------------------------------------------ */

static void shares_reach_from_one_selector_to_all(void **state _unused_)
{
	struct range all = byte_range(0, 255), but_one = full_range(ZEROS_39 "1", FS_39 "F");
	struct prefix one = prefix_of(ZEROS_39 "0");
	struct share none = {}, share = share_of_range(&but_one), single = share_of_prefix(&one);

	assert_true(share_is_zero(&none));
	assert_false(share_is_zero(&single));
	assert_false(share_is_whole(&share));
	share_add(&share, &single);
	assert_true(share_is_whole(&share));
	share = share_of_range(&all);
	assert_true(share_is_whole(&share));
	assert_true(share_compare(&none, &single) < 0);
	assert_true(share_compare(&share, &single) > 0);
	share_add(&share, &single);
	assert_false(share_is_whole(&share));
}

static void a_prefix_has_the_share_of_its_range(void **state _unused_)
{
	for (unsigned bits = 0; bits <= SELECTOR_BITS; bits++) {
		struct prefix prefix = {.bits = (uint8_t)bits};
		struct range range = prefix_range(&prefix);
		struct share a = share_of_prefix(&prefix), b = share_of_range(&range);

		assert_int_equal(share_compare(&a, &b), 0);
	}
}

static void the_offset_of_a_selector_counts_the_selectors_before_it(void **state _unused_)
{
	static const char *const texts[] = {ZEROS_39 "0", ZEROS_39 "1", FS_39 "F",
					    "0123456789ABCDEFFEDCBA98765432100F1E2D3C"};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		struct range range = full_range(ZEROS_39 "0", texts[i]);
		struct share before = share_before(&range.last), all = share_of_range(&range);
		struct prefix one = {.bits = SELECTOR_BITS};
		struct share single = share_of_prefix(&one);
		struct selector back = share_selector(&before);

		assert_memory_equal(&back, &range.last, sizeof(back));
		share_add(&before, &single);
		assert_int_equal(share_compare(&before, &all), 0);
	}
}

/* A random number of up to `words` words, some of whose words are all zero or all one bits */
static struct share random_share(size_t words, uint64_t *random)
{
	struct share share = {};

	for (size_t i = 0; i < words; i++)
		switch (next_random(random) % 4) {
		case 0:
			break;
		case 1:
			share.words[i] = UINT32_MAX;
			break;
		default:
			share.words[i] = next_random(random);
			break;
		}
	return share;
}

static void subtracting_undoes_adding(void **state _unused_)
{
	struct share a, b, sum;
	uint64_t random = 577215;

	for (unsigned i = 0; i < 10000; i++) {
		a = random_share(5, &random);
		b = random_share(5, &random);
		sum = a;
		share_add(&sum, &b);
		share_subtract(&sum, &b);
		assert_int_equal(share_compare(&sum, &a), 0);
		share_subtract(&sum, &a);
		assert_true(share_is_zero(&sum));
	}
}

static void a_product_is_a_repeated_sum(void **state _unused_)
{
	struct share share = share_of_prefix(&(struct prefix){.bits = 1}), sum = {}, product;

	share.words[0] = UINT32_MAX;
	for (uint32_t factor = 0; factor < 1000; factor++) {
		product = share;
		share_multiply(&product, factor);
		assert_int_equal(share_compare(&product, &sum), 0);
		share_add(&sum, &share);
	}
}

static void dividing_undoes_multiplying(void **state _unused_)
{
	struct share share, result, rest = {};
	uint64_t random = 662607;

	for (unsigned i = 0; i < 10000; i++) {
		uint32_t factor = random_share(1, &random).words[0] | 1;

		share = random_share(5, &random);
		result = share;
		rest.words[0] = next_random(&random) % factor;
		share_multiply(&result, factor);
		share_add(&result, &rest);
		assert_int_equal(share_divide(&result, factor), rest.words[0]);
		assert_int_equal(share_compare(&result, &share), 0);
	}
}

static void dividing_the_whole_space_by_three_leaves_one(void **state _unused_)
{
	struct share third = share_of_prefix(&(struct prefix){});
	struct selector expected = prefix_of("5555555555555555555555555555555555555555").first;
	struct selector selector;

	assert_int_equal(share_divide(&third, 3), 1);
	selector = share_selector(&third);
	assert_memory_equal(&selector, &expected, sizeof(selector));
}

static void per_cent_values_of_256ths_round_half_up(void **state _unused_)
{
	uint64_t scale = 1;
	char buf[SHARE_PERCENT_MAX], expected[64];

	for (unsigned decimals = 0; decimals <= 7; decimals++, scale *= 10)
		for (unsigned n = 1; n <= BYTES; n++) {
			struct range range = byte_range(0, n - 1);
			struct share share = share_of_range(&range);
			uint64_t rounded = (n * 100 * scale * 2 + BYTES) / (2 * BYTES);

			if (decimals)
				snprintf(expected, sizeof(expected), "%llu.%0*llu",
					 (unsigned long long)(rounded / scale), (int)decimals,
					 (unsigned long long)(rounded % scale));
			else
				snprintf(expected, sizeof(expected), "%llu",
					 (unsigned long long)rounded);
			assert_string_equal(share_percent_format(&share, decimals, buf), expected);
		}
}

static void per_cent_values_are_exact_at_160_bits(void **state _unused_)
{
	/* The first 2^160 / 3 selectors, and twice as many */
	struct range third = full_range(ZEROS_39 "0", "5555555555555555555555555555555555555554");
	struct range thirds = full_range(ZEROS_39 "0", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	/* The fewest selectors that are 99.995 per cent or more, and one less */
	struct range enough = full_range(ZEROS_39 "0", "FFFCB923A29C779A6B50B0F27BB2FEC56D5CFAAC");
	struct range less = full_range(ZEROS_39 "1", "FFFCB923A29C779A6B50B0F27BB2FEC56D5CFAAC");
	struct range but_one = full_range(ZEROS_39 "1", FS_39 "F");

	assert_percent(share_of_range(&third), 2, "33.33");
	assert_percent(share_of_range(&thirds), 2, "66.67");
	assert_percent(share_of_range(&thirds), 7, "66.6666667");
	assert_percent(share_of_range(&enough), 2, "100.00");
	assert_percent(share_of_range(&less), 2, "99.99");
	assert_percent(share_of_range(&less), 3, "99.995");
	assert_percent(share_of_range(&but_one), 2, "100.00");
	assert_percent(share_of_prefix(&(struct prefix){.bits = 160}), 2, "0.00");
	assert_percent(share_of_prefix(&(struct prefix){.bits = 5}), 2, "3.13");
	assert_percent((struct share){}, 2, "0.00");
	assert_percent(share_of_prefix(&(struct prefix){}), 7, "100.0000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_guides_prefixes_are_quarters),
		cmocka_unit_test(every_spelling_of_a_prefix_is_read),
		cmocka_unit_test(every_mistake_in_a_prefix_has_its_own_text),
		cmocka_unit_test(a_formatted_prefix_parses_to_the_same_value),
		cmocka_unit_test(only_a_complete_selector_may_have_a_suffix),
		cmocka_unit_test(every_other_byte_is_not_a_digit),
		cmocka_unit_test(a_selector_is_not_read_past_its_length),
		cmocka_unit_test(containment_equals_that_of_a_byte_by_byte_model),
		cmocka_unit_test(the_last_of_160_bits_is_compared),
		cmocka_unit_test(increments_and_decrements_carry_and_stop_at_both_ends),
		cmocka_unit_test(a_range_becomes_the_fewest_prefixes),
		cmocka_unit_test(the_worst_range_needs_318_prefixes),
		cmocka_unit_test(one_selector_and_the_whole_space_are_one_prefix),
		cmocka_unit_test(unions_equal_those_of_a_byte_by_byte_model),
		cmocka_unit_test(ranges_join_only_without_a_gap),
		cmocka_unit_test(shares_reach_from_one_selector_to_all),
		cmocka_unit_test(a_prefix_has_the_share_of_its_range),
		cmocka_unit_test(the_offset_of_a_selector_counts_the_selectors_before_it),
		cmocka_unit_test(subtracting_undoes_adding),
		cmocka_unit_test(a_product_is_a_repeated_sum),
		cmocka_unit_test(dividing_undoes_multiplying),
		cmocka_unit_test(dividing_the_whole_space_by_three_leaves_one),
		cmocka_unit_test(per_cent_values_of_256ths_round_half_up),
		cmocka_unit_test(per_cent_values_are_exact_at_160_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
