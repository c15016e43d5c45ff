/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "divide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "macro.h"
#include "share.h"

static const struct share one = {.words = {1}};

void division_done(struct division *division)
{
	for (size_t i = 0; i < division->n; i++)
		free(division->shares[i].prefixes);
	free(division->shares);
	*division = (struct division){};
}

/* --- where the part may be cut ------------------------------------------------------------------
 *
 * The part is taken as one line of selectors, without the gaps between its ranges. A place on it is
 * the number of selectors before it. It may be cut at multiples of 2^`exponent`, and where a range
 * begins or ends.
 */

struct span {
	struct share start; /* place of the range's first selector */
	struct share gaps;  /* so many selectors before it are no part of the line */
};

struct line {
	struct span *spans; /* one for each range, and one that starts where the part ends */
	size_t n;           /* ranges */
	struct share total;
	unsigned exponent;
};

static int line_init(struct line *line, const struct range_set *part)
{
	*line = (struct line){.spans = calloc(part->count + 1, sizeof(*line->spans))};
	if (!line->spans)
		return -ENOMEM;
	for (; line->n < part->count; line->n++) {
		struct span *span = &line->spans[line->n];
		struct share length = share_of_range(&part->items[line->n]);

		span->start = line->total;
		span->gaps = share_before(&part->items[line->n].first);
		share_subtract(&span->gaps, &line->total);
		share_add(&line->total, &length);
	}
	line->spans[line->n].start = line->total;
	return 0;
}

static const struct span *line_find(const struct line *line, const struct share *place)
{
	size_t low = 0, high = line->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (share_compare(&line->spans[middle].start, place) <= 0)
			low = middle;
		else
			high = middle;
	}
	return &line->spans[low];
}

/* The number of the selector at a place, rounded down to a multiple of 2^exponent */
static struct share last_multiple(const struct line *line, const struct span *span,
				  const struct share *place)
{
	struct share number = *place;

	share_add(&number, &span->gaps);
	for (unsigned i = 0; i < line->exponent / 32; i++)
		number.words[i] = 0;
	number.words[line->exponent / 32] &= UINT32_MAX << line->exponent % 32;
	return number;
}

/* The last place up to this one where the part may be cut. */
static struct share cut_before(const struct line *line, const struct share *place)
{
	const struct span *span = line_find(line, place);
	struct share cut = last_multiple(line, span, place), first = span->start;

	share_add(&first, &span->gaps);
	if (share_compare(&cut, &first) < 0)
		return span->start;
	share_subtract(&cut, &span->gaps);
	return cut;
}

/* The first place behind this one where the part may be cut. */
static struct share cut_after(const struct line *line, const struct share *place)
{
	const struct span *span = line_find(line, place);
	struct share cut = last_multiple(line, span, place), unit = {};

	unit.words[line->exponent / 32] = UINT32_C(1) << line->exponent % 32;
	share_add(&cut, &unit);
	share_subtract(&cut, &span->gaps);
	return share_compare(&cut, &span[1].start) < 0 ? cut : span[1].start;
}

/* --- cuts -----------------------------------------------------------------------------------*/

struct search {
	struct line line;
	unsigned n;
	uint32_t limit;                    /* of the imbalance */
	struct share cuts[DIVIDE_MAX + 1]; /* found: share i lies between cuts i and i + 1 */

	/* The sizes that are tried now */
	struct share smallest, largest;
	/* Where `i` shares of these sizes can end: items layers[i] .. layers[i + 1] - 1, ascending
	 */
	struct share *ends;
	size_t count, capacity;
	size_t layers[DIVIDE_MAX + 2];
	/* Without a share of this size or more there are no other ends; 0: there never are. */
	struct share next_largest;
};

static void search_done(struct search *search)
{
	free(search->line.spans);
	free(search->ends);
}

static struct share distance(const struct share *from, const struct share *to)
{
	struct share share = *to;

	share_subtract(&share, from);
	return share;
}

static bool is_balanced(const struct search *search, const struct share *cuts)
{
	struct share smallest = search->line.total, largest = {};

	for (unsigned i = 0; i < search->n; i++) {
		struct share size = distance(&cuts[i], &cuts[i + 1]);

		if (share_compare(&size, &smallest) < 0)
			smallest = size;
		if (share_compare(&size, &largest) > 0)
			largest = size;
	}
	share_multiply(&largest, IMBALANCE_UNIT);
	share_multiply(&smallest, IMBALANCE_UNIT + search->limit);
	return share_compare(&largest, &smallest) <= 0;
}

/*
 * Cut where equal shares would end, or at the last possible place before. Nothing is more equal
 * where the possible places are equally far from each other. Where they are not, being ends of
 * ranges, other cuts can be better.
 */
static bool cut_evenly(struct search *search)
{
	struct share cuts[DIVIDE_MAX + 1] = {};

	for (unsigned i = 1; i < search->n; i++) {
		struct share place = search->line.total;

		share_multiply(&place, i);
		share_divide(&place, search->n);
		cuts[i] = cut_before(&search->line, &place);
	}
	cuts[search->n] = search->line.total;
	if (!is_balanced(search, cuts))
		return false;
	memcpy(search->cuts, cuts, sizeof(cuts));
	return true;
}

static int add_end(struct search *search, const struct share *end)
{
	int r = ARRAY_RESERVE(search->ends, search->count, search->capacity);

	if (r < 0)
		return r;
	search->ends[search->count++] = *end;
	return 0;
}

static void note_size(struct search *search, const struct share *size)
{
	if (share_is_zero(&search->next_largest) || share_compare(size, &search->next_largest) < 0)
		search->next_largest = *size;
}

/* Add where a share can end that starts at `start`: after `last`, and not after `limit`. */
static int add_ends_from(struct search *search, const struct share *start, const struct share *last,
			 const struct share *limit)
{
	struct share place = *start, end = *start, cut, size;
	int r;

	share_add(&place, &search->smallest);
	share_subtract(&place, &one);
	if (share_compare(&place, last) < 0)
		place = *last;
	share_add(&end, &search->largest);
	while (share_compare(&place, limit) < 0) {
		cut = cut_after(&search->line, &place);
		if (share_compare(&cut, limit) > 0)
			break;
		if (share_compare(&cut, &end) > 0) {
			size = distance(start, &cut);
			note_size(search, &size);
			break;
		}
		r = add_end(search, &cut);
		if (r < 0)
			return r;
		place = cut;
	}
	return 0;
}

/*
 * The first place from which the rest can be divided into shares of at most `largest`. The one
 * before it needs a larger one.
 */
static struct share first_useful(struct search *search, unsigned shares)
{
	struct share place = search->largest, size;

	share_multiply(&place, shares);
	if (share_compare(&place, &search->line.total) >= 0)
		return (struct share){};
	place = distance(&place, &search->line.total);
	share_subtract(&place, &one);
	size = cut_before(&search->line, &place);
	size = distance(&size, &search->line.total);
	if (share_divide(&size, shares))
		share_add(&size, &one);
	note_size(search, &size);
	return place;
}

/* The ends of `i` shares, from those of one less. */
static int add_layer(struct search *search, unsigned i)
{
	struct share limit = search->smallest, rest = search->line.total, start;
	struct share last = {};
	int r;

	/* What remains must be enough for the other shares. */
	share_multiply(&limit, search->n - i);
	limit = distance(&limit, &rest);
	if (i < search->n)
		last = first_useful(search, search->n - i);
	search->layers[i] = search->count;
	for (size_t j = search->layers[i - 1]; j < search->layers[i]; j++) {
		start = search->ends[j];
		r = add_ends_from(search, &start, &last, &limit);
		if (r < 0)
			return r;
		if (search->count > search->layers[i])
			last = search->ends[search->count - 1];
	}
	search->layers[i + 1] = search->count;
	return 0;
}

/* The way back from the part's end. There is one from every end, as each was reached. */
static void take_cuts(struct search *search)
{
	struct share size;
	size_t j;

	search->cuts[search->n] = search->line.total;
	for (unsigned i = search->n; i-- > 0;) {
		j = search->layers[i + 1];
		do
			size = distance(&search->ends[--j], &search->cuts[i + 1]);
		while (share_compare(&size, &search->smallest) < 0);
		search->cuts[i] = search->ends[j];
	}
}

/* Try all cuts that give no shares but of the sizes now tried. 1, 0 or -ENOMEM. */
static int try_sizes(struct search *search)
{
	struct share nothing = {};
	int r;

	search->next_largest = nothing;
	search->count = 0;
	search->layers[0] = 0;
	r = add_end(search, &nothing);
	for (unsigned i = 1; r == 0 && i <= search->n; i++) {
		r = add_layer(search, i);
		if (r == 0 && search->count == search->layers[i])
			return 0;
	}
	if (r < 0)
		return r;
	if (share_compare(&search->ends[search->count - 1], &search->line.total) != 0)
		return 0;
	take_cuts(search);
	return 1;
}

/*
 * Try all cuts. The sizes wanted are smallest .. largest, as far apart as the imbalance may be.
 * They begin as small as they can be, which is where the largest share is an equal one. When cuts
 * of these sizes do not do it, then only larger shares do, from next_largest up: where smaller ones
 * take no part, there are no more ends than before. 1, 0 or -ENOMEM.
 */
static int cut_unevenly(struct search *search)
{
	struct share largest = search->line.total, all;
	int r;

	if (share_divide(&largest, search->n))
		share_add(&largest, &one);
	for (;;) {
		search->smallest = largest;
		share_multiply(&search->smallest, IMBALANCE_UNIT);
		if (share_divide(&search->smallest, IMBALANCE_UNIT + search->limit))
			share_add(&search->smallest, &one);
		all = search->smallest;
		share_multiply(&all, search->n);
		if (share_compare(&all, &search->line.total) > 0)
			return 0;

		search->largest = search->smallest;
		share_multiply(&search->largest, IMBALANCE_UNIT + search->limit);
		share_divide(&search->largest, IMBALANCE_UNIT);
		r = try_sizes(search);
		if (r != 0)
			return r;
		if (share_is_zero(&search->next_largest))
			return 0;
		largest = search->next_largest;
	}
}

static int find_cuts(struct search *search, unsigned bits, uint32_t limit)
{
	search->line.exponent = SELECTOR_BITS - bits;
	search->limit = limit;
	return cut_evenly(search) ? 1 : cut_unevenly(search);
}

/* With more bits there are more places to cut, so halving finds the fewest. 1, 0 or -ENOMEM. */
static int find_fewest_bits(struct search *search, uint32_t limit, unsigned *ret)
{
	unsigned low = 0, high = SELECTOR_BITS;
	int r;

	r = find_cuts(search, high, limit);
	if (r <= 0)
		return r;
	while (low < high) {
		unsigned middle = (low + high) / 2;

		r = find_cuts(search, middle, limit);
		if (r < 0)
			return r;
		if (r > 0)
			high = middle;
		else
			low = middle + 1;
	}
	*ret = high;
	return 1;
}

/* The cuts have been found for this limit; find those for the lowest. 0 or -ENOMEM. */
static int find_most_equal(struct search *search, unsigned bits, uint32_t limit)
{
	uint32_t low = 0, high = limit;
	int r;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		r = find_cuts(search, bits, middle);
		if (r < 0)
			return r;
		if (r > 0)
			high = middle;
		else
			low = middle + 1;
	}
	return 0;
}

/* --- shares -----------------------------------------------------------------------------------*/

static int add_range(struct division_share *share, const struct range *range)
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

static struct selector selector_at(const struct span *span, const struct share *place)
{
	struct share number = *place;

	share_add(&number, &span->gaps);
	return share_selector(&number);
}

/* What of the line lies between two places. */
static int add_places(struct division_share *share, const struct line *line,
		      const struct share *from, const struct share *to)
{
	const struct span *span = line_find(line, from);
	struct share start = *from, end, last;
	int r = 0;

	for (; r == 0 && share_compare(&start, to) < 0; span++) {
		end = share_compare(to, &span[1].start) < 0 ? *to : span[1].start;
		last = distance(&one, &end);
		r = add_range(share,
			      &(struct range){selector_at(span, &start), selector_at(span, &last)});
		start = end;
	}
	return r;
}

static int make_shares(const struct search *search, struct division *division)
{
	int r = 0;

	division->shares = calloc(search->n, sizeof(*division->shares));
	if (!division->shares)
		return -ENOMEM;
	division->n = search->n;
	for (unsigned i = 0; r == 0 && i < search->n; i++)
		r = add_places(&division->shares[i], &search->line, &search->cuts[i],
			       &search->cuts[i + 1]);
	return r;
}

int divide(const struct range_set *part, unsigned n, uint32_t max_imbalance, struct division *ret)
{
	_cleanup_(search_done) struct search search = {.n = n};
	_cleanup_(division_done) struct division division = {};
	int r;

	r = line_init(&search.line, part);
	if (r < 0)
		return r;
	r = find_fewest_bits(&search, max_imbalance, &division.bits);
	if (r <= 0)
		return r;
	r = find_most_equal(&search, division.bits, max_imbalance);
	if (r < 0)
		return r;
	r = make_shares(&search, &division);
	if (r < 0)
		return r;
	*ret = division;
	division = (struct division){};
	return 1;
}
