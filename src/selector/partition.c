/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "selector/partition.h"

#include <stdlib.h>
#include <string.h>

#include "util/array.h"

/*
 * Both algorithms are sweep lines over the sorted prefixes, with a stack of the prefixes that are
 * open. Two prefixes nest or are disjoint, so at most one prefix of each length is open.
 */
#define CHAIN_MAX (SELECTOR_BITS + 1)

struct ranked {
	struct prefix prefix;
	size_t rank;
};

static int ranked_compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int r = prefix_compare(&x->prefix, &y->prefix);

	return r ? r : (x->rank > y->rank) - (x->rank < y->rank);
}

/*
 * Return a sorted copy: a prefix comes before those that it contains, equal prefixes are in the
 * order of their ranks. NULL on OOM.
 */
static struct ranked *ranked_sort(const struct prefix *prefixes, size_t n)
{
	struct ranked *sorted = calloc(n + 1, sizeof(*sorted));

	if (!sorted)
		return NULL;

	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct ranked){prefixes[i], i};

	qsort(sorted, n, sizeof(*sorted), ranked_compare);
	return sorted;
}

/* --- who serves what --------------------------------------------------------------------- */

struct sweep {
	struct partition *partition;
	struct selector next; /* where the next segment begins */
	bool complete;        /* the segments reach the end of the space */
	struct {
		struct selector last;
		size_t winner; /* lowest rank of this prefix and those around it */
	} chain[CHAIN_MAX];
	size_t depth;
};

static size_t sweep_winner(const struct sweep *sweep)
{
	return sweep->depth ? sweep->chain[sweep->depth - 1].winner : PARTITION_NOBODY;
}

/* Assign all selectors up to `last` to the present winner. */
static void sweep_to(struct sweep *sweep, const struct selector *last)
{
	struct partition *partition = sweep->partition;
	struct range range = {sweep->next, *last};
	size_t n = partition->count, winner = sweep_winner(sweep);

	if (sweep->complete || selector_compare(&sweep->next, last) > 0)
		return;

	if (n && partition->segments[n - 1].winner == winner)
		partition->segments[n - 1].range.last = *last;
	else
		partition->segments[partition->count++] = (struct segment){range, winner};

	sweep->next = *last;
	sweep->complete = !selector_increment(&sweep->next);
}

static void sweep_leave(struct sweep *sweep)
{
	sweep_to(sweep, &sweep->chain[sweep->depth - 1].last);
	sweep->depth--;
}

static void sweep_enter(struct sweep *sweep, const struct ranked *item)
{
	struct selector before = item->prefix.first;
	size_t winner;

	while (sweep->depth &&
	       selector_compare(&sweep->chain[sweep->depth - 1].last, &item->prefix.first) < 0)
		sweep_leave(sweep);

	if (selector_decrement(&before))
		sweep_to(sweep, &before);

	winner = sweep_winner(sweep);
	sweep->chain[sweep->depth].last = prefix_last(&item->prefix);
	sweep->chain[sweep->depth++].winner = item->rank < winner ? item->rank : winner;
}

int partition_new(const struct prefix *prefixes, size_t n, struct partition **ret)
{
	_cleanup_(partition_freep) struct partition *partition = NULL;
	_cleanup_free_ struct ranked *sorted = NULL;
	struct sweep sweep = {};
	struct selector end;

	/* Each prefix adds at most two cuts: 2n + 1 segments, and room of one more for the header.
	 */
	partition = calloc(2 * n + 2, sizeof(partition->segments[0]));
	sorted = ranked_sort(prefixes, n);
	if (!sorted || !partition)
		return -ENOMEM;

	sweep.partition = partition;
	for (size_t i = 0; i < n; i++)
		if (!i || prefix_compare(&sorted[i].prefix, &sorted[i - 1].prefix) != 0)
			sweep_enter(&sweep, &sorted[i]);
	while (sweep.depth)
		sweep_leave(&sweep);

	end = prefix_last(&(const struct prefix){});
	sweep_to(&sweep, &end);

	*ret = TAKE_PTR(partition);
	return 0;
}

void partition_free(struct partition *partition)
{
	free(partition);
}

static bool segment_ends_before(const void *item, const void *selector)
{
	const struct segment *segment = item;

	return selector_compare(&segment->range.last, selector) < 0;
}

/* The segments cover all selectors, so that one is found. */
static const struct segment *segment_find(const struct partition *partition,
					  const struct selector *selector)
{
	size_t i = array_lower_bound(partition->segments, partition->count,
				     sizeof(*partition->segments), selector, segment_ends_before);

	return &partition->segments[i];
}

bool partition_find_prefix(const struct partition *partition, const struct prefix *prefix,
			   size_t *ret)
{
	const struct segment *segment = segment_find(partition, &prefix->first);
	struct selector last = prefix_last(prefix);

	if (selector_compare(&segment->range.last, &last) < 0)
		return false;

	*ret = segment->winner;
	return true;
}

void partition_shares(const struct partition *partition, size_t n, struct share *ret_shares,
		      struct share *ret_nobody)
{
	*ret_nobody = (struct share){};
	for (size_t i = 0; i < n; i++)
		ret_shares[i] = (struct share){};

	for (size_t i = 0; i < partition->count; i++) {
		const struct segment *segment = &partition->segments[i];
		struct share share = share_of_range(&segment->range);

		share_add(segment->winner == PARTITION_NOBODY ? ret_nobody
							      : &ret_shares[segment->winner],
			  &share);
	}
}

/* --- overlaps ---------------------------------------------------------------------------- */

/* The lowest rank of all, and the lowest rank of any other group than that of the first. */
struct lowest {
	size_t rank[2];
	unsigned group[2];
};

static const struct lowest lowest_none = {.rank = {PARTITION_NOBODY, PARTITION_NOBODY}};

static void lowest_add(struct lowest *lowest, size_t rank, unsigned group)
{
	if (rank == PARTITION_NOBODY)
		return;

	if (rank < lowest->rank[0]) {
		if (lowest->rank[0] != PARTITION_NOBODY && lowest->group[0] != group) {
			lowest->rank[1] = lowest->rank[0];
			lowest->group[1] = lowest->group[0];
		}
		lowest->rank[0] = rank;
		lowest->group[0] = group;
	} else if (group != lowest->group[0] && rank < lowest->rank[1]) {
		lowest->rank[1] = rank;
		lowest->group[1] = group;
	}
}

static void lowest_merge(struct lowest *lowest, const struct lowest *other)
{
	for (size_t i = 0; i < ELEMENTSOF(other->rank); i++)
		lowest_add(lowest, other->rank[i], other->group[i]);
}

static size_t lowest_outside(const struct lowest *lowest, unsigned group)
{
	return lowest->group[0] != group ? lowest->rank[0] : lowest->rank[1];
}

/* An open prefix, with all ranks that have it: a run of the sorted array. */
struct frame {
	const struct ranked *begin, *end;
	struct lowest outer; /* of itself and the prefixes around it */
	struct lowest inner; /* of itself and the prefixes inside it */
};

struct nesting {
	const unsigned *groups;
	const bool *skip;
	size_t *ret;
	struct frame chain[CHAIN_MAX];
	size_t depth;
};

static void nesting_enter(struct nesting *nesting, const struct ranked *begin,
			  const struct ranked *end)
{
	struct frame *frame = &nesting->chain[nesting->depth];

	*frame = (struct frame){begin, end, lowest_none, lowest_none};
	for (const struct ranked *item = begin; item < end; item++)
		if (!nesting->skip[item->rank])
			lowest_add(&frame->inner, item->rank, nesting->groups[item->rank]);

	frame->outer = frame->inner;
	if (nesting->depth)
		lowest_merge(&frame->outer, &frame[-1].outer);
	nesting->depth++;
}

/* Close a prefix: all prefixes inside it are known now, so its answers are complete. */
static void nesting_leave(struct nesting *nesting)
{
	struct frame *frame = &nesting->chain[--nesting->depth];
	struct lowest all = frame->outer;

	lowest_merge(&all, &frame->inner);
	for (const struct ranked *item = frame->begin; item < frame->end; item++) {
		size_t rank = lowest_outside(&all, nesting->groups[item->rank]);
		bool skip = nesting->skip[item->rank];

		nesting->ret[item->rank] = !skip && rank < item->rank ? rank : PARTITION_NOBODY;
	}

	if (nesting->depth)
		lowest_merge(&frame[-1].inner, &frame->inner);
}

int partition_overlaps(const struct prefix *prefixes, const unsigned *groups, const bool *skip,
		       size_t n, size_t *ret)
{
	_cleanup_free_ struct ranked *sorted = NULL;
	struct nesting nesting = {.groups = groups, .skip = skip, .ret = ret};
	const struct ranked *begin, *end;

	sorted = ranked_sort(prefixes, n);
	if (!sorted)
		return -ENOMEM;

	for (begin = sorted; begin < sorted + n; begin = end) {
		for (end = begin + 1; end < sorted + n; end++)
			if (prefix_compare(&begin->prefix, &end->prefix) != 0)
				break;

		while (nesting.depth &&
		       !prefix_contains_prefix(&nesting.chain[nesting.depth - 1].begin->prefix,
					       &begin->prefix))
			nesting_leave(&nesting);

		nesting_enter(&nesting, begin, end);
	}

	while (nesting.depth)
		nesting_leave(&nesting);
	return 0;
}
