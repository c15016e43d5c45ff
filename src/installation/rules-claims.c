/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/rules-claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/escape.h"

/* All is borrowed. */
struct claim {
	union {                                /* what is claimed */
		const char *key;               /* a text */
		const struct address *address; /* with a port */
	};
	const char *what;  /* as the finding calls it; NULL: never at fault */
	const char *owner; /* as the finding calls who has it: a file's name */
	const struct place *place;
	unsigned rank; /* who comes first */
	uint16_t port; /* 0: SIPIS's own default, whatever it is */
};

struct claims {
	struct claim *items;
	size_t n;
};

/* 0 or -ENOMEM. `max`: there will not be more. */
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

static int compare_ranks(const struct claim *a, const struct claim *b)
{
	return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static int compare_by_key(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int r = strcmp(x->key, y->key);

	return r ? r : compare_ranks(x, y);
}

/* --- names and paths: texts that are equal or not ---------------------------------------- */

static int report_same_text(const struct claim *claim, const struct claim *first,
			    enum diagnostic_code code, struct diagnostics *diagnostics)
{
	struct strbuf excerpt = STRBUF_INIT;
	int r;

	escape_append_excerpt(&excerpt, claim->key);
	r = strbuf_error(&excerpt);
	if (r == 0)
		r = diagnostics_add(diagnostics, code, claim->place, first->place,
				    "%s \"%s\" is already used by %s", claim->what, excerpt.text,
				    first->owner);
	strbuf_done(&excerpt);
	return r;
}

static int report_same_default(const struct claim *claim, const struct claim *first,
			       enum diagnostic_code code, struct diagnostics *diagnostics)
{
	return diagnostics_add(diagnostics, code, claim->place, first->place,
			       "the %s is left to SIPIS's own default, as it is by %s", claim->what,
			       first->owner);
}

/* Keys of paths begin with a slash; other keys stand for a default that is left to SIPIS. */
static int report_equal_keys(struct claims *claims, enum diagnostic_code code, bool defaults,
			     struct diagnostics *diagnostics)
{
	const struct claim *first = NULL;

	if (claims->n > 1)
		qsort(claims->items, claims->n, sizeof(*claims->items), compare_by_key);
	for (size_t i = 0; i < claims->n; i++) {
		const struct claim *claim = &claims->items[i];
		int r = 0;

		if (!first || strcmp(first->key, claim->key) != 0)
			first = claim;
		else if (defaults && claim->key[0] != '/')
			r = report_same_default(claim, first, code, diagnostics);
		else
			r = report_same_text(claim, first, code, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

int claim_names(const struct installation *installation, struct diagnostics *diagnostics)
{
	_cleanup_(claims_done) struct claims claims = {};

	if (claims_init(&claims, installation->n_instances) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];
		const struct value *name = &instance->settings.name;

		if (value_is_good(name))
			claims_add(&claims, (struct claim){
						    .key = name->text,
						    .what = "Server name",
						    .owner = instance->file,
						    .place = &name->place,
					    });
	}
	return report_equal_keys(&claims, DIAGNOSTIC_DUPLICATE_NAME, false, diagnostics);
}

static void claim_sink(const struct instance *instance, enum sink_kind kind, struct claims *claims)
{
	const struct sink *sink = &instance->settings.sinks[kind];
	struct claim claim = {.what = sink_words[kind], .owner = instance->file};

	if (sink->path.bad || (sink->path.text && !strcmp(sink->path.text, "/dev/null")))
		return;
	claim.key = sink->path.text ? sink->path.text : sink_words[kind];
	claim.place = sink->path.text ? &sink->path.place
				      : settings_element_place(&instance->settings, &sink->element);
	claims_add(claims, claim);
}

int claim_paths(const struct installation *installation, struct diagnostics *diagnostics)
{
	_cleanup_(claims_done) struct claims claims = {};

	if (claims_init(&claims, installation->n_instances * SINK_COUNT) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < installation->n_instances; i++)
		for (enum sink_kind kind = 0; kind < SINK_COUNT; kind++)
			if (installation->instances[i].parsed)
				claim_sink(&installation->instances[i], kind, &claims);
	return report_equal_keys(&claims, DIAGNOSTIC_DUPLICATE_PATH, true, diagnostics);
}

/* --- ports: the same one clashes where the addresses can meet ---------------------------- */

/* What meets everything first within its port, then by address. */
static int compare_by_endpoint(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	bool wide_x = address_meets_everything(x->address);
	bool wide_y = address_meets_everything(y->address);
	int r;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (wide_x != wide_y)
		return wide_x ? -1 : 1;
	r = wide_x ? 0 : memcmp(x->address->bytes, y->address->bytes, sizeof(x->address->bytes));
	return r ? r : compare_ranks(x, y);
}

static bool same_numeric_address(const struct address *a, const struct address *b)
{
	return a->kind == ADDRESS_NUMERIC && b->kind == ADDRESS_NUMERIC &&
	       !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static const struct claim *earlier(const struct claim *a, const struct claim *b)
{
	return !a || (b && b->rank < a->rank) ? b : a;
}

static int report_port(const struct claim *claim, const struct claim *first,
		       struct diagnostics *diagnostics)
{
	if (!claim->port)
		return report_same_default(claim, first, DIAGNOSTIC_DUPLICATE_PORT, diagnostics);
	return diagnostics_add(diagnostics, DIAGNOSTIC_DUPLICATE_PORT, claim->place, first->place,
			       "%s %u is already used by %s", claim->what, claim->port,
			       first->owner);
}

/*
 * All claims of one port, sorted: those that meet everything, then the numeric ones, equal ones
 * side by side. Each may clash with the earliest that meets everything, with the earliest of the
 * same address and, if it meets everything itself, with the earliest of all.
 */
static int report_port_clashes(const struct claim *claims, size_t n,
			       struct diagnostics *diagnostics)
{
	const struct claim *first_wide = address_meets_everything(claims->address) ? claims : NULL;
	const struct claim *first_of_all = NULL, *first_same = NULL;

	for (size_t i = 0; i < n; i++)
		first_of_all = earlier(first_of_all, &claims[i]);
	for (size_t i = 0; i < n; i++) {
		const struct claim *claim = &claims[i], *first = first_wide;
		int r = 0;

		if (!first_same || !same_numeric_address(first_same->address, claim->address))
			first_same = claim;
		if (address_meets_everything(claim->address))
			first = first_of_all;
		else
			first = earlier(first, first_same);
		if (first->rank < claim->rank && claim->what)
			r = report_port(claim, first, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

static void claim_listener(const struct instance *instance, enum listener_kind kind,
			   struct claims *claims)
{
	const struct listener *listener = &instance->settings.listeners[kind];
	static const struct address any = {.kind = ADDRESS_ANY};
	struct claim claim = {
		.address = listener->port.text ? &listener->address.address : &any,
		.what = listener_words[kind],
		.owner = instance->file,
	};

	if (listener->port.bad || (!listener->port.text && kind != LISTENER_HTTP))
		return;
	claim.port = listener->port.text ? listener->port.port : 0;
	claim.place = listener->port.text
			      ? &listener->port.place
			      : settings_element_place(&instance->settings, &listener->element);
	claims_add(claims, claim);
}

/* A frontend comes before every instance. */
static void claim_frontends(const struct installation *installation, struct claims *claims)
{
	const struct load_balancer *lb = &installation->load_balancer;

	for (size_t i = 0; i < lb->n_frontends; i++) {
		const struct value *address = &lb->frontends[i].address;

		if (value_is_good(address))
			claims_add(claims, (struct claim){
						   .port = address->port,
						   .address = &address->address,
						   .owner = "LoadBalancer2",
						   .place = &address->place,
					   });
	}
}

int claim_ports(const struct installation *installation, struct diagnostics *diagnostics)
{
	_cleanup_(claims_done) struct claims claims = {};
	size_t end;
	int r = 0;

	if (claims_init(&claims, installation->load_balancer.n_frontends +
					 installation->n_instances * LISTENER_COUNT) < 0)
		return -ENOMEM;
	claim_frontends(installation, &claims);
	for (size_t i = 0; i < installation->n_instances; i++)
		for (enum listener_kind kind = 0; kind < LISTENER_COUNT; kind++)
			if (installation->instances[i].parsed)
				claim_listener(&installation->instances[i], kind, &claims);
	if (claims.n > 1)
		qsort(claims.items, claims.n, sizeof(*claims.items), compare_by_endpoint);
	for (size_t start = 0; r >= 0 && start < claims.n; start = end) {
		for (end = start + 1; end < claims.n; end++)
			if (claims.items[end].port != claims.items[start].port)
				break;
		r = report_port_clashes(&claims.items[start], end - start, diagnostics);
	}
	return r;
}
