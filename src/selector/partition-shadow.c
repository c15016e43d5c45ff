/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "selector/partition-shadow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "selector/partition.h"
#include "util/array.h"
#include "util/macro.h"

/*
 * The lowest rank that has been put over each selector, as a tree over the pieces into which all
 * prefixes cut the space. A put can be taken back, so that one tree serves all scopes: a
 * partition for each scope would be quadratic.
 */
struct cover {
	struct selector *cuts; /* ascending: where each piece begins */
	size_t count;
	struct node *nodes; /* 1 is the root, `width` + i is piece i, 2n and 2n + 1 are below n */
	size_t width;       /* a power of two */
	struct change *changes; /* what to restore, latest last */
	size_t changed, capacity;
};

struct node {
	size_t own;     /* lowest rank put over all of it */
	size_t highest; /* of the lowest ranks of its pieces, of what is put here or below */
};

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

static int compare_selectors(const void *a, const void *b)
{
	return selector_compare(a, b);
}

static int cover_init(struct cover *cover, const struct prefix *prefixes, size_t n)
{
	struct selector *cuts = cover->cuts = calloc(n + 1, 2 * sizeof(*cuts));
	size_t count = 0;

	if (!cuts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		cuts[count++] = prefixes[i].first;
		cuts[count] = prefix_last(&prefixes[i]);
		count += selector_increment(&cuts[count]);
	}
	qsort(cuts, count, sizeof(*cuts), compare_selectors);
	for (size_t i = 0; i < count; i++)
		if (!i || selector_compare(&cuts[i], &cuts[i - 1]) != 0)
			cuts[cover->count++] = cuts[i];

	for (cover->width = 1; cover->width < cover->count; cover->width *= 2)
		;
	cover->nodes = calloc(cover->width, 2 * sizeof(*cover->nodes));
	if (!cover->nodes)
		return -ENOMEM;
	for (size_t i = 0; i < 2 * cover->width; i++)
		cover->nodes[i] = (struct node){PARTITION_NOBODY, PARTITION_NOBODY};
	return 0;
}

/* The first piece that begins at `selector` or behind it. */
static size_t cover_piece(const struct cover *cover, const struct selector *selector)
{
	size_t low = 0, high = cover->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (selector_compare(&cover->cuts[middle], selector) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The pieces of a prefix: from *ret_begin up to, but not including, *ret_end. */
static void cover_pieces(const struct cover *cover, const struct prefix *prefix, size_t *ret_begin,
			 size_t *ret_end)
{
	struct selector end = prefix_last(prefix);

	*ret_begin = cover_piece(cover, &prefix->first);
	*ret_end = selector_increment(&end) ? cover_piece(cover, &end) : cover->count;
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

/* What is put over a node has changed: so may what it and those above it come to. */
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

static int cover_put(struct cover *cover, const struct scoped *item)
{
	size_t begin, end;
	int r = 0;

	cover_pieces(cover, &item->prefix, &begin, &end);
	begin += cover->width;
	end += cover->width;
	for (; r == 0 && begin < end; begin /= 2, end /= 2) {
		if (begin % 2)
			r = cover_put_node(cover, begin++, item->rank);
		if (r == 0 && end % 2)
			r = cover_put_node(cover, --end, item->rank);
	}
	return r;
}

static void cover_take_back(struct cover *cover, size_t changed)
{
	while (cover->changed > changed) {
		const struct change *change = &cover->changes[--cover->changed];

		cover->nodes[change->node].own = change->own;
		cover_refresh(cover, change->node);
	}
}

/* The lowest rank over all pieces of a node, with what is put over anything around it. */
static size_t cover_highest(const struct cover *cover, size_t node)
{
	size_t highest = cover->nodes[node].highest;

	while (node /= 2)
		if (cover->nodes[node].own < highest)
			highest = cover->nodes[node].own;
	return highest;
}

/* Is some piece of it, or all of it, left over by the ranks before its own? */
static bool cover_leaves(const struct cover *cover, const struct scoped *item)
{
	size_t begin, end;

	cover_pieces(cover, &item->prefix, &begin, &end);
	begin += cover->width;
	end += cover->width;
	for (; begin < end; begin /= 2, end /= 2) {
		if (begin % 2 && cover_highest(cover, begin++) >= item->rank)
			return true;
		if (end % 2 && cover_highest(cover, --end) >= item->rank)
			return true;
	}
	return false;
}

static int compare_scoped(const void *a, const void *b)
{
	const struct scoped *x = a, *y = b;
	int r = strcmp(x->scope, y->scope);

	return r ? r : (x->rank > y->rank) - (x->rank < y->rank);
}

static struct scoped *sort_scopes(const struct prefix *prefixes, const char *const *scopes,
				  size_t n)
{
	struct scoped *sorted = calloc(n + 1, sizeof(*sorted));

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct scoped){scopes[i], prefixes[i], i};
	qsort(sorted, n, sizeof(*sorted), compare_scoped);
	return sorted;
}

/* A scope around the present one, and how much was put before it. */
struct level {
	const char *scope;
	size_t length, changed;
};

/*
 * One scope, from `begin` up to `end`: put all of it, then ask for each. The scopes are sorted, so
 * one that does not begin this one is finished for good, and `levels` holds those that do.
 */
static int shadow_scope(struct cover *cover, struct level *levels, size_t *depth,
			const struct scoped *begin, const struct scoped *end, bool *ret)
{
	int r;

	while (*depth &&
	       strncmp(levels[*depth - 1].scope, begin->scope, levels[*depth - 1].length) != 0)
		cover_take_back(cover, levels[--*depth].changed);
	levels[(*depth)++] = (struct level){begin->scope, strlen(begin->scope), cover->changed};

	for (const struct scoped *each = begin; each < end; each++) {
		r = cover_put(cover, each);
		if (r < 0)
			return r;
	}
	for (const struct scoped *each = begin; each < end; each++)
		ret[each->rank] = !cover_leaves(cover, each);
	return 0;
}

int partition_shadowed(const struct prefix *prefixes, const char *const *scopes, size_t n,
		       bool *ret)
{
	_cleanup_(cover_done) struct cover cover = {};
	_cleanup_free_ struct scoped *sorted = sort_scopes(prefixes, scopes, n);
	_cleanup_free_ struct level *levels = calloc(n + 1, sizeof(*levels));
	size_t depth = 0, end;
	int r;

	if (!sorted || !levels)
		return -ENOMEM;
	r = cover_init(&cover, prefixes, n);
	for (size_t begin = 0; r == 0 && begin < n; begin = end) {
		for (end = begin + 1; end < n; end++)
			if (strcmp(sorted[begin].scope, sorted[end].scope) != 0)
				break;
		r = shadow_scope(&cover, levels, &depth, &sorted[begin], &sorted[end], ret);
	}
	return r;
}
