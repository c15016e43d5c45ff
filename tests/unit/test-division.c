/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "selector/share.h"
#include "sipisctl/proposal/division.h"
#include "util/macro.h"

#define ZEROS_39 "000000000000000000000000000000000000000"
#define FS_39    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"

#define FIVE_PER_CENT 5000
#define TEXT_MAX      4096

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = {};

	assert_int_equal(prefix_parse(text, &prefix), PREFIX_GOOD);
	return prefix;
}

static unsigned next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (unsigned)(*state >> 32);
}

static void add_prefixes(struct range_set *set, const struct prefix *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct range range = prefix_range(&prefixes[i]);

		assert_int_equal(range_set_add(set, &range), 0);
	}
}

/* The union of prefixes with blanks between them. The caller frees it. */
static struct range_set part_of(const char *text)
{
	struct range_set part = {};
	char copy[TEXT_MAX], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, " "))) {
		struct prefix prefix = prefix_of(word);

		add_prefixes(&part, &prefix, 1);
	}
	range_set_normalize(&part);
	return part;
}

/* --- known answers ----------------------------------------------------------------------- */

/* "0/2 4/4, 50/6": prefixes of a share have a blank, and shares a comma between them. */
static const char *division_text(const struct division *division, char buf[TEXT_MAX])
{
	char prefix[PREFIX_TEXT_MAX];
	size_t length = 0;

	for (size_t i = 0; i < division->n; i++)
		for (size_t j = 0; j < division->shares[i].n; j++) {
			const char *separator = j ? " " : i ? ", " : "";

			prefix_format(&division->shares[i].prefixes[j], prefix);
			length += (size_t)snprintf(buf + length, TEXT_MAX - length, "%s%s",
						   separator, prefix);
			assert_true(length < TEXT_MAX);
		}
	return buf;
}

static void assert_divides(const char *text, unsigned n, uint32_t limit, unsigned bits,
			   const char *shares)
{
	_cleanup_(range_set_done) struct range_set part = part_of(text);
	_cleanup_(division_done) struct division division = {};
	char buf[TEXT_MAX];

	assert_int_equal(division_make(&part, n, limit, &division), 1);
	assert_string_equal(division_text(&division, buf), shares);
	assert_int_equal(division.bits, bits);
}

static void the_whole_space_is_divided_as_in_the_guide(void **state _unused_)
{
	assert_divides("/0", 1, 0, 0, "/0");
	assert_divides("/0", 2, 0, 1, "0/1, 8/1");
	assert_divides("/0", 4, 0, 2, "0/2, 4/2, 8/2, C/2");
	assert_divides("/0", 4, FIVE_PER_CENT, 2, "0/2, 4/2, 8/2, C/2");
}

static void a_smaller_imbalance_needs_more_bits(void **state _unused_)
{
	assert_divides("/0", 3, 100000, 2, "0/2, 4/2, 8/1");
	assert_divides("/0", 3, 99999, 3, "0/2, 4/2 8/3, A/3 C/2");
	assert_divides("/0", 3, FIVE_PER_CENT, 6,
		       "0/2 4/4 50/6, 54/6 58/5 6/3 8/3 A0/5, A8/5 B/4 C/2");
}

static void a_part_is_divided_like_the_whole_space(void **state _unused_)
{
	assert_divides("8/1", 4, FIVE_PER_CENT, 3, "8/3, A/3, C/3, E/3");
	assert_divides("8/2 C/3", 3, 0, 3, "8/3, A/3, C/3");
	assert_divides(ZEROS_39 "7", 1, 0, 0, ZEROS_39 "7/160");
	assert_divides(ZEROS_39 "6/159", 2, 0, 160, ZEROS_39 "6/160, " ZEROS_39 "7/160");
}

static void separate_ranges_are_not_cut(void **state _unused_)
{
	assert_divides("0/4 F/4", 2, 0, 0, "0/4, F/4");
	assert_divides("0/4 2/4 4/4 6/4", 2, 0, 0, "0/4 2/4, 4/4 6/4");
	assert_divides(ZEROS_39 "0 " FS_39 "F", 2, 0, 0, ZEROS_39 "0/160, " FS_39 "F/160");
}

static void only_even_cuts_are_tried(void **state _unused_)
{
	/*
	 * The middle is in 7. With 1 bit the cut before 8 would be within 25 %, but it is not even:
	 * the even cuts are before 3, 4, 6 and 7.
	 */
	assert_divides("3/4 4/2 8/2", 2, 25000, 4, "3/4 4/3 6/4, 7/4 8/2");
	assert_divides("0/3 2/4 4/3 6/4 9/4 A/3 C/4", 2, 140000, 0, "0/3 2/4, 4/3 6/4 9/4 A/3 C/4");
}

/* --- what holds for all of them ---------------------------------------------------------- */

static struct share size_of(const struct division_share *share)
{
	struct share sum = {};

	for (size_t i = 0; i < share->n; i++) {
		struct share size = share_of_prefix(&share->prefixes[i]);

		share_add(&sum, &size);
	}
	return sum;
}

/* Is the largest at most so much larger than the smallest, in 100000ths? */
static bool is_within(const struct share *smallest, const struct share *largest, uint32_t limit)
{
	struct share most = *smallest, more = *smallest, scaled = *largest;

	share_multiply(&most, IMBALANCE_UNIT);
	share_multiply(&more, limit);
	share_add(&most, &more);
	share_multiply(&scaled, IMBALANCE_UNIT);
	return share_compare(&scaled, &most) <= 0;
}

/* The lowest limit that the division is within */
static uint32_t imbalance_of(const struct division *division)
{
	struct share smallest = size_of(&division->shares[0]), largest = smallest;
	uint32_t low = 0, high = UINT32_MAX;

	for (size_t i = 1; i < division->n; i++) {
		struct share size = size_of(&division->shares[i]);

		if (share_compare(&size, &smallest) < 0)
			smallest = size;
		if (share_compare(&size, &largest) > 0)
			largest = size;
	}
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (is_within(&smallest, &largest, middle))
			high = middle;
		else
			low = middle + 1;
	}
	return high;
}

/* All prefixes, in the order of the shares, ascend and make up the part. */
static void assert_covers(const struct division *division, const struct range_set *part)
{
	_cleanup_(range_set_done) struct range_set all = {};
	struct selector last = {};

	for (size_t i = 0; i < division->n; i++) {
		const struct division_share *share = &division->shares[i];

		assert_true(share->n > 0);
		add_prefixes(&all, share->prefixes, share->n);
		for (size_t j = 0; j < share->n; j++) {
			if (i || j)
				assert_true(selector_compare(&share->prefixes[j].first, &last) > 0);
			last = prefix_last(&share->prefixes[j]);
		}
	}
	range_set_normalize(&all);
	assert_int_equal(all.count, part->count);
	assert_memory_equal(all.items, part->items, all.count * sizeof(*all.items));
}

/* The prefixes of a share are those of its ranges. */
static void assert_minimal(const struct division_share *share)
{
	_cleanup_(range_set_done) struct range_set ranges = {};
	struct prefix prefixes[RANGE_PREFIXES_MAX];
	size_t n = 0, count;

	add_prefixes(&ranges, share->prefixes, share->n);
	range_set_normalize(&ranges);
	for (size_t i = 0; i < ranges.count; i++, n += count) {
		count = range_prefixes(&ranges.items[i], prefixes);
		assert_true(n + count <= share->n);
		assert_memory_equal(share->prefixes + n, prefixes, count * sizeof(*prefixes));
	}
	assert_int_equal(n, share->n);
}

/* No range of the part is missing from the middle of a share. */
static void assert_contiguous(const struct division_share *share, const struct range_set *part)
{
	struct range hull = {share->prefixes[0].first, prefix_last(&share->prefixes[share->n - 1])};
	struct share sum = {}, size = size_of(share);

	for (size_t i = 0; i < part->count; i++) {
		struct range common = part->items[i];
		struct share inside;

		if (selector_compare(&common.first, &hull.first) < 0)
			common.first = hull.first;
		if (selector_compare(&common.last, &hull.last) > 0)
			common.last = hull.last;
		if (selector_compare(&common.first, &common.last) > 0)
			continue;
		inside = share_of_range(&common);
		share_add(&sum, &inside);
	}
	assert_int_equal(share_compare(&sum, &size), 0);
}

static bool is_range_start(const struct range_set *part, const struct selector *selector)
{
	for (size_t i = 0; i < part->count; i++)
		if (selector_compare(&part->items[i].first, selector) == 0)
			return true;
	return false;
}

/* Has the selector no bits set after the first `bits`? */
static bool is_multiple(const struct selector *selector, unsigned bits)
{
	for (unsigned i = bits; i < SELECTOR_BITS; i++)
		if (selector->bytes[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

static void assert_division(const struct division *division, const struct range_set *part,
			    unsigned n, uint32_t limit)
{
	assert_int_equal(division->n, n);
	assert_covers(division, part);
	for (size_t i = 0; i < n; i++) {
		const struct selector *first = &division->shares[i].prefixes[0].first;

		assert_minimal(&division->shares[i]);
		assert_contiguous(&division->shares[i], part);
		assert_true(is_multiple(first, division->bits) || is_range_start(part, first));
	}
	assert_true(imbalance_of(division) <= limit);
}

/* Of everything, 2^bits units, the most equal shares have their quotient or one more. */
static unsigned bits_for_everything(unsigned n, uint32_t limit)
{
	for (unsigned bits = 0;; bits++) {
		uint64_t units = UINT64_C(1) << bits, least = units / n;

		if (least && (units % n == 0 || IMBALANCE_UNIT <= least * limit))
			return bits;
	}
}

static void check_part(const char *text, unsigned n, uint32_t limit)
{
	_cleanup_(range_set_done) struct range_set part = part_of(text);
	_cleanup_(division_done) struct division division = {};

	assert_int_equal(division_make(&part, n, limit, &division), 1);
	assert_division(&division, &part, n, limit);
	if (!*text)
		assert_int_equal(division.bits, bits_for_everything(n, limit));
}

static void every_part_can_be_divided(void **state _unused_)
{
	static const char *const parts[] = {
		"",
		"8/1",
		"8/2 C/3",
		"00F0 " FS_39 "0/158",
		"1/4 345 56789 C/2",
		"0123456789ABCDEF0123456789ABCDEF01234567 8/1 7FFFFFFFFFFFFFFFFFFFFFFFFFF",
	};
	static const unsigned more[] = {100, 128, 255, 256};

	for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
		for (unsigned n = 1; n <= 64; n++)
			check_part(parts[i], n, FIVE_PER_CENT);
		for (size_t j = 0; j < ELEMENTSOF(more); j++)
			check_part(parts[i], more[j], FIVE_PER_CENT);
		check_part(parts[i], 7, 1);
		check_part(parts[i], 7, IMBALANCE_MAX);
		check_part(parts[i], DIVISION_MAX, IMBALANCE_MAX);
	}
}

static void assert_cannot_divide(const char *text, unsigned n, uint32_t limit)
{
	_cleanup_(range_set_done) struct range_set part = part_of(text);
	struct division untouched = {.bits = 4711}, division = untouched;

	assert_int_equal(division_make(&part, n, limit, &division), 0);
	assert_memory_equal(&division, &untouched, sizeof(division));
}

static void an_impossible_imbalance_is_refused(void **state _unused_)
{
	assert_cannot_divide("", 3, 0);
	assert_cannot_divide("0 " ZEROS_39 "0 " FS_39 "F", 2, 0);
	assert_cannot_divide(ZEROS_39 "7", 2, IMBALANCE_MAX);
	assert_cannot_divide(ZEROS_39, 17, IMBALANCE_MAX);
	assert_cannot_divide(ZEROS_39, 3, 19999);
}

/* --- the oracle: the rule of division.h, word for word, in a space of 128 cells ------------ */

#define CELL_BITS 7
#define CELLS     (1U << CELL_BITS)

/* A cell is a prefix of 7 bits, or one of the first 128 selectors. */
struct cells {
	unsigned bits; /* of a cell */
	bool in_part[CELLS];
	unsigned total; /* cells in the part */
};

static struct cells random_cells(uint64_t *random)
{
	struct cells cells = {.bits = next_random(random) % 2 ? CELL_BITS : SELECTOR_BITS};
	unsigned length = 1 + next_random(random) % 24;
	bool in_part = next_random(random) % 2;

	for (unsigned i = 0; i < CELLS; i++) {
		if (next_random(random) % length == 0)
			in_part = !in_part;
		cells.in_part[i] = in_part;
		cells.total += in_part;
	}
	return cells;
}

static struct range_set part_of_cells(const struct cells *cells)
{
	struct range_set part = {};

	for (unsigned i = 0; i < CELLS; i++) {
		struct prefix prefix = {.bits = (uint8_t)cells->bits};

		if (cells->bits == SELECTOR_BITS)
			prefix.first.bytes[sizeof(prefix.first.bytes) - 1] = (uint8_t)i;
		else
			prefix.first.bytes[0] = (uint8_t)(i << (8 - CELL_BITS));
		if (cells->in_part[i])
			add_prefixes(&part, &prefix, 1);
	}
	range_set_normalize(&part);
	return part;
}

/*
 * Fill cuts[0..n] with the even cuts, counted in cells of the part: each is the last one at or
 * before i/n of the part.
 */
static void cut_cells(const struct cells *cells, unsigned n, unsigned bits, unsigned *cuts)
{
	unsigned coarser = cells->bits - bits, place = 0;
	unsigned unit = coarser < CELL_BITS ? 1U << coarser : CELLS;

	memset(cuts, 0, (n + 1) * sizeof(*cuts));
	for (unsigned i = 0; i < CELLS; i++) {
		if (!cells->in_part[i])
			continue;
		for (unsigned k = 0; k < n; k++)
			if ((i % unit == 0 || !cells->in_part[i - 1]) &&
			    place * n <= cells->total * k)
				cuts[k] = place;
		place++;
	}
	cuts[n] = cells->total;
}

static bool cuts_are_within(const unsigned *cuts, unsigned n, uint64_t limit)
{
	unsigned smallest = UINT32_MAX, largest = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned size = cuts[i + 1] - cuts[i];

		smallest = size < smallest ? size : smallest;
		largest = size > largest ? size : largest;
	}
	return (uint64_t)largest * IMBALANCE_UNIT <= smallest * (IMBALANCE_UNIT + limit);
}

static bool is_cut_at(const struct division *division, const struct cells *cells,
		      const unsigned *cuts)
{
	struct share cell = share_of_prefix(&(const struct prefix){.bits = (uint8_t)cells->bits});

	for (unsigned i = 0; i < division->n; i++) {
		struct share size = size_of(&division->shares[i]), expected = cell;

		share_multiply(&expected, cuts[i + 1] - cuts[i]);
		if (share_compare(&size, &expected) != 0)
			return false;
	}
	return true;
}

/* Returns whether cuts between cells do it: the oracle knows no others. */
static bool check_cells(const struct cells *cells, unsigned n, uint32_t limit)
{
	_cleanup_(range_set_done) struct range_set part = part_of_cells(cells);
	_cleanup_(division_done) struct division division = {};
	unsigned cuts[CELLS + 1], bits = 0;
	int r;

	r = division_make(&part, n, limit, &division);
	assert_true(r == 0 || r == 1);
	if (r > 0)
		assert_division(&division, &part, n, limit);

	for (; bits <= cells->bits; bits++) {
		cut_cells(cells, n, bits, cuts);
		if (cuts_are_within(cuts, n, limit))
			break;
	}
	if (bits > cells->bits) {
		assert_true(r == 0 || division.bits > cells->bits);
		return false;
	}
	assert_int_equal(r, 1);
	assert_int_equal(division.bits, bits);
	assert_true(is_cut_at(&division, cells, cuts));
	return true;
}

static void the_fewest_bits_of_even_cuts_are_taken(void **state _unused_)
{
	static const uint32_t limits[] = {0, 1000, 5000, 20000, 50000, 100000, 300000};
	uint64_t random = 271828;
	unsigned found[2] = {};

	for (unsigned i = 0; i < 2000; i++) {
		struct cells cells = random_cells(&random);
		unsigned n = 1 + next_random(&random) % 12;
		uint32_t limit = limits[next_random(&random) % ELEMENTSOF(limits)];

		if (cells.total)
			found[check_cells(&cells, n, limit)]++;
	}
	/* Both answers must have been compared often. */
	assert_true(found[false] > 400 && found[true] > 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_space_is_divided_as_in_the_guide),
		cmocka_unit_test(a_smaller_imbalance_needs_more_bits),
		cmocka_unit_test(a_part_is_divided_like_the_whole_space),
		cmocka_unit_test(separate_ranges_are_not_cut),
		cmocka_unit_test(only_even_cuts_are_tried),
		cmocka_unit_test(every_part_can_be_divided),
		cmocka_unit_test(an_impossible_imbalance_is_refused),
		cmocka_unit_test(the_fewest_bits_of_even_cuts_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
