/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/assignment.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

void assignment_done(struct assignment *assignment)
{
	for (size_t i = 0; i < assignment->n_instances; i++)
		free(assignment->instances[i].backends);
	free(assignment->instances);
	free(assignment->ranked);
	partition_free(assignment->partition);
	*assignment = (struct assignment){};
}

const struct backend *assignment_backend(const struct assignment *assignment, size_t rank)
{
	return &assignment->installation->load_balancer.backends[assignment->ranked[rank]];
}

/* The instances are in the order of the installation. */
static bool is_up_to_instance(const void *item, const void *instance)
{
	const struct assigned_instance *assigned = item;

	return assigned->instance <= (const struct instance *)instance;
}

/* Binary search: instances are in the order in which the installation has them. */
struct assigned_instance *assignment_owner(const struct assignment *assignment,
					   const struct backend *backend)
{
	const char *name = backend_name(backend);
	const struct instance *instance =
		name ? installation_find_server(assignment->installation, name) : NULL;
	size_t after;

	if (!instance)
		return NULL;

	after = array_lower_bound(assignment->instances, assignment->n_instances,
				  sizeof(*assignment->instances), instance, is_up_to_instance);
	return &assignment->instances[after ? after - 1 : 0];
}

bool assignment_is_dangling(const struct assignment *assignment, const struct backend *backend)
{
	if (!backend_is_local(backend))
		return false;
	if (!backend_name(backend))
		return assignment->installation->split;
	return !assignment->unnamed && !assignment_owner(assignment, backend);
}

bool assignment_has_unknown_owner(const struct assignment *assignment)
{
	for (size_t rank = 0; assignment->unnamed && rank < assignment->n_ranked; rank++) {
		const struct backend *backend = assignment_backend(assignment, rank);

		if (backend_name(backend) && backend_is_local(backend) &&
		    !assignment_owner(assignment, backend))
			return true;
	}
	return false;
}

static int assignment_add_instances(struct assignment *assignment)
{
	const struct installation *installation = assignment->installation;

	assignment->instances =
		calloc(installation->n_instances + 1, sizeof(*assignment->instances));
	if (!assignment->instances)
		return -ENOMEM;

	for (size_t i = 0; i < installation->n_instances; i++)
		if (installation->instances[i].valid_name)
			assignment->instances[assignment->n_instances++].instance =
				&installation->instances[i];
	return 0;
}

/* Count the backends of each instance, allocate, then add them. */
static int assignment_add_backends(struct assignment *assignment)
{
	const struct load_balancer *lb = &assignment->installation->load_balancer;

	for (size_t i = 0; i < lb->n_backends; i++) {
		struct assigned_instance *owner = assignment_owner(assignment, &lb->backends[i]);

		assignment->any_named |= owner != NULL;
		if (owner && !lb->backends[i].prefix.bad)
			owner->n_backends++;
	}

	for (size_t i = 0; i < assignment->n_instances; i++) {
		struct assigned_instance *instance = &assignment->instances[i];

		assert(instance);
		instance->backends = calloc(instance->n_backends + 1, sizeof(*instance->backends));
		if (!instance->backends)
			return -ENOMEM;
		instance->n_backends = 0;
	}

	for (size_t i = 0; i < lb->n_backends; i++) {
		struct assigned_instance *owner = assignment_owner(assignment, &lb->backends[i]);

		if (owner && owner->backends && !lb->backends[i].prefix.bad)
			owner->backends[owner->n_backends++] = i;
	}
	return 0;
}

static bool backend_matches_app(const struct backend *backend, const char *app_id)
{
	const char *prefix = backend_app_id_prefix(backend);

	return !strncmp(app_id, prefix, strlen(prefix));
}

static int assignment_divide_space(struct assignment *assignment)
{
	const struct load_balancer *lb = &assignment->installation->load_balancer;
	_cleanup_free_ struct prefix *prefixes = calloc(lb->n_backends + 1, sizeof(*prefixes));
	_cleanup_free_ struct share *shares = calloc(lb->n_backends + 1, sizeof(*shares));
	int r;

	assignment->ranked = calloc(lb->n_backends + 1, sizeof(*assignment->ranked));
	if (!prefixes || !shares || !assignment->ranked)
		return -ENOMEM;

	for (size_t i = 0; i < lb->n_backends; i++) {
		const struct backend *backend = &lb->backends[i];

		if (!backend_matches_app(backend, assignment->app_id))
			continue;
		if (backend->prefix.bad) {
			assignment->has_bad_prefix = true;
			continue;
		}
		prefixes[assignment->n_ranked] = backend->prefix.prefix;
		assignment->ranked[assignment->n_ranked++] = i;
	}

	r = partition_new(prefixes, assignment->n_ranked, &assignment->partition);
	if (r < 0)
		return r;
	partition_shares(assignment->partition, assignment->n_ranked, shares,
			 &assignment->unserved);

	for (size_t rank = 0; rank < assignment->n_ranked; rank++) {
		const struct backend *backend = assignment_backend(assignment, rank);
		struct assigned_instance *owner = assignment_owner(assignment, backend);
		struct share *share = owner ? &owner->share : &assignment->elsewhere;

		if (assignment_is_dangling(assignment, backend))
			share = &assignment->unserved;
		share_add(share, &shares[rank]);
	}
	return 0;
}

int assignment_make(const struct installation *installation, const char *app_id,
		    struct assignment *ret_assignment)
{
	_cleanup_(assignment_done) struct assignment assignment = {
		.installation = installation,
		.app_id = app_id,
		.unnamed = installation_find_unnamed(installation),
	};
	int r;

	r = assignment_add_instances(&assignment);
	if (r < 0)
		return r;
	r = assignment_add_backends(&assignment);
	if (r < 0)
		return r;
	r = assignment_divide_space(&assignment);
	if (r < 0)
		return r;

	*ret_assignment = TAKE_STRUCT(assignment);
	return 0;
}

void assignment_append_prefixes(struct strbuf *buf, const struct assignment *assignment,
				const struct assigned_instance *instance)
{
	const struct load_balancer *lb = &assignment->installation->load_balancer;
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < instance->n_backends; i++) {
		prefix_format(&lb->backends[instance->backends[i]].prefix.prefix, text);
		strbuf_appendf(buf, "%s%s", i ? " " : "", text);
	}
}
