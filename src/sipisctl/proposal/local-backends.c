/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/local-backends.h"

#include <errno.h>
#include <string.h>

#include "document/reason.h"

void holdings_done(struct holdings *holdings)
{
	free(holdings->local);
	free(holdings->owner);
	range_set_done(&holdings->part);
	*holdings = (struct holdings){};
}

static void find_owner(const struct installation *installation, size_t i, struct holdings *holdings)
{
	const struct load_balancer *lb = &installation->load_balancer;
	const struct backend *backend = &lb->backends[i];
	const char *name = backend_name(backend);
	bool alone = installation->n_instances == 1;

	if (name)
		holdings->owner[i] = installation_find_server(installation, name);
	holdings->local[i] =
		holdings->owner[i] || backend_is_local(backend) || (alone && lb->n_backends == 1);
	if (alone && holdings->local[i])
		holdings->owner[i] = &installation->instances[0];
}

/* Is it this machine's by its name alone, reached at an address that other machines could have? */
static bool is_by_name(const struct holdings *holdings, const struct backend *backend, size_t i)
{
	return holdings->owner[i] && value_is_good(&backend->address) && !backend_is_local(backend);
}

/* The same host, as it is written: both addresses are good, so both end in a port. */
static bool same_host(const struct backend *a, const struct backend *b)
{
	size_t length = (size_t)(strrchr(a->address.text, ':') - a->address.text);

	return length == (size_t)(strrchr(b->address.text, ':') - b->address.text) &&
	       !strncasecmp(a->address.text, b->address.text, length);
}

/*
 * Before a first split, machines may all have the vendor's name: then the name does not tell whose
 * a backend is.
 */
static int judge_address(const struct installation *installation, const struct holdings *holdings,
			 size_t i, struct strbuf *reason)
{
	const struct backend *backends = installation->load_balancer.backends;

	if (!is_by_name(holdings, &backends[i], i))
		return 1;
	for (size_t k = 0; k < i; k++)
		if (holdings->owner[k] == holdings->owner[i] &&
		    is_by_name(holdings, &backends[k], k) && !same_host(&backends[k], &backends[i]))
			return reason_set(reason, &backends[i].address.place,
					  "this backend and an earlier one have one name and "
					  "different hosts: which is this machine's is for you to "
					  "say");
	return 1;
}

/* What would make the part of this machine a guess. 1, 0 with a reason, or -ENOMEM. */
static int judge_backend(const struct backend *backend, struct strbuf *reason)
{
	struct place place = backend_prefix_place(backend);

	if (backend->prefix.bad)
		return reason_set(reason, &place,
				  "the prefix of this backend is wrong, so what it takes is not "
				  "known");
	if (*backend_app_id_prefix(backend))
		return reason_set(reason, &backend->app_id_prefix.place,
				  "this backend of this machine has an AppIdPrefix: which of its "
				  "accounts go where is for you to say");
	return 1;
}

static int add_part(const struct backend *backend, struct range_set *part)
{
	struct range range = prefix_range(&backend->prefix.prefix);

	return range_set_add(part, &range);
}

static int collect_part(const struct installation *installation, struct holdings *holdings,
			struct strbuf *reason)
{
	const struct load_balancer *lb = &installation->load_balancer;
	bool others = false, any = false;
	int r = 1;

	for (size_t i = 0; r == 1 && i < lb->n_backends; i++) {
		any |= holdings->local[i];
		others |= !holdings->local[i];
		if (!holdings->local[i])
			continue;
		r = judge_backend(&lb->backends[i], reason);
		if (r == 1)
			r = judge_address(installation, holdings, i, reason);
		if (r == 1 && add_part(&lb->backends[i], &holdings->part) < 0)
			return -ENOMEM;
	}
	if (r < 1)
		return r;
	if (!any)
		return reason_set(reason, lb->section.source ? &lb->section : &lb->root,
				  "no backend is this machine's: none names one of its instances, "
				  "and none has a local address");
	/* On a machine of its own all of the space is to be served, holes of today too. */
	if (!others &&
	    range_set_add(&holdings->part, &(const struct range){
						   .last = prefix_last(&(struct prefix){}),
					   }) < 0)
		return -ENOMEM;
	range_set_normalize(&holdings->part);
	return 1;
}

static bool range_meets_set(const struct range *range, const struct range_set *set)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (selector_compare(&set->items[middle].last, &range->first) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->count && selector_compare(&set->items[low].first, &range->last) <= 0;
}

/* Where both would take a selector, the order of the document decides, and split changes it. */
static int judge_overlaps(const struct installation *installation, const struct holdings *holdings,
			  struct strbuf *reason)
{
	const struct load_balancer *lb = &installation->load_balancer;

	for (size_t i = 0; i < lb->n_backends; i++) {
		const struct backend *backend = &lb->backends[i];
		struct place place = backend_prefix_place(backend);
		struct range range;

		if (holdings->local[i])
			continue;
		if (backend->prefix.bad)
			return judge_backend(backend, reason);
		range = prefix_range(&backend->prefix.prefix);
		if (range_meets_set(&range, &holdings->part))
			return reason_set(reason, &place,
					  "this backend of another machine and those of this one "
					  "take the same selectors: whose they are is for you to "
					  "say");
	}
	return 1;
}

int holdings_make(const struct installation *installation, struct holdings *ret_holdings,
		  struct strbuf *reason)
{
	_cleanup_(holdings_done) struct holdings holdings = {};
	size_t n = installation->load_balancer.n_backends;
	int r;

	holdings.local = calloc(n + 1, sizeof(*holdings.local));
	holdings.owner = calloc(n + 1, sizeof(struct instance *));
	if (!holdings.local || !holdings.owner)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		find_owner(installation, i, &holdings);
	r = collect_part(installation, &holdings, reason);
	if (r == 1)
		r = judge_overlaps(installation, &holdings, reason);
	if (r == 1) {
		*ret_holdings = holdings;
		holdings = (struct holdings){};
	}
	return r;
}
