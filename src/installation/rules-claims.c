/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/rules-claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "installation/sink-directory.h"
#include "util/escape.h"

/* One value that an instance or a frontend claims. All is borrowed. */
struct claim {
	union {
		const char *key;               /* of a name or path */
		const struct address *address; /* of a port */
	};
	const char *what;  /* "Server port"; NULL: never at fault */
	const char *owner; /* the claimant, as messages name it */
	const struct place *place;
	unsigned rank; /* the lower rank comes first */
	uint16_t port; /* 0: SIPIS's own default */
	bool is_default;
	bool is_copy; /* the whole file is reported instead, see copies.h */
};

struct claims {
	struct claim *items;
	size_t n;
};

/* Make room for `max` claims. Return 0 or -ENOMEM. */
static int claims_init(struct claims *claims, size_t max)
{
	claims->items = reallocarray(NULL, max + 1, sizeof(*claims->items));
	return claims->items ? 0 : -ENOMEM;
}

static void claims_done(struct claims *claims)
{
	free(claims->items);
}

static void claims_add(struct claims *claims, struct claim claim)
{
	claim.rank = (unsigned)claims->n;
	claims->items[claims->n++] = claim;
}

static int claims_compare_ranks(const struct claim *a, const struct claim *b)
{
	return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static int report_same_default(const struct claim *claim, const struct claim *first,
			       enum diagnostic_code code, struct diagnostics *diagnostics)
{
	return diagnostics_add(diagnostics, code, claim->place, first->place,
			       "the %s is left to SIPIS's default, as it is in %s, and only one "
			       "can have it: set it in both",
			       claim->what, first->owner);
}

/* --- names and paths: clash if their texts are equal ------------------------------------- */

static int claims_compare_keys(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int r = strcmp(x->key, y->key);

	return r ? r : claims_compare_ranks(x, y);
}

static int report_same_key(const struct claim *claim, const struct claim *first,
			   enum diagnostic_code code, struct diagnostics *diagnostics)
{
	if (claim->is_default)
		return report_same_default(claim, first, code, diagnostics);

	if (claim->owner == first->owner)
		return diagnostics_add(diagnostics, code, claim->place, first->place,
				       "%s \"%s\" is the %s of this file too", claim->what,
				       excerpt(claim->key).text, first->what);

	return diagnostics_add(diagnostics, code, claim->place, first->place,
			       "%s \"%s\" is already used by %s", claim->what,
			       excerpt(claim->key).text, first->owner);
}

/* Sort the claims, so that equal keys are a run, and report all but the first of each run. */
static int report_same_keys(struct claims *claims, enum diagnostic_code code,
			    struct diagnostics *diagnostics)
{
	const struct claim *first = claims->items;
	int r;

	qsort(claims->items, claims->n, sizeof(*claims->items), claims_compare_keys);

	for (size_t i = 1; i < claims->n; i++) {
		const struct claim *claim = &claims->items[i];

		if (strcmp(first->key, claim->key) != 0) {
			first = claim;
			continue;
		}
		if (claim->is_copy)
			continue;
		r = report_same_key(claim, first, code, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

int check_names(const struct installation *installation, struct diagnostics *diagnostics)
{
	_cleanup_(claims_done) struct claims claims = {};
	int r;

	r = claims_init(&claims, installation->n_instances);
	if (r < 0)
		return r;

	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];
		const struct value *name = &instance->settings.name;

		if (!value_is_good(name))
			continue;
		claims_add(&claims, (struct claim){
					    .key = name->text,
					    .what = "Server name",
					    .owner = instance->file,
					    .place = &name->place,
					    .is_copy = instance->copied_from,
				    });
	}

	return report_same_keys(&claims, DIAGNOSTIC_DUPLICATE_NAME, diagnostics);
}

static void claim_sink(struct claims *claims, const struct instance *instance, enum sink_kind kind)
{
	const struct sink *sink = &instance->settings.sinks[kind];
	struct claim claim = {
		.key = sink->path.text,
		.what = sink_words[kind],
		.owner = instance->file,
		.place = &sink->path.place,
		.is_copy = instance->copied_from,
	};

	if (sink->path.bad || (claim.key && sink_is_shareable(claim.key)))
		return;

	/* The key of a default is no path, so it is equal to that of other defaults only. */
	if (!claim.key) {
		claim.key = sink_words[kind];
		claim.place = settings_element_place(&instance->settings, &sink->element);
		claim.is_default = true;
	}
	claims_add(claims, claim);
}

int check_paths(const struct installation *installation, struct diagnostics *diagnostics)
{
	_cleanup_(claims_done) struct claims claims = {};
	int r;

	r = claims_init(&claims, installation->n_instances * SINK_COUNT);
	if (r < 0)
		return r;

	for (size_t i = 0; i < installation->n_instances; i++)
		for (enum sink_kind kind = 0; kind < SINK_COUNT; kind++)
			if (installation->instances[i].parsed)
				claim_sink(&claims, &installation->instances[i], kind);

	return report_same_keys(&claims, DIAGNOSTIC_DUPLICATE_PATH, diagnostics);
}

/* --- ports: clash if the ports are equal and the addresses can meet ---------------------- */

/* Order by port; within a port, what meets everything comes first, then by address. */
static int claims_compare_endpoints(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	bool wide_x = address_meets_everything(x->address);
	bool wide_y = address_meets_everything(y->address);
	int r;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (wide_x != wide_y)
		return wide_x ? -1 : 1;

	r = wide_x ? 0 : address_compare(x->address, y->address);
	return r ? r : claims_compare_ranks(x, y);
}

/* Compare two numeric addresses without their zones. */
static bool same_numeric_address(const struct address *a, const struct address *b)
{
	return a->kind == ADDRESS_NUMERIC && b->kind == ADDRESS_NUMERIC &&
	       !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static bool same_zone(const struct claim *a, const struct claim *b)
{
	return !strcmp(a->address->zone, b->address->zone);
}

static const struct claim *claims_earlier(const struct claim *a, const struct claim *b)
{
	return !a || (b && b->rank < a->rank) ? b : a;
}

static int report_port(const struct claim *claim, const struct claim *first,
		       struct diagnostics *diagnostics)
{
	if (claim->is_default)
		return report_same_default(claim, first, DIAGNOSTIC_DUPLICATE_PORT, diagnostics);

	if (claim->owner == first->owner)
		return diagnostics_add(diagnostics, DIAGNOSTIC_DUPLICATE_PORT, claim->place,
				       first->place, "%s %u is the %s of this file too",
				       claim->what, claim->port, first->what);

	return diagnostics_add(diagnostics, DIAGNOSTIC_DUPLICATE_PORT, claim->place, first->place,
			       "%s %u is already used by %s", claim->what, claim->port,
			       first->owner);
}

/* The earliest claims at one numeric address. */
struct address_claims {
	const struct claim *of_all;  /* of all zones */
	const struct claim *no_zone; /* without a zone: meets all zones */
	const struct claim *zone;    /* of the current zone; the claims are sorted by zone */
};

/* Find the earliest claims at the address of the first of these, which are sorted by address. */
static struct address_claims address_claims_find(const struct claim *claims, size_t n)
{
	struct address_claims found = {};

	for (size_t i = 0; i < n; i++) {
		if (i && !same_numeric_address(claims[0].address, claims[i].address))
			break;
		found.of_all = claims_earlier(found.of_all, &claims[i]);
		if (!claims[i].address->zone[0])
			found.no_zone = claims_earlier(found.no_zone, &claims[i]);
	}
	return found;
}

/*
 * Report the clashes of one port. The claims are sorted: those that meet everything, then the
 * numeric addresses, equal ones adjacent, those without a zone first. Each claim can clash with the
 * earliest one that meets everything, with the earliest of the same address and zone and, if it
 * meets everything itself, with the earliest of all: pairs need not be compared.
 */
static int report_ports(const struct claim *claims, size_t n, struct diagnostics *diagnostics)
{
	const struct claim *first_wide = address_meets_everything(claims->address) ? claims : NULL;
	const struct claim *first_of_all = NULL, *previous = NULL;
	struct address_claims same = {};
	int r;

	for (size_t i = 0; i < n; i++)
		first_of_all = claims_earlier(first_of_all, &claims[i]);

	for (size_t i = 0; i < n; i++) {
		const struct claim *claim = &claims[i], *first = first_of_all;

		if (!address_meets_everything(claim->address)) {
			if (!previous || !same_numeric_address(previous->address, claim->address))
				same = address_claims_find(claim, n - i);
			if (!same.zone || !same_zone(same.zone, claim))
				same.zone = claim;
			previous = claim;

			first = claim->address->zone[0] ? claims_earlier(same.no_zone, same.zone)
							: same.of_all;
			first = claims_earlier(first, first_wide);
		}
		if (first->rank >= claim->rank || !claim->what || claim->is_copy)
			continue;

		r = report_port(claim, first, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

static void claim_listener(struct claims *claims, const struct instance *instance,
			   enum listener_kind kind)
{
	static const struct address any = {.kind = ADDRESS_ANY};
	const struct listener *listener = &instance->settings.listeners[kind];
	struct claim claim = {
		.address = &listener->address.address,
		.port = listener->port.port,
		.what = listener_words[kind],
		.owner = instance->file,
		.place = &listener->port.place,
		.is_copy = instance->copied_from,
	};

	if (listener->port.bad || (!listener->port.text && kind != LISTENER_HTTP))
		return;

	if (!listener->port.text) {
		claim.address = &any;
		claim.port = 0;
		claim.place = settings_element_place(&instance->settings, &listener->element);
		claim.is_default = true;
	}
	claims_add(claims, claim);
}

/* Frontends come before every instance, and are never at fault. */
static void claim_frontends(struct claims *claims, const struct load_balancer *lb)
{
	for (size_t i = 0; i < lb->n_frontends; i++) {
		const struct value *address = &lb->frontends[i].address;

		if (!value_is_good(address))
			continue;
		claims_add(claims, (struct claim){
					   .port = address->port,
					   .address = &address->address,
					   .owner = "LoadBalancer2",
					   .place = &address->place,
				   });
	}
}

int check_ports(const struct installation *installation, struct diagnostics *diagnostics)
{
	const struct load_balancer *lb = &installation->load_balancer;
	_cleanup_(claims_done) struct claims claims = {};
	int r;

	r = claims_init(&claims, lb->n_frontends + installation->n_instances * LISTENER_COUNT);
	if (r < 0)
		return r;

	claim_frontends(&claims, lb);
	for (size_t i = 0; i < installation->n_instances; i++)
		for (enum listener_kind kind = 0; kind < LISTENER_COUNT; kind++)
			if (installation->instances[i].parsed)
				claim_listener(&claims, &installation->instances[i], kind);

	qsort(claims.items, claims.n, sizeof(*claims.items), claims_compare_endpoints);

	for (size_t start = 0, end; start < claims.n; start = end) {
		for (end = start + 1; end < claims.n; end++)
			if (claims.items[end].port != claims.items[start].port)
				break;

		r = report_ports(&claims.items[start], end - start, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}
