/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/division.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "selector/share.h"
#include "util/array.h"
#include "util/macro.h"

static const struct share one = {.words = {1}};

void division_done(struct division *division)
{
	for (size_t i = 0; i < division->n; i++)
		free(division->shares[i].prefixes);
	free(division->shares);
	*division = (struct division){};
}

/* --- the part as a line ------------------------------------------------------------------ */

/* A position on the line is the number of the part's selectors before it. */
struct line_range {
	struct share start; /* position of the range's first selector */
	struct share gaps;  /* selectors before it that are not in the part */
};

struct line {
	struct line_range *ranges; /* owned: one a range, and one whose start is the line's end */
	size_t n;                  /* ranges of the part */
	struct share length;
};

static void line_done(struct line *line)
{
	free(line->ranges);
}

static int line_init(struct line *line, const struct range_set *part)
{
	line->ranges = calloc(part->count + 1, sizeof(*line->ranges));
	if (!line->ranges)
		return -ENOMEM;

	for (; line->n < part->count; line->n++) {
		struct line_range *range = &line->ranges[line->n];
		struct share size = share_of_range(&part->items[line->n]);

		range->start = line->length;
		range->gaps = share_before(&part->items[line->n].first);
		share_subtract(&range->gaps, &line->length);
		share_add(&line->length, &size);
	}

	line->ranges[line->n].start = line->length;
	return 0;
}

static bool line_range_starts_up_to(const void *item, const void *position)
{
	const struct line_range *range = item;

	return share_compare(&range->start, position) <= 0;
}

/* Return the range that a position of the line lies in. */
static const struct line_range *line_find(const struct line *line, const struct share *position)
{
	size_t after = array_lower_bound(line->ranges, line->n, sizeof(*line->ranges), position,
					 line_range_starts_up_to);

	return &line->ranges[after ? after - 1 : 0];
}

static struct selector line_selector(const struct line_range *range, const struct share *position)
{
	struct share number = *position;

	share_add(&number, &range->gaps);
	return share_selector(&number);
}

/* Set all but the first `bits` of the SELECTOR_BITS + 1 bits of a selector's number to zero. */
static void number_truncate(struct share *number, unsigned bits)
{
	unsigned zeros = SELECTOR_BITS - bits;

	for (unsigned i = 0; i < zeros / 32; i++)
		number->words[i] = 0;
	number->words[zeros / 32] &= UINT32_MAX << zeros % 32;
}

/* Return the last position at or before this one where the line can be cut. */
static struct share line_cut(const struct line *line, const struct share *position, unsigned bits)
{
	const struct line_range *range = line_find(line, position);
	struct share cut = *position, first = range->start;

	share_add(&cut, &range->gaps);
	number_truncate(&cut, bits);
	share_add(&first, &range->gaps);
	if (share_compare(&cut, &first) < 0)
		return range->start;

	share_subtract(&cut, &range->gaps);
	return cut;
}

/* --- even cuts --------------------------------------------------------------------------- */

/* Share i of the n is on the line from positions[i] to before positions[i + 1]. */
struct cuts {
	struct share positions[DIVISION_MAX + 1];
};

static void cuts_make(struct cuts *cuts, const struct line *line, unsigned n, unsigned bits)
{
	for (unsigned i = 0; i < n; i++) {
		struct share end = line->length;

		share_multiply(&end, i);
		share_divide(&end, n);
		cuts->positions[i] = line_cut(line, &end, bits);
	}
	cuts->positions[n] = line->length;
}

static bool cuts_are_balanced(const struct cuts *cuts, unsigned n, uint32_t max_imbalance)
{
	struct share smallest = cuts->positions[n], largest = {};

	for (unsigned i = 0; i < n; i++) {
		struct share size = cuts->positions[i + 1];

		share_subtract(&size, &cuts->positions[i]);
		if (share_compare(&size, &smallest) < 0)
			smallest = size;
		if (share_compare(&size, &largest) > 0)
			largest = size;
	}

	share_multiply(&largest, IMBALANCE_UNIT);
	share_multiply(&smallest, IMBALANCE_UNIT + max_imbalance);
	return share_compare(&largest, &smallest) <= 0;
}

/* --- shares ------------------------------------------------------------------------------ */

static int share_add_range(struct division_share *share, const struct range *range)
{
	struct prefix prefixes[RANGE_PREFIXES_MAX], *items;
	size_t n = range_prefixes(range, prefixes);

	items = reallocarray(share->prefixes, share->n + n, sizeof(*items));
	if (!items)
		return -ENOMEM;

	memcpy(items + share->n, prefixes, n * sizeof(*items));
	share->prefixes = items;
	share->n += n;
	return 0;
}

/* Give a share what lies between two positions of the line. */
static int share_fill(struct division_share *share, const struct line *line,
		      const struct share *from, const struct share *to)
{
	const struct line_range *range = line_find(line, from);
	struct share start = *from;

	for (; share_compare(&start, to) < 0; range++) {
		const struct share *next = &range[1].start;
		struct share end = share_compare(to, next) < 0 ? *to : *next, last = end;
		int r;

		share_subtract(&last, &one);
		r = share_add_range(share, &(struct range){
						   .first = line_selector(range, &start),
						   .last = line_selector(range, &last),
					   });
		if (r < 0)
			return r;
		start = end;
	}
	return 0;
}

static int division_fill(struct division *division, const struct line *line,
			 const struct cuts *cuts, unsigned n)
{
	division->shares = calloc(n, sizeof(*division->shares));
	if (!division->shares)
		return -ENOMEM;

	division->n = n;
	for (unsigned i = 0; i < n; i++) {
		int r = share_fill(&division->shares[i], line, &cuts->positions[i],
				   &cuts->positions[i + 1]);

		if (r < 0)
			return r;
	}
	return 0;
}

int division_make(const struct range_set *part, unsigned n, uint32_t max_imbalance,
		  struct division *ret)
{
	_cleanup_(division_done) struct division division = {};
	_cleanup_(line_done) struct line line = {};
	struct cuts cuts = {};
	int r;

	assert(part->count > 0);
	assert(n >= 1 && n <= DIVISION_MAX);
	assert(max_imbalance <= IMBALANCE_MAX);

	r = line_init(&line, part);
	if (r < 0)
		return r;

	for (; division.bits <= SELECTOR_BITS; division.bits++) {
		cuts_make(&cuts, &line, n, division.bits);
		if (cuts_are_balanced(&cuts, n, max_imbalance))
			break;
	}
	if (division.bits > SELECTOR_BITS)
		return 0;

	r = division_fill(&division, &line, &cuts, n);
	if (r < 0)
		return r;

	*ret = TAKE_STRUCT(division);
	return 1;
}
