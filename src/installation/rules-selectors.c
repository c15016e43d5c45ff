/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/rules-selectors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "selector/partition-shadow.h"
#include "selector/partition.h"
#include "util/escape.h"

/* The backends with a good prefix, in document order, as the arrays that selector/ takes. */
struct columns {
	const struct backend **backends;
	struct prefix *prefixes;
	const char **app_id_prefixes;
	size_t *shadows; /* see partition_shadows() */
	size_t n;
};

static void columns_done(struct columns *columns)
{
	free(columns->backends);
	free(columns->prefixes);
	free(columns->app_id_prefixes);
	free(columns->shadows);
}

static int columns_make(const struct load_balancer *lb, struct columns *columns)
{
	size_t n = lb->n_backends + 1;

	columns->backends = calloc(n, sizeof(*columns->backends));
	columns->prefixes = calloc(n, sizeof(*columns->prefixes));
	columns->app_id_prefixes = calloc(n, sizeof(*columns->app_id_prefixes));
	columns->shadows = calloc(n, sizeof(*columns->shadows));
	if (!columns->backends || !columns->prefixes || !columns->app_id_prefixes ||
	    !columns->shadows)
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

	return partition_shadows(columns->prefixes, columns->app_id_prefixes, columns->n,
				 columns->shadows);
}

/* --- shadowed ---------------------------------------------------------------------------- */

/* How messages name a backend: `"Sipis3" (8/1)`, or `without a Name (8/1)`. */
struct backend_label {
	char text[EXCERPT_MAX + PREFIX_TEXT_MAX + sizeof("\"\" ()")];
};

static struct backend_label backend_label(const struct backend *backend)
{
	const char *name = backend_name(backend);
	struct backend_label label;
	char prefix[PREFIX_TEXT_MAX];

	prefix_format(&backend->prefix.prefix, prefix);
	if (name)
		snprintf(label.text, sizeof(label.text), "\"%s\" (%s)", excerpt(name).text, prefix);
	else
		snprintf(label.text, sizeof(label.text), "without a Name (%s)", prefix);
	return label;
}

static int report_shadow(const struct columns *columns, size_t i, struct diagnostics *diagnostics)
{
	size_t first = columns->shadows[i];
	const struct backend *backend = columns->backends[i], *earlier = columns->backends[first];
	struct place place = backend_prefix_place(backend);
	struct place related = backend_prefix_place(earlier);
	bool alone = prefix_contains_prefix(&columns->prefixes[first], &columns->prefixes[i]);

	return diagnostics_add(diagnostics, DIAGNOSTIC_SHADOWED_BACKEND, &place, &related,
			       "backend %s never gets an account: %s%s %s first",
			       backend_label(backend).text, backend_label(earlier).text,
			       alone ? "" : " and others", alone ? "comes" : "come");
}

static int report_shadows(const struct columns *columns, struct diagnostics *diagnostics)
{
	int r;

	for (size_t i = 0; i < columns->n; i++) {
		if (columns->shadows[i] == PARTITION_NOBODY)
			continue;
		r = report_shadow(columns, i, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- gaps -------------------------------------------------------------------------------- */

/* Append the first range that no backend takes, as the prefixes that make it up. */
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

static int report_gap(const struct partition *partition, const struct share *nobody,
		      bool has_app_ids, const struct place *place, struct diagnostics *diagnostics)
{
	_cleanup_strbuf_ struct strbuf gap = STRBUF_INIT;
	char share[SHARE_PERCENT_MAX];

	append_first_gap(&gap, partition);
	if (strbuf_error(&gap))
		return strbuf_error(&gap);

	share_percent_format(nobody, 2, share);
	if (!strcmp(share, "0.00"))
		strcpy(share, "less than 0.01");

	return diagnostics_add(diagnostics, DIAGNOSTIC_PREFIX_GAP, place, NULL,
			       "no backend%s takes the selectors %s, %s%% of all: their accounts "
			       "are not served%s; add a backend for them",
			       has_app_ids ? " without AppIdPrefix" : "", gap.text, share,
			       has_app_ids ? ", but for apps that a backend with AppIdPrefix takes"
					   : "");
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
	int r;

	if (!installation->split || !lb->n_backends || has_bad_prefix(lb))
		return 0;

	prefixes = calloc(lb->n_backends, sizeof(*prefixes));
	shares = calloc(lb->n_backends, sizeof(*shares));
	if (!prefixes || !shares)
		return -ENOMEM;

	for (size_t i = 0; i < lb->n_backends; i++)
		if (!*backend_app_id_prefix(&lb->backends[i]))
			prefixes[n++] = lb->backends[i].prefix.prefix;

	r = partition_new(prefixes, n, &partition);
	if (r < 0)
		return r;

	partition_shares(partition, n, shares, &nobody);
	if (share_is_zero(&nobody))
		return 0;
	return report_gap(partition, &nobody, n < lb->n_backends, &lb->section, diagnostics);
}

/* --- overlaps ---------------------------------------------------------------------------- */

/* A backend, to be grouped by AppIdPrefix and, within, by name. */
struct item {
	const char *app_id_prefix, *name;
	size_t rank;    /* its index in the columns */
	unsigned group; /* a number for each name */
};

static int items_compare_names(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int r = strcmp(x->app_id_prefix, y->app_id_prefix);

	return r ? r : strcmp(x->name, y->name);
}

static int items_compare_ranks(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int r = strcmp(x->app_id_prefix, y->app_id_prefix);

	return r ? r : (x->rank > y->rank) - (x->rank < y->rank);
}

/* Return all backends, sorted by AppIdPrefix and then in document order; NULL on OOM. */
static struct item *items_make(const struct columns *columns)
{
	struct item *items;
	unsigned group = 0;

	items = calloc(columns->n + 1, sizeof(*items));
	if (!items)
		return NULL;

	for (size_t i = 0; i < columns->n; i++) {
		const char *name = backend_name(columns->backends[i]);

		items[i] = (struct item){
			.app_id_prefix = columns->app_id_prefixes[i],
			.name = name ? name : "",
			.rank = i,
		};
	}

	qsort(items, columns->n, sizeof(*items), items_compare_names);
	for (size_t i = 1; i < columns->n; i++) {
		group += items_compare_names(&items[i - 1], &items[i]) != 0;
		items[i].group = group;
	}

	qsort(items, columns->n, sizeof(*items), items_compare_ranks);
	return items;
}

static int report_overlap(const struct backend *backend, const struct backend *earlier,
			  struct diagnostics *diagnostics)
{
	struct place place = backend_prefix_place(backend);
	struct place related = backend_prefix_place(earlier);

	return diagnostics_add(diagnostics, DIAGNOSTIC_PREFIX_OVERLAP, &place, &related,
			       "backend %s overlaps %s, which comes first and gets the accounts "
			       "that both match",
			       backend_label(backend).text, backend_label(earlier).text);
}

/* Report the overlaps of `n` backends with the same AppIdPrefix, given in document order. */
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
		skip[i] = columns->shadows[items[i].rank] != PARTITION_NOBODY;
	}

	r = partition_overlaps(prefixes, groups, skip, n, earlier);
	if (r < 0)
		return r;

	for (size_t i = 0; i < n; i++) {
		if (earlier[i] == PARTITION_NOBODY)
			continue;
		r = report_overlap(columns->backends[items[i].rank],
				   columns->backends[items[earlier[i]].rank], diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

static int report_overlaps(const struct columns *columns, struct diagnostics *diagnostics)
{
	_cleanup_free_ struct item *items = NULL;
	int r;

	items = items_make(columns);
	if (!items)
		return -ENOMEM;

	for (size_t start = 0, end; start < columns->n; start = end) {
		for (end = start + 1; end < columns->n; end++)
			if (strcmp(items[start].app_id_prefix, items[end].app_id_prefix) != 0)
				break;

		r = report_group(columns, &items[start], end - start, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

int check_shadows_and_overlaps(const struct installation *installation,
			       struct diagnostics *diagnostics)
{
	_cleanup_(columns_done) struct columns columns = {};
	int r;

	r = columns_make(&installation->load_balancer, &columns);
	if (r < 0)
		return r;

	r = report_shadows(&columns, diagnostics);
	if (r < 0)
		return r;

	return report_overlaps(&columns, diagnostics);
}
