/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/local-backends.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "document/reason.h"
#include "util/array.h"

void local_backends_done(struct local_backends *local_backends)
{
	free(local_backends->local);
	free(local_backends->owner);
	range_set_done(&local_backends->part);
	*local_backends = (struct local_backends){};
}

static void local_backends_classify(struct local_backends *local_backends,
				    const struct installation *installation, size_t i)
{
	const struct load_balancer *lb = &installation->load_balancer;
	const struct backend *backend = &lb->backends[i];
	const char *name = backend_name(backend);
	bool single = installation->n_instances == 1;

	if (name)
		local_backends->owner[i] = installation_find_server(installation, name);
	local_backends->local[i] = local_backends->owner[i] || backend_is_local(backend) ||
				   (single && lb->n_backends == 1);
	if (single && local_backends->local[i])
		local_backends->owner[i] = &installation->instances[0];
}

/* Return whether only its name makes the backend local: its address may be another machine's. */
static bool is_local_by_name(const struct local_backends *local_backends,
			     const struct backend *backend, size_t i)
{
	return local_backends->owner[i] && value_is_good(&backend->address) &&
	       !backend_is_local(backend);
}

/* Refuse two hosts for one name: before the first split all machines may have the vendor's name. */
static int judge_hosts(const struct installation *installation,
		       const struct local_backends *local_backends, size_t i, struct strbuf *reason)
{
	const struct backend *backends = installation->load_balancer.backends;

	if (!is_local_by_name(local_backends, &backends[i], i))
		return 1;

	for (size_t k = 0; k < i; k++)
		if (local_backends->owner[k] == local_backends->owner[i] &&
		    is_local_by_name(local_backends, &backends[k], k) &&
		    backend_compare_hosts(&backends[k], &backends[i]) != 0)
			return reason_set(reason, &backends[i].address.place,
					  "ambiguous: this backend and an earlier one have the "
					  "same Name and different hosts; give the backends of "
					  "other machines other names");
	return 1;
}

static int judge_prefixes(const struct backend *backend, struct strbuf *reason)
{
	struct place place = backend_prefix_place(backend);

	if (backend->prefix.bad)
		return reason_set(reason, &place,
				  "the SelectorPrefix of this backend is wrong; correct it first");
	if (*backend_app_id_prefix(backend))
		return reason_set(reason, &backend->app_id_prefix.place,
				  "ambiguous: this backend of this machine has an AppIdPrefix, "
				  "which split cannot divide; edit the backends by hand");
	return 1;
}

static int judge_local(const struct installation *installation,
		       const struct local_backends *local_backends, struct strbuf *reason)
{
	const struct load_balancer *lb = &installation->load_balancer;
	int r;

	for (size_t i = 0; i < lb->n_backends; i++) {
		if (!local_backends->local[i])
			continue;
		r = judge_prefixes(&lb->backends[i], reason);
		if (r < 1)
			return r;
		r = judge_hosts(installation, local_backends, i, reason);
		if (r < 1)
			return r;
	}
	return 1;
}

static int collect_part(struct local_backends *local_backends, const struct load_balancer *lb,
			struct strbuf *reason)
{
	static const struct prefix everything = {};
	bool any_local = false, all_local = true;
	struct range range;

	for (size_t i = 0; i < lb->n_backends; i++) {
		any_local |= local_backends->local[i];
		all_local &= local_backends->local[i];
		if (!local_backends->local[i])
			continue;
		range = prefix_range(&lb->backends[i].prefix.prefix);
		if (range_set_add(&local_backends->part, &range) < 0)
			return -ENOMEM;
	}

	if (!any_local)
		return reason_set(reason, lb->section.source ? &lb->section : &lb->root,
				  "no backend belongs to this machine: none names one of its "
				  "instances, and none has a local address");

	/* Without other machines this one takes the whole space, today's gaps too. */
	range = prefix_range(&everything);
	if (all_local && range_set_add(&local_backends->part, &range) < 0)
		return -ENOMEM;

	range_set_normalize(&local_backends->part);
	return 1;
}

static bool range_ends_before(const void *item, const void *selector)
{
	const struct range *range = item;

	return selector_compare(&range->last, selector) < 0;
}

static bool range_meets_set(const struct range *range, const struct range_set *set)
{
	size_t i = array_lower_bound(set->items, set->count, sizeof(*set->items), &range->first,
				     range_ends_before);

	return i < set->count && selector_compare(&set->items[i].first, &range->last) <= 0;
}

/* Refuse overlaps with other machines: there document order decides, and split changes it. */
static int judge_others(const struct load_balancer *lb, const struct local_backends *local_backends,
			struct strbuf *reason)
{
	for (size_t i = 0; i < lb->n_backends; i++) {
		const struct backend *backend = &lb->backends[i];
		struct place place = backend_prefix_place(backend);
		struct range range;

		if (local_backends->local[i])
			continue;
		if (backend->prefix.bad)
			return judge_prefixes(backend, reason);
		range = prefix_range(&backend->prefix.prefix);
		if (range_meets_set(&range, &local_backends->part))
			return reason_set(reason, &place,
					  "ambiguous: this backend of another machine and the "
					  "backends of this one take the same selectors; give "
					  "them prefixes that do not overlap");
	}
	return 1;
}

int local_backends_make(const struct installation *installation, struct local_backends *ret,
			struct strbuf *reason)
{
	_cleanup_(local_backends_done) struct local_backends local_backends = {};
	const struct load_balancer *lb = &installation->load_balancer;
	int r;

	assert(installation->load_balancer_usable);

	local_backends.local = calloc(lb->n_backends + 1, sizeof(*local_backends.local));
	local_backends.owner = calloc(lb->n_backends + 1, sizeof(struct instance *));
	if (!local_backends.local || !local_backends.owner)
		return -ENOMEM;

	for (size_t i = 0; i < lb->n_backends; i++)
		local_backends_classify(&local_backends, installation, i);

	r = judge_local(installation, &local_backends, reason);
	if (r < 1)
		return r;
	r = collect_part(&local_backends, lb, reason);
	if (r < 1)
		return r;
	r = judge_others(lb, &local_backends, reason);
	if (r < 1)
		return r;

	*ret = TAKE_STRUCT(local_backends);
	return 1;
}
