/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "selector/partition-shadow.h"
#include "selector/partition.h"
#include "selector/selector.h"
#include "util/macro.h"

/* The oracle is brute force over the first byte, for prefixes of at most 8 bits. */
#define BYTES      256
#define FAMILY_MAX 24

#define ZEROS_39 "000000000000000000000000000000000000000"
#define FS_39    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"

struct family {
	struct prefix prefixes[FAMILY_MAX];
	unsigned groups[FAMILY_MAX];
	bool skip[FAMILY_MAX];
	const char *scopes[FAMILY_MAX];
	size_t n;
};

static unsigned next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (unsigned)(*state >> 32);
}

static struct prefix byte_prefix(unsigned value, unsigned bits)
{
	struct prefix prefix = {.bits = (uint8_t)bits};

	prefix.first.bytes[0] = (uint8_t)(value << (8 - bits));
	return prefix;
}

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = {};

	assert_int_equal(prefix_parse(text, &prefix), PREFIX_GOOD);
	return prefix;
}

/* Long and short prefixes, crowded enough that many nest and some are equal */
static void family_random(struct family *family, uint64_t *random)
{
	static const char *const scopes[] = {"", "a", "ab", "abc", "ac", "b"};
	unsigned longest = 1 + next_random(random) % 8;

	family->n = next_random(random) % (FAMILY_MAX + 1);
	for (size_t i = 0; i < family->n; i++) {
		unsigned bits = next_random(random) % (longest + 1);

		family->prefixes[i] = byte_prefix(next_random(random) % (1U << bits), bits);
		family->groups[i] = next_random(random) % 3;
		family->skip[i] = next_random(random) % 5 == 0;
		family->scopes[i] = scopes[next_random(random) % ELEMENTSOF(scopes)];
	}
}

static bool share_is_whole(const struct share *share)
{
	struct share whole = share_of_prefix(&(const struct prefix){});

	return share_compare(share, &whole) == 0;
}

static bool has_byte(const struct prefix *prefix, unsigned byte)
{
	unsigned rest = 8U - prefix->bits;

	return byte >> rest == (unsigned)prefix->first.bytes[0] >> rest;
}

static size_t oracle_winner(const struct prefix *prefixes, size_t n, unsigned byte)
{
	for (size_t i = 0; i < n; i++)
		if (has_byte(&prefixes[i], byte))
			return i;
	return PARTITION_NOBODY;
}

static void assert_is_partition(const struct partition *partition)
{
	struct selector next = {};

	assert_true(partition->count > 0);
	for (size_t i = 0; i < partition->count; i++) {
		const struct segment *segment = &partition->segments[i];

		assert_memory_equal(&segment->range.first, &next, sizeof(next));
		assert_true(selector_compare(&segment->range.first, &segment->range.last) <= 0);
		if (i)
			assert_true(segment[-1].winner != segment->winner);
		next = segment->range.last;
		assert_int_equal(selector_increment(&next), i + 1 < partition->count);
	}
}

static void assert_shares(const struct partition *partition, const size_t *winners, size_t n)
{
	struct share expected[FAMILY_MAX + 1] = {}, shares[FAMILY_MAX], nobody, sum = {};
	struct share byte = share_of_prefix(&(struct prefix){.bits = 8});

	for (unsigned i = 0; i < BYTES; i++)
		share_add(&expected[winners[i] < n ? winners[i] : n], &byte);
	partition_shares(partition, n, shares, &nobody);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(share_compare(&shares[i], &expected[i]), 0);
		share_add(&sum, &shares[i]);
	}
	assert_int_equal(share_compare(&nobody, &expected[n]), 0);
	share_add(&sum, &nobody);
	assert_true(share_is_whole(&sum));
}

static void assert_find_prefix(const struct partition *partition, const size_t *winners)
{
	/* Every byte is a prefix of 8 bits here, so a cut inside of a byte would show. */
	for (unsigned bits = 0; bits <= 8; bits++)
		for (unsigned value = 0; value < 1U << bits; value++) {
			unsigned first = value << (8 - bits), end = (value + 1) << (8 - bits);
			struct prefix prefix = byte_prefix(value, bits);
			size_t winner = 4711;
			bool same = true;

			for (unsigned byte = first; byte < end; byte++)
				same = same && winners[byte] == winners[first];
			assert_int_equal(partition_find_prefix(partition, &prefix, &winner), same);
			assert_int_equal(winner, same ? winners[first] : 4711);
		}
}

static void check_partition(const struct prefix *prefixes, size_t n)
{
	_cleanup_(partition_freep) struct partition *partition = NULL;
	size_t winners[BYTES];

	for (unsigned byte = 0; byte < BYTES; byte++)
		winners[byte] = oracle_winner(prefixes, n, byte);
	assert_int_equal(partition_new(prefixes, n, &partition), 0);
	assert_is_partition(partition);
	assert_shares(partition, winners, n);
	assert_find_prefix(partition, winners);
}

/* --- who serves what --------------------------------------------------------------------- */

static void without_backends_no_selector_is_served(void **state _unused_)
{
	_cleanup_(partition_freep) struct partition *partition = NULL;
	struct share nobody;

	assert_int_equal(partition_new(NULL, 0, &partition), 0);
	assert_is_partition(partition);
	assert_int_equal(partition->count, 1);
	assert_int_equal(partition->segments[0].winner, PARTITION_NOBODY);
	partition_shares(partition, 0, NULL, &nobody);
	assert_true(share_is_whole(&nobody));
}

static void the_guides_four_prefixes_get_a_quarter_each(void **state _unused_)
{
	_cleanup_(partition_freep) struct partition *partition = NULL;
	struct prefix prefixes[] = {prefix_of("0/2"), prefix_of("4/2"), prefix_of("8/2"),
				    prefix_of("C/2")};
	struct share shares[4], nobody;
	char buf[SHARE_PERCENT_MAX];

	assert_int_equal(partition_new(prefixes, 4, &partition), 0);
	assert_is_partition(partition);
	assert_int_equal(partition->count, 4);
	partition_shares(partition, 4, shares, &nobody);
	assert_true(share_is_zero(&nobody));
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(partition->segments[i].winner, i);
		assert_string_equal(share_percent_format(&shares[i], 2, buf), "25.00");
	}
}

static void an_early_catch_all_takes_everything(void **state _unused_)
{
	_cleanup_(partition_freep) struct partition *partition = NULL;
	struct prefix prefixes[] = {prefix_of(""), prefix_of("4/2"), prefix_of("")};

	assert_int_equal(partition_new(prefixes, 3, &partition), 0);
	assert_int_equal(partition->count, 1);
	assert_int_equal(partition->segments[0].winner, 0);
}

static void all_triples_of_short_prefixes_follow_first_match(void **state _unused_)
{
	struct prefix short_ones[15], triple[3];
	size_t n = 0;

	for (unsigned bits = 0; bits <= 3; bits++)
		for (unsigned value = 0; value < 1U << bits; value++)
			short_ones[n++] = byte_prefix(value, bits);
	for (size_t i = 0; i < n * n * n; i++) {
		triple[0] = short_ones[i % n];
		triple[1] = short_ones[i / n % n];
		triple[2] = short_ones[i / n / n];
		check_partition(triple, 3);
	}
}

static void random_families_of_prefixes_follow_first_match(void **state _unused_)
{
	struct family family;
	uint64_t random = 314159;

	for (unsigned i = 0; i < 1000; i++) {
		family_random(&family, &random);
		check_partition(family.prefixes, family.n);
	}
}

static void the_first_and_the_last_selector_can_be_assigned_alone(void **state _unused_)
{
	_cleanup_(partition_freep) struct partition *partition = NULL;
	struct prefix prefixes[] = {prefix_of(FS_39 "F"), prefix_of(ZEROS_39 "0")};
	struct share shares[2], nobody, one = share_of_prefix(&prefixes[0]);

	assert_int_equal(partition_new(prefixes, 2, &partition), 0);
	assert_is_partition(partition);
	assert_int_equal(partition->count, 3);
	assert_int_equal(partition->segments[0].winner, 1);
	assert_int_equal(partition->segments[1].winner, PARTITION_NOBODY);
	assert_int_equal(partition->segments[2].winner, 0);
	partition_shares(partition, 2, shares, &nobody);
	assert_int_equal(share_compare(&shares[0], &one), 0);
	assert_int_equal(share_compare(&shares[1], &one), 0);
	share_add(&nobody, &one);
	assert_false(share_is_whole(&nobody));
	share_add(&nobody, &one);
	assert_true(share_is_whole(&nobody));
}

/* All 161 prefixes of one selector, the longest first: each but the longest keeps half of its own.
 */
static void a_chain_of_prefixes_of_all_lengths_fits(void **state _unused_)
{
	_cleanup_(partition_freep) struct partition *partition = NULL;
	struct prefix chain[SELECTOR_BITS + 1];
	struct share shares[SELECTOR_BITS + 1], nobody;

	for (unsigned i = 0; i <= SELECTOR_BITS; i++)
		chain[i] = (struct prefix){.bits = (uint8_t)(SELECTOR_BITS - i)};
	assert_int_equal(partition_new(chain, ELEMENTSOF(chain), &partition), 0);
	assert_is_partition(partition);
	assert_int_equal(partition->count, ELEMENTSOF(chain));
	partition_shares(partition, ELEMENTSOF(chain), shares, &nobody);
	for (unsigned i = 1; i <= SELECTOR_BITS; i++) {
		struct share half = share_of_prefix(&chain[i - 1]);

		assert_int_equal(share_compare(&shares[i], &half), 0);
	}
	assert_true(share_is_zero(&nobody));
}

/* --- overlaps ---------------------------------------------------------------------------- */

static void check_overlaps(const struct family *family, const bool *skip)
{
	size_t found[FAMILY_MAX];

	assert_int_equal(
		partition_overlaps(family->prefixes, family->groups, skip, family->n, found), 0);
	for (size_t i = 0; i < family->n; i++) {
		const struct prefix *own = &family->prefixes[i];
		size_t expected = PARTITION_NOBODY;

		for (size_t j = i; j-- > 0;)
			if (!skip[i] && !skip[j] && family->groups[i] != family->groups[j] &&
			    (prefix_contains_prefix(own, &family->prefixes[j]) ||
			     prefix_contains_prefix(&family->prefixes[j], own)))
				expected = j;
		assert_int_equal(found[i], expected);
	}
}

static void the_overlaps_equal_those_of_all_pairs(void **state _unused_)
{
	const bool skip_none[FAMILY_MAX] = {};
	struct family family;
	uint64_t random = 161803;

	for (unsigned i = 0; i < 5000; i++) {
		family_random(&family, &random);
		check_overlaps(&family, family.skip);
		check_overlaps(&family, skip_none);
	}
}

static void an_overlap_is_found_in_both_orders_and_between_equal_prefixes(void **state _unused_)
{
	struct prefix prefixes[] = {prefix_of("C/2"), prefix_of("C0"), prefix_of("/0"),
				    prefix_of("C0"), prefix_of("0/2")};
	unsigned groups[] = {0, 1, 0, 2, 3};
	const bool skip[] = {true, false, false, false, false}, skip_none[5] = {};
	size_t found[5];

	assert_int_equal(partition_overlaps(prefixes, groups, skip_none, 5, found), 0);
	assert_int_equal(found[0], PARTITION_NOBODY);
	assert_int_equal(found[1], 0); /* lies in C/2 */
	assert_int_equal(found[2], 1); /* contains C0; C/2 is of its own group */
	assert_int_equal(found[3], 0);
	assert_int_equal(found[4], 2);

	assert_int_equal(partition_overlaps(prefixes, groups, skip, 5, found), 0);
	assert_int_equal(found[0], PARTITION_NOBODY);
	assert_int_equal(found[1], PARTITION_NOBODY);
	assert_int_equal(found[3], 1); /* equal to C0 */
}

/* --- shadows ----------------------------------------------------------------------------- */

/* Whose rank takes this byte before `i`? */
static size_t oracle_taker(const struct family *family, size_t i, unsigned byte)
{
	for (size_t j = 0; j < i; j++) {
		const char *scope = family->scopes[j];

		if (strncmp(scope, family->scopes[i], strlen(scope)) == 0 &&
		    has_byte(&family->prefixes[j], byte))
			return j;
	}
	return PARTITION_NOBODY;
}

static size_t oracle_shadow(const struct family *family, size_t i)
{
	size_t first = PARTITION_NOBODY;

	for (unsigned byte = BYTES; byte-- > 0;) {
		if (!has_byte(&family->prefixes[i], byte))
			continue;
		first = oracle_taker(family, i, byte);
		if (first == PARTITION_NOBODY)
			return PARTITION_NOBODY;
	}
	return first;
}

static void the_shadows_equal_those_of_a_byte_by_byte_model(void **state _unused_)
{
	struct family family;
	uint64_t random = 141421;
	size_t shadows[FAMILY_MAX];
	unsigned found[2] = {};

	for (unsigned i = 0; i < 5000; i++) {
		family_random(&family, &random);
		assert_int_equal(
			partition_shadows(family.prefixes, family.scopes, family.n, shadows), 0);
		for (size_t j = 0; j < family.n; j++) {
			assert_int_equal(shadows[j], oracle_shadow(&family, j));
			found[shadows[j] != PARTITION_NOBODY]++;
		}
	}
	/* The families must be worth something. */
	assert_true(found[false] > 2000 && found[true] > 2000);
}

static void a_scope_is_shadowed_only_by_its_prefixes(void **state _unused_)
{
	struct prefix prefixes[] = {prefix_of("0/1"), prefix_of("8/1"), prefix_of("4/2"),
				    prefix_of(""), prefix_of("")};
	const char *scopes[] = {"", "app", "application", "apple", "b"};
	size_t shadows[5];

	assert_int_equal(partition_shadows(prefixes, scopes, 5, shadows), 0);
	assert_int_equal(shadows[0], PARTITION_NOBODY);
	assert_int_equal(shadows[1], PARTITION_NOBODY);
	assert_int_equal(shadows[2], 0);
	assert_int_equal(shadows[3], 0); /* by the union of "" and "app" */
	assert_int_equal(shadows[4], PARTITION_NOBODY);
}

static void a_shadow_must_cover_the_last_selector(void **state _unused_)
{
	struct prefix prefixes[RANGE_PREFIXES_MAX + 2];
	const char *scopes[ELEMENTSOF(prefixes)];
	size_t shadows[ELEMENTSOF(prefixes)];
	struct range range = {.last = prefix_of(FS_39 "E").first};
	size_t n = range_prefixes(&range, prefixes);

	assert_int_equal(n, SELECTOR_BITS);
	for (size_t i = 0; i < ELEMENTSOF(scopes); i++)
		scopes[i] = "";
	prefixes[n] = prefix_of("");
	assert_int_equal(partition_shadows(prefixes, scopes, n + 1, shadows), 0);
	assert_int_equal(shadows[n], PARTITION_NOBODY);
	prefixes[n] = prefix_of(FS_39 "F");
	prefixes[n + 1] = prefix_of("");
	assert_int_equal(partition_shadows(prefixes, scopes, n + 2, shadows), 0);
	assert_int_equal(shadows[n], PARTITION_NOBODY);
	assert_int_equal(shadows[n + 1], 0);
}

static void no_prefixes_have_no_overlaps_or_shadows(void **state _unused_)
{
	assert_int_equal(partition_overlaps(NULL, NULL, NULL, 0, NULL), 0);
	assert_int_equal(partition_shadows(NULL, NULL, 0, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_backends_no_selector_is_served),
		cmocka_unit_test(the_guides_four_prefixes_get_a_quarter_each),
		cmocka_unit_test(an_early_catch_all_takes_everything),
		cmocka_unit_test(all_triples_of_short_prefixes_follow_first_match),
		cmocka_unit_test(random_families_of_prefixes_follow_first_match),
		cmocka_unit_test(the_first_and_the_last_selector_can_be_assigned_alone),
		cmocka_unit_test(a_chain_of_prefixes_of_all_lengths_fits),
		cmocka_unit_test(the_overlaps_equal_those_of_all_pairs),
		cmocka_unit_test(an_overlap_is_found_in_both_orders_and_between_equal_prefixes),
		cmocka_unit_test(the_shadows_equal_those_of_a_byte_by_byte_model),
		cmocka_unit_test(a_scope_is_shadowed_only_by_its_prefixes),
		cmocka_unit_test(a_shadow_must_cover_the_last_selector),
		cmocka_unit_test(no_prefixes_have_no_overlaps_or_shadows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
