/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/assignment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void instance_done(struct view_instance *instance)
{
	free(instance->backends);
}

void view_done(struct view *view)
{
	for (size_t i = 0; i < view->n_instances; i++)
		instance_done(&view->instances[i]);
	free(view->instances);
	free(view->ranked);
	if (view->partition)
		partition_free(view->partition);
	*view = (struct view){};
}

const struct backend *view_backend(const struct view *view, size_t rank)
{
	return &view->installation->load_balancer.backends[view->ranked[rank]];
}

/* Instances stand in the order of the installation, so the one sought is found by halving. */
struct view_instance *view_owner(const struct view *view, const struct backend *backend)
{
	const char *name = backend_name(backend);
	const struct instance *instance =
		name ? installation_find_server(view->installation, name) : NULL;
	size_t low = 0, high = view->n_instances;

	if (!instance)
		return NULL;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (view->instances[middle].instance <= instance)
			low = middle;
		else
			high = middle;
	}
	return &view->instances[low];
}

static int take_instances(struct view *view)
{
	const struct installation *installation = view->installation;

	view->instances = calloc(installation->n_instances + 1, sizeof(*view->instances));
	if (!view->instances)
		return -ENOMEM;
	for (size_t i = 0; i < installation->n_instances; i++)
		if (installation->instances[i].valid_name)
			view->instances[view->n_instances++].instance = &installation->instances[i];
	return 0;
}

/* Give every backend with a good prefix to its owner. */
static int give_backends(struct view *view)
{
	const struct load_balancer *lb = &view->installation->load_balancer;

	for (size_t i = 0; i < lb->n_backends; i++) {
		struct view_instance *owner = view_owner(view, &lb->backends[i]);

		view->names_somebody |= owner != NULL;
		if (owner && !lb->backends[i].prefix.bad)
			owner->n_backends++;
	}
	for (size_t i = 0; i < view->n_instances; i++) {
		struct view_instance *instance = &view->instances[i];

		instance->backends = calloc(instance->n_backends + 1, sizeof(*instance->backends));
		if (!instance->backends)
			return -ENOMEM;
		instance->n_backends = 0;
	}
	for (size_t i = 0; i < lb->n_backends; i++) {
		struct view_instance *owner = view_owner(view, &lb->backends[i]);

		if (owner && owner->backends && !lb->backends[i].prefix.bad)
			owner->backends[owner->n_backends++] = i;
	}
	return 0;
}

static bool matches_app_id(const struct backend *backend, const char *app_id)
{
	const char *prefix = backend_app_id_prefix(backend);

	return !strncmp(app_id, prefix, strlen(prefix));
}

static int divide_space(struct view *view)
{
	const struct load_balancer *lb = &view->installation->load_balancer;
	_cleanup_free_ struct prefix *prefixes = calloc(lb->n_backends + 1, sizeof(*prefixes));
	_cleanup_free_ struct share *shares = calloc(lb->n_backends + 1, sizeof(*shares));

	view->ranked = calloc(lb->n_backends + 1, sizeof(*view->ranked));
	if (!prefixes || !shares || !view->ranked)
		return -ENOMEM;
	for (size_t i = 0; i < lb->n_backends; i++)
		if (!lb->backends[i].prefix.bad && matches_app_id(&lb->backends[i], view->app_id)) {
			prefixes[view->n_ranked] = lb->backends[i].prefix.prefix;
			view->ranked[view->n_ranked++] = i;
		}
	if (partition_new(prefixes, view->n_ranked, &view->partition) < 0)
		return -ENOMEM;
	partition_shares(view->partition, view->n_ranked, shares, &view->nobody);
	for (size_t rank = 0; rank < view->n_ranked; rank++) {
		struct view_instance *owner = view_owner(view, view_backend(view, rank));

		share_add(owner ? &owner->share : &view->elsewhere, &shares[rank]);
	}
	return 0;
}

int view_make(const struct installation *installation, const char *app_id, struct view *ret_view)
{
	_cleanup_(view_done) struct view view = {.installation = installation, .app_id = app_id};
	int r;

	r = take_instances(&view);
	if (r == 0)
		r = give_backends(&view);
	if (r == 0)
		r = divide_space(&view);
	if (r < 0)
		return r;
	*ret_view = view;
	view = (struct view){};
	return 0;
}

void view_append_prefixes(struct strbuf *buf, const struct view *view,
			  const struct view_instance *instance)
{
	const struct load_balancer *lb = &view->installation->load_balancer;
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < instance->n_backends; i++) {
		prefix_format(&lb->backends[instance->backends[i]].prefix.prefix, text);
		strbuf_appendf(buf, "%s%s", i ? " " : "", text);
	}
}
