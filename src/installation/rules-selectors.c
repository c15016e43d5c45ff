/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/rules-selectors.h"

#include <errno.h>
#include <string.h>

#include "selector/partition-shadow.h"
#include "selector/partition.h"

/*
 * The backends whose prefix is good, in document order, in the columns that the algebra of prefixes
 * works on.
 */
struct columns {
	const struct backend **backends;
	struct prefix *prefixes;
	const char **app_id_prefixes;
	bool *shadowed;
	size_t n;
};

static void columns_done(struct columns *columns)
{
	free(columns->backends);
	free(columns->prefixes);
	free(columns->app_id_prefixes);
	free(columns->shadowed);
}

static int columns_make(const struct load_balancer *lb, struct columns *columns)
{
	size_t n = lb->n_backends + 1;

	columns->backends = calloc(n, sizeof(*columns->backends));
	columns->prefixes = calloc(n, sizeof(*columns->prefixes));
	columns->app_id_prefixes = calloc(n, sizeof(*columns->app_id_prefixes));
	columns->shadowed = calloc(n, sizeof(*columns->shadowed));
	if (!columns->backends || !columns->prefixes || !columns->app_id_prefixes ||
	    !columns->shadowed)
		return -ENOMEM;
	for (size_t i = 0; i < lb->n_backends; i++) {
		const struct backend *backend = &lb->backends[i];

		if (backend->prefix.bad)
			continue;
		columns->backends[columns->n] = backend;
		columns->prefixes[columns->n] = backend->prefix.prefix;
		columns->app_id_prefixes[columns->n] = backend_app_id_prefix(backend);
		columns->n++;
	}
	return partition_shadowed(columns->prefixes, columns->app_id_prefixes, columns->n,
				  columns->shadowed);
}

/* --- shadowed ---------------------------------------------------------------------------- */

static int report_shadowed(const struct columns *columns, struct diagnostics *diagnostics)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < columns->n; i++) {
		struct place place = backend_prefix_place(columns->backends[i]);

		if (columns->shadowed[i])
			r = diagnostics_add(diagnostics, DIAGNOSTIC_SHADOWED_BACKEND, &place, NULL,
					    "earlier backends take every selector of this one: "
					    "it never gets any");
	}
	return r;
}

/* --- gaps -------------------------------------------------------------------------------- */

/* The first range that nobody takes, as the prefixes that make it up. */
static void append_first_gap(struct strbuf *buf, const struct partition *partition)
{
	struct prefix prefixes[RANGE_PREFIXES_MAX];
	char text[PREFIX_TEXT_MAX];
	size_t i = 0, n;

	while (partition->segments[i].winner != PARTITION_NOBODY)
		i++;
	n = range_prefixes(&partition->segments[i].range, prefixes);
	for (size_t k = 0; k < n; k++)
		strbuf_appendf(buf, "%s%s", k ? " " : "", prefix_format(&prefixes[k], text));
}

static void append_share(struct strbuf *buf, const struct share *share)
{
	char text[SHARE_PERCENT_MAX];

	share_percent_format(share, 2, text);
	if (!strcmp(text, "0.00"))
		strbuf_append(buf, "less than 0.01%");
	else
		strbuf_appendf(buf, "%s%%", text);
}

static int report_gap(const struct partition *partition, const struct share *nobody,
		      const struct place *place, struct diagnostics *diagnostics)
{
	struct strbuf gap = STRBUF_INIT, share = STRBUF_INIT;
	int r;

	append_first_gap(&gap, partition);
	append_share(&share, nobody);
	r = strbuf_error(&gap) ? strbuf_error(&gap) : strbuf_error(&share);
	if (r == 0)
		r = diagnostics_add(diagnostics, DIAGNOSTIC_PREFIX_GAP, place, NULL,
				    "no backend takes the selectors %s: %s of the selector space "
				    "is free, and its accounts are served by nobody",
				    gap.text, share.text);
	strbuf_done(&gap);
	strbuf_done(&share);
	return r;
}

static bool has_bad_prefix(const struct load_balancer *lb)
{
	for (size_t i = 0; i < lb->n_backends; i++)
		if (lb->backends[i].prefix.bad)
			return true;
	return false;
}

int check_prefix_gap(const struct installation *installation, struct diagnostics *diagnostics)
{
	const struct load_balancer *lb = &installation->load_balancer;
	_cleanup_(partition_freep) struct partition *partition = NULL;
	_cleanup_free_ struct prefix *prefixes = NULL;
	_cleanup_free_ struct share *shares = NULL;
	struct share nobody;
	size_t n = 0;

	if (!installation->split || !lb->n_backends || has_bad_prefix(lb))
		return 0;
	prefixes = calloc(lb->n_backends, sizeof(*prefixes));
	shares = calloc(lb->n_backends, sizeof(*shares));
	if (!prefixes || !shares)
		return -ENOMEM;
	for (size_t i = 0; i < lb->n_backends; i++)
		if (!*backend_app_id_prefix(&lb->backends[i]))
			prefixes[n++] = lb->backends[i].prefix.prefix;
	if (partition_new(prefixes, n, &partition) < 0)
		return -ENOMEM;
	partition_shares(partition, n, shares, &nobody);
	if (share_is_zero(&nobody))
		return 0;
	return report_gap(partition, &nobody, &lb->section, diagnostics);
}

/* --- overlaps ---------------------------------------------------------------------------- */

/* A backend on its way to be grouped: by AppIdPrefix, and within by name. */
struct item {
	const char *app_id_prefix, *name;
	size_t rank;    /* among the columns */
	unsigned group; /* a number for the name */
};

static int compare_by_name(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int r = strcmp(x->app_id_prefix, y->app_id_prefix);

	return r ? r : strcmp(x->name, y->name);
}

static int compare_by_rank(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int r = strcmp(x->app_id_prefix, y->app_id_prefix);

	return r ? r : (x->rank > y->rank) - (x->rank < y->rank);
}

static struct item *items_make(const struct columns *columns)
{
	struct item *items = calloc(columns->n + 1, sizeof(*items));
	unsigned group = 0;

	for (size_t i = 0; items && i < columns->n; i++) {
		const char *name = backend_name(columns->backends[i]);

		items[i] = (struct item){columns->app_id_prefixes[i], name ? name : "", i, 0};
	}
	if (!items || columns->n < 2)
		return items;
	qsort(items, columns->n, sizeof(*items), compare_by_name);
	for (size_t i = 1; i < columns->n; i++) {
		group += compare_by_name(&items[i - 1], &items[i]) != 0;
		items[i].group = group;
	}
	qsort(items, columns->n, sizeof(*items), compare_by_rank);
	return items;
}

static int report_overlap(const struct backend *backend, const struct backend *earlier,
			  struct diagnostics *diagnostics)
{
	struct place place = backend_prefix_place(backend);
	struct place related = backend_prefix_place(earlier);

	return diagnostics_add(diagnostics, DIAGNOSTIC_PREFIX_OVERLAP, &place, &related,
			       "this backend and an earlier one of another name both match some "
			       "selectors: the earlier one gets them");
}

/* All backends of one AppIdPrefix: `items` of them, in document order. */
static int report_group(const struct columns *columns, const struct item *items, size_t n,
			struct diagnostics *diagnostics)
{
	_cleanup_free_ struct prefix *prefixes = calloc(n, sizeof(*prefixes));
	_cleanup_free_ unsigned *groups = calloc(n, sizeof(*groups));
	_cleanup_free_ bool *skip = calloc(n, sizeof(*skip));
	_cleanup_free_ size_t *earlier = calloc(n, sizeof(*earlier));
	int r;

	if (!prefixes || !groups || !skip || !earlier)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		prefixes[i] = columns->prefixes[items[i].rank];
		groups[i] = items[i].group;
		skip[i] = columns->shadowed[items[i].rank];
	}
	r = partition_overlaps(prefixes, groups, skip, n, earlier);
	for (size_t i = 0; r >= 0 && i < n; i++)
		if (earlier[i] != PARTITION_NOBODY)
			r = report_overlap(columns->backends[items[i].rank],
					   columns->backends[items[earlier[i]].rank], diagnostics);
	return r;
}

static int report_overlaps(const struct columns *columns, struct diagnostics *diagnostics)
{
	_cleanup_free_ struct item *items = items_make(columns);
	size_t end;
	int r = 0;

	if (!items)
		return -ENOMEM;
	for (size_t start = 0; r >= 0 && start < columns->n; start = end) {
		for (end = start + 1; end < columns->n; end++)
			if (strcmp(items[start].app_id_prefix, items[end].app_id_prefix) != 0)
				break;
		r = report_group(columns, &items[start], end - start, diagnostics);
	}
	return r;
}

/* --- both, as they want the same columns ------------------------------------------------- */

/* As split writes them, and the guide: each begins behind the end of the one before. */
static bool prefixes_ascend(const struct load_balancer *lb)
{
	struct selector last;

	for (size_t i = 0; i < lb->n_backends; i++) {
		const struct prefix *prefix = &lb->backends[i].prefix.prefix;

		if (lb->backends[i].prefix.bad ||
		    (i && selector_compare(&last, &prefix->first) >= 0))
			return false;
		last = prefix_last(prefix);
	}
	return true;
}

int check_shadows_and_overlaps(const struct installation *installation,
			       struct diagnostics *diagnostics)
{
	_cleanup_(columns_done) struct columns columns = {};
	int r;

	if (prefixes_ascend(&installation->load_balancer))
		return 0;
	r = columns_make(&installation->load_balancer, &columns);
	if (r >= 0)
		r = report_shadowed(&columns, diagnostics);
	return r < 0 ? r : report_overlaps(&columns, diagnostics);
}
