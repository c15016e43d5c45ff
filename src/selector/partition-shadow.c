/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "selector/partition-shadow.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "selector/partition.h"
#include "util/array.h"
#include "util/macro.h"

/*
 * A segment tree over the pieces into which the ends of all prefixes cut the space. It knows the
 * lowest rank put over each piece. A log of changes undoes puts, so one tree serves all scopes; a
 * partition for each scope would be quadratic.
 */
struct cover {
	struct selector *cuts; /* ascending: where each piece begins */
	size_t count;
	struct node *nodes; /* 1 is the root, 2n and 2n + 1 are the children of n */
	size_t width;       /* a power of two: piece i is the leaf `width` + i */
	struct change *changes;
	size_t changed, capacity;
};

struct node {
	size_t own;     /* the lowest rank put over the whole node */
	size_t highest; /* the maximum, over its pieces, of the lowest rank put at or below the node
			 */
};

/* An entry of the undo log: the former `own` of a node. */
struct change {
	size_t node, own;
};

struct scoped {
	const char *scope;
	struct prefix prefix;
	size_t rank;
};

static void cover_done(struct cover *cover)
{
	free(cover->cuts);
	free(cover->nodes);
	free(cover->changes);
}

static int cuts_compare(const void *a, const void *b)
{
	return selector_compare(a, b);
}

/* Cut the space at the ends of all prefixes. Return 0 or -ENOMEM. */
static int cover_cut(struct cover *cover, const struct prefix *prefixes, size_t n)
{
	struct selector *cuts;
	size_t count = 0;

	cuts = cover->cuts = calloc(n + 1, 2 * sizeof(*cuts));
	if (!cuts)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		cuts[count++] = prefixes[i].first;
		cuts[count] = prefix_last(&prefixes[i]);
		count += selector_increment(&cuts[count]);
	}

	qsort(cuts, count, sizeof(*cuts), cuts_compare);
	for (size_t i = 0; i < count; i++)
		if (!i || selector_compare(&cuts[i], &cuts[i - 1]) != 0)
			cuts[cover->count++] = cuts[i];
	return 0;
}

static int cover_init(struct cover *cover, const struct prefix *prefixes, size_t n)
{
	int r;

	r = cover_cut(cover, prefixes, n);
	if (r < 0)
		return r;

	for (cover->width = 1; cover->width < cover->count; cover->width *= 2)
		;
	cover->nodes = calloc(cover->width, 2 * sizeof(*cover->nodes));
	if (!cover->nodes)
		return -ENOMEM;

	for (size_t i = 0; i < 2 * cover->width; i++)
		cover->nodes[i] = (struct node){PARTITION_NOBODY, PARTITION_NOBODY};
	return 0;
}

static bool cut_is_before(const void *item, const void *selector)
{
	return selector_compare(item, selector) < 0;
}

/* Return the first piece that begins at or after `selector`. */
static size_t cover_piece(const struct cover *cover, const struct selector *selector)
{
	return array_lower_bound(cover->cuts, cover->count, sizeof(*cover->cuts), selector,
				 cut_is_before);
}

/* Find the leaves of a prefix: from *ret_begin up to, but not including, *ret_end. */
static void cover_leaves(const struct cover *cover, const struct prefix *prefix, size_t *ret_begin,
			 size_t *ret_end)
{
	struct selector end = prefix_last(prefix);

	*ret_begin = cover->width + cover_piece(cover, &prefix->first);
	*ret_end =
		cover->width + (selector_increment(&end) ? cover_piece(cover, &end) : cover->count);
}

static size_t node_highest(const struct cover *cover, size_t node)
{
	size_t own = cover->nodes[node].own, left, right, both;

	if (node >= cover->width)
		return own;
	left = cover->nodes[2 * node].highest;
	right = cover->nodes[2 * node + 1].highest;
	both = left > right ? left : right;
	return both < own ? both : own;
}

/* Update `highest` of a node whose `own` has changed, and of its parents. */
static void cover_refresh(struct cover *cover, size_t node)
{
	for (; node; node /= 2) {
		size_t highest = node_highest(cover, node);

		if (highest == cover->nodes[node].highest)
			return;
		cover->nodes[node].highest = highest;
	}
}

static int cover_put_node(struct cover *cover, size_t node, size_t rank)
{
	int r;

	if (cover->nodes[node].own <= rank)
		return 0;

	r = ARRAY_RESERVE(cover->changes, cover->changed, cover->capacity);
	if (r < 0)
		return r;

	cover->changes[cover->changed++] = (struct change){node, cover->nodes[node].own};
	cover->nodes[node].own = rank;
	cover_refresh(cover, node);
	return 0;
}

/* Put the rank of an item over its prefix, on O(log n) nodes. Return 0 or -ENOMEM. */
static int cover_put(struct cover *cover, const struct scoped *item)
{
	size_t begin, end;
	int r;

	cover_leaves(cover, &item->prefix, &begin, &end);
	for (; begin < end; begin /= 2, end /= 2) {
		if (begin % 2) {
			r = cover_put_node(cover, begin++, item->rank);
			if (r < 0)
				return r;
		}
		if (end % 2) {
			r = cover_put_node(cover, --end, item->rank);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Undo all changes after the first `changed`. */
static void cover_undo(struct cover *cover, size_t changed)
{
	while (cover->changed > changed) {
		const struct change *change = &cover->changes[--cover->changed];

		cover->nodes[change->node].own = change->own;
		cover_refresh(cover, change->node);
	}
}

/* Return `highest` of a node, with what is put over its parents. */
static size_t cover_highest(const struct cover *cover, size_t node)
{
	size_t highest = cover->nodes[node].highest;

	while (node /= 2)
		if (cover->nodes[node].own < highest)
			highest = cover->nodes[node].own;
	return highest;
}

/* Return true if some piece of the item's prefix has no rank before its own. */
static bool cover_leaves_some(const struct cover *cover, const struct scoped *item)
{
	size_t begin, end;

	cover_leaves(cover, &item->prefix, &begin, &end);
	for (; begin < end; begin /= 2, end /= 2) {
		if (begin % 2 && cover_highest(cover, begin++) >= item->rank)
			return true;
		if (end % 2 && cover_highest(cover, --end) >= item->rank)
			return true;
	}
	return false;
}

/* Return the rank that takes the first selector of an item whose rank has been put. */
static size_t cover_first(const struct cover *cover, const struct scoped *item)
{
	size_t begin, end;

	cover_leaves(cover, &item->prefix, &begin, &end);
	return cover_highest(cover, begin);
}

static int scoped_compare(const void *a, const void *b)
{
	const struct scoped *x = a, *y = b;
	int r = strcmp(x->scope, y->scope);

	return r ? r : (x->rank > y->rank) - (x->rank < y->rank);
}

/* Return the prefixes sorted by scope, and by rank within a scope; NULL on OOM. */
static struct scoped *scoped_sort(const struct prefix *prefixes, const char *const *scopes,
				  size_t n)
{
	struct scoped *sorted;

	sorted = calloc(n + 1, sizeof(*sorted));
	if (!sorted)
		return NULL;

	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct scoped){scopes[i], prefixes[i], i};

	qsort(sorted, n, sizeof(*sorted), scoped_compare);
	return sorted;
}

/* A scope that is a prefix of the present one, and the length of the undo log before its puts. */
struct level {
	const char *scope;
	size_t length, changed;
};

/* The levels are a stack. Scopes are visited in sorted order, so a popped scope never returns. */
struct walk {
	struct cover cover;
	struct scoped *sorted;
	struct level *levels;
	size_t depth;
};

static void walk_done(struct walk *walk)
{
	cover_done(&walk->cover);
	free(walk->sorted);
	free(walk->levels);
}

static void walk_enter(struct walk *walk, const char *scope)
{
	while (walk->depth) {
		const struct level *level = &walk->levels[walk->depth - 1];

		if (!strncmp(level->scope, scope, level->length))
			break;
		cover_undo(&walk->cover, level->changed);
		walk->depth--;
	}

	walk->levels[walk->depth++] = (struct level){scope, strlen(scope), walk->cover.changed};
}

/* Put all prefixes of one scope, then ask for each. Return 0 or -ENOMEM. */
static int walk_scope(struct walk *walk, const struct scoped *begin, const struct scoped *end,
		      size_t *ret)
{
	struct cover *cover = &walk->cover;
	int r;

	walk_enter(walk, begin->scope);

	for (const struct scoped *each = begin; each < end; each++) {
		r = cover_put(cover, each);
		if (r < 0)
			return r;
	}

	for (const struct scoped *each = begin; each < end; each++)
		ret[each->rank] = cover_leaves_some(cover, each) ? PARTITION_NOBODY
								 : cover_first(cover, each);
	return 0;
}

int partition_shadows(const struct prefix *prefixes, const char *const *scopes, size_t n,
		      size_t *ret)
{
	_cleanup_(walk_done) struct walk walk = {};
	int r;

	walk.sorted = scoped_sort(prefixes, scopes, n);
	walk.levels = calloc(n + 1, sizeof(*walk.levels));
	if (!walk.sorted || !walk.levels)
		return -ENOMEM;

	r = cover_init(&walk.cover, prefixes, n);
	if (r < 0)
		return r;

	for (size_t begin = 0, end; begin < n; begin = end) {
		for (end = begin + 1; end < n; end++)
			if (strcmp(walk.sorted[begin].scope, walk.sorted[end].scope) != 0)
				break;

		r = walk_scope(&walk, &walk.sorted[begin], &walk.sorted[end], ret);
		if (r < 0)
			return r;
	}
	return 0;
}
