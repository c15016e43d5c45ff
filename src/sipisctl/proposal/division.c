/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/division.h"

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

/* --- where the part may be cut ----------------------------------------------------------- */

/*
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

/* --- cuts -------------------------------------------------------------------------------- */

struct search {
	struct line line;
	unsigned n;
	uint32_t limit;                    /* of the imbalance */
	struct share cuts[DIVIDE_MAX + 1]; /* found: share i lies between cuts i and i + 1 */

	struct share smallest, largest; /* sizes of shares that are tried now */

	/*
	 * Where `i` shares end at the earliest if none of those that follow is over `largest`, and
	 * at the latest if none is under `smallest`
	 */
	struct share earliest[DIVIDE_MAX + 1], latest[DIVIDE_MAX + 1];

	/*
	 * All places between these two where `i` shares of these sizes can end: layers[i] ..
	 * layers[i + 1] - 1, ascending
	 */
	struct share *ends;
	size_t count, capacity;
	size_t layers[DIVIDE_MAX + 2];

	/* Other ends there are only with a share of at least this size; 0: there are none. */
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

/* Fills earliest[i], of which the next one is known. */
static void find_earliest(struct search *search, unsigned i)
{
	const struct share *next = &search->earliest[i + 1];
	struct share place, size;

	search->earliest[i] = (struct share){};
	if (share_compare(next, &search->largest) <= 0)
		return;
	place = distance(&search->largest, next);
	share_subtract(&place, &one);
	search->earliest[i] = cut_after(&search->line, &place);
	place = cut_before(&search->line, &place);
	size = distance(&place, next);
	note_size(search, &size);
}

/* Fills latest[i], of which the next one is known. False: there is no room. */
static bool find_latest(struct search *search, unsigned i)
{
	const struct share *next = &search->latest[i + 1];
	struct share place;

	if (share_compare(next, &search->smallest) < 0)
		return false;
	place = distance(&search->smallest, next);
	search->latest[i] = cut_before(&search->line, &place);
	return true;
}

/* False: no cuts make shares of at least `smallest`. */
static bool find_bounds(struct search *search)
{
	search->next_largest = (struct share){};
	search->earliest[search->n] = search->latest[search->n] = search->line.total;
	for (unsigned i = search->n; i-- > 0;) {
		if (!find_latest(search, i))
			return false;
		find_earliest(search, i);
	}
	return true;
}

/* Add where share `i` can end if it starts at `start`. */
static int add_ends_from(struct search *search, const struct share *start, unsigned i)
{
	struct share place = *start, end = *start, cut, size;
	int r;

	share_add(&place, &search->smallest);
	share_add(&end, &search->largest);
	if (share_compare(&place, &search->earliest[i + 1]) < 0)
		place = search->earliest[i + 1];
	share_subtract(&place, &one);
	/* Those before have been added. */
	if (search->count > search->layers[i + 1] &&
	    share_compare(&place, &search->ends[search->count - 1]) < 0)
		place = search->ends[search->count - 1];

	while (share_compare(&place, &search->latest[i + 1]) < 0) {
		cut = cut_after(&search->line, &place);
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

/* Add where share `i` can end, from where it can start. 1, 0 (nowhere) or -ENOMEM. */
static int add_ends(struct search *search, unsigned i)
{
	int r;

	for (size_t j = search->layers[i]; j < search->layers[i + 1]; j++) {
		struct share start = search->ends[j];

		r = add_ends_from(search, &start, i);
		if (r < 0)
			return r;
	}
	search->layers[i + 2] = search->count;
	return search->layers[i + 2] > search->layers[i + 1];
}

/*
 * The way back from the part's end. The last end that leaves a share large enough leaves none too
 * large, as this end was reached from one that does not.
 */
static void take_cuts(struct search *search)
{
	struct share latest;
	size_t j;

	search->cuts[search->n] = search->line.total;
	for (unsigned i = search->n; i-- > 0;) {
		latest = distance(&search->smallest, &search->cuts[i + 1]);
		j = search->layers[i + 1] - 1;
		while (share_compare(&search->ends[j], &latest) > 0)
			j--;
		search->cuts[i] = search->ends[j];
	}
}

/* Try all cuts that make shares of smallest .. largest. 1, 0 or -ENOMEM. */
static int try_sizes(struct search *search)
{
	int r;

	search->count = 0;
	r = add_end(search, &(const struct share){});
	if (r < 0)
		return r;
	search->layers[1] = search->count;
	for (unsigned i = 0; i < search->n; i++) {
		r = add_ends(search, i);
		if (r <= 0)
			return r;
	}
	take_cuts(search);
	return 1;
}

/*
 * Try all cuts, size by size: smallest .. largest are as far apart as the limit allows. They begin
 * as small as they can be, where the largest is an equal share. When they do not do, larger ones up
 * to next_largest do not either: they have no more ends. 1, 0 or -ENOMEM.
 *
 * It is little to try: shares of many units of 2^exponent are equal enough when cut evenly.
 */
static int cut_unevenly(struct search *search)
{
	struct share largest = search->line.total;
	int r;

	if (share_divide(&largest, search->n))
		share_add(&largest, &one);
	for (;;) {
		search->smallest = largest;
		share_multiply(&search->smallest, IMBALANCE_UNIT);
		if (share_divide(&search->smallest, IMBALANCE_UNIT + search->limit))
			share_add(&search->smallest, &one);
		search->largest = search->smallest;
		share_multiply(&search->largest, IMBALANCE_UNIT + search->limit);
		share_divide(&search->largest, IMBALANCE_UNIT);
		if (!find_bounds(search))
			return 0;
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

/* --- shares ------------------------------------------------------------------------------ */

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
