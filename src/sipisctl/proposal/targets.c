/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/targets.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/reason.h"
#include "installation/scan.h"
#include "sipisctl/proposal/numbering.h"

#define PORT_MAX 65535

/* What is free, while targets get their names and ports. */
struct allocator {
	const struct installation *installation;
	const struct local_backends *local_backends;
	const struct split_options *options;
	struct targets *targets;
	unsigned last_number;
	bool port_taken[PORT_MAX + 1];
};

static void target_clear_names(struct target *target)
{
	free(TAKE_PTR(target->instance));
	free(TAKE_PTR(target->suffix));
	free(TAKE_PTR(target->name));
}

void targets_done(struct targets *targets)
{
	for (size_t i = 0; i < targets->n; i++)
		target_clear_names(&targets->items[i]);
	free(targets->items);
	*targets = (struct targets){};
}

static bool is_default(const char *instance)
{
	return !strcmp(instance, INSTANCE_DEFAULT);
}

char *target_file(const struct target *target)
{
	char *file;

	if (is_default(target->instance))
		return strdup("Settings.xml");
	return asprintf(&file, "Settings%s.xml", target->instance) < 0 ? NULL : file;
}

const char *instance_suffix(const struct instance *instance)
{
	return is_default(instance->name) ? "" : instance->name;
}

/* --- names ------------------------------------------------------------------------------- */

/* Set the Server[Name] from that of the origin and the target's suffix. */
static int target_set_name(struct target *target)
{
	const char *old = target->origin->settings.name.text;
	_cleanup_strbuf_ struct strbuf name = STRBUF_INIT;
	struct renumbering renumbering = {
		.old = instance_suffix(target->origin),
		.new = target->suffix,
	};

	if (target->suffix)
		numbering_append_name(&name, old, strlen(old), &renumbering);
	else
		strbuf_append(&name, old);
	return strbuf_take(&name, &target->name);
}

/* `suffix` NULL: keep the origin's values. */
static int target_set(struct target *target, const char *instance, const char *suffix)
{
	target_clear_names(target);
	target->instance = strdup(instance);
	target->suffix = suffix ? strdup(suffix) : NULL;
	if (!target->instance || (suffix && !target->suffix))
		return -ENOMEM;
	return target_set_name(target);
}

static bool is_named_elsewhere(const struct allocator *allocator, const char *name)
{
	const struct load_balancer *lb = &allocator->installation->load_balancer;

	for (size_t i = 0; allocator->local_backends && i < lb->n_backends; i++)
		if (!allocator->local_backends->local[i] && backend_name(&lb->backends[i]) &&
		    !strcmp(backend_name(&lb->backends[i]), name))
			return true;
	return false;
}

static bool is_other_instance(const struct instance *instance, const struct target *target)
{
	return instance && !(target->stays && instance == target->origin);
}

static bool is_name_taken(const struct allocator *allocator, const struct target *target)
{
	const struct instance *owner =
		installation_find_server(allocator->installation, target->name);

	if (is_other_instance(owner, target))
		return true;
	for (const struct target *other = allocator->targets->items; other < target; other++)
		if (!strcmp(other->name, target->name))
			return true;
	return is_named_elsewhere(allocator, target->name);
}

/* Give the next number that is free as a file and as a name. */
static int target_number(struct target *target, struct allocator *allocator)
{
	char number[sizeof("4294967295")];
	const struct instance *owner;
	int r;

	do {
		snprintf(number, sizeof(number), "%u", ++allocator->last_number);
		r = target_set(target, number, number);
		if (r < 0)
			return r;
		owner = installation_find(allocator->installation, number);
	} while (is_other_instance(owner, target) || is_name_taken(allocator, target));
	return 0;
}

/* Change the suffix of an instance that stays, unless another machine has the resulting name. */
static int target_change_suffix(struct target *target, const struct allocator *allocator,
				const char *instance, const char *suffix)
{
	int r;

	r = target_set(target, instance, suffix);
	if (r < 0 || !is_named_elsewhere(allocator, target->name))
		return r;
	return target_set(target, instance, NULL);
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/*
 * - one instance is wanted: it becomes Settings.xml, without a suffix;
 * - a new instance, or Settings.xml: it gets the next free number;
 * - the only instance, and it has a number: that becomes its suffix;
 * - any other instance that stays: it keeps its names.
 */
static int target_choose_names(struct target *target, struct allocator *allocator)
{
	const char *instance = target->origin->name;

	if (allocator->options->n == 1 && is_default(instance))
		return target_set(target, INSTANCE_DEFAULT, NULL);
	if (allocator->options->n == 1)
		return target_change_suffix(target, allocator, INSTANCE_DEFAULT, "");
	if (!target->stays || is_default(instance))
		return target_number(target, allocator);
	if (allocator->installation->n_instances == 1 && is_number(instance))
		return target_change_suffix(target, allocator, instance, instance);
	return target_set(target, instance, NULL);
}

/* --- ports ------------------------------------------------------------------------------- */

static void target_keep_ports(struct target *target, struct allocator *allocator)
{
	for (size_t i = 0; i < LISTENER_COUNT; i++) {
		const struct value *port = &target->origin->settings.listeners[i].port;

		if (!value_is_good(port))
			continue;
		target->ports[i] = port->port;
		allocator->port_taken[port->port] = true;
	}
}

static void take_frontend_ports(struct allocator *allocator)
{
	const struct installation *installation = allocator->installation;
	const struct load_balancer *lb = &installation->load_balancer;

	if (!installation->load_balancer_usable)
		return;
	for (size_t i = 0; i < lb->n_frontends; i++)
		if (value_is_good(&lb->frontends[i].address))
			allocator->port_taken[lb->frontends[i].address.port] = true;
}

/* Return the first free port in steps from `base`, then in steps to the other side, or 0. */
static uint16_t find_port(const struct allocator *allocator, uint16_t base, int step)
{
	for (int direction = 1; direction >= -1; direction -= 2)
		for (long port = base; port >= 1 && port <= PORT_MAX; port += direction * step)
			if (!allocator->port_taken[port])
				return (uint16_t)port;
	return 0;
}

static int target_choose_ports(struct target *target, struct allocator *allocator,
			       struct strbuf *reason)
{
	const struct target *first = &allocator->targets->items[0];

	for (size_t i = 0; i < LISTENER_COUNT; i++) {
		int step = allocator->options->steps[i];

		if (!first->ports[i])
			continue;
		target->ports[i] = find_port(allocator, first->ports[i], step);
		if (!target->ports[i])
			return reason_set(reason, NULL,
					  "there are not enough free ports in steps of %d from %u",
					  step, first->ports[i]);
		allocator->port_taken[target->ports[i]] = true;
	}
	return 1;
}

/* --- all of them ------------------------------------------------------------------------- */

static void targets_choose_origins(struct targets *targets, struct allocator *allocator)
{
	const struct installation *installation = allocator->installation;
	const bool *without = allocator->options->without;
	size_t next = 0;

	for (size_t i = 0; i < targets->n; i++) {
		struct target *target = &targets->items[i];

		while (without && next < installation->n_instances && without[next])
			next++;
		target->stays = next < installation->n_instances;
		target->origin = &installation->instances[target->stays ? next++ : 0];
		if (target->stays)
			target_keep_ports(target, allocator);
	}
}

static int compare_targets(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return instance_compare(x->instance, y->instance);
}

static int targets_fill(struct targets *targets, struct allocator *allocator, struct strbuf *reason)
{
	int r;

	take_frontend_ports(allocator);
	targets_choose_origins(targets, allocator);

	for (size_t i = 0; i < targets->n; i++) {
		r = target_choose_names(&targets->items[i], allocator);
		if (r < 0)
			return r;
	}

	for (size_t i = 0; i < targets->n; i++) {
		if (targets->items[i].stays)
			continue;
		r = target_choose_ports(&targets->items[i], allocator, reason);
		if (r < 1)
			return r;
	}

	qsort(targets->items, targets->n, sizeof(*targets->items), compare_targets);
	return 1;
}

int targets_make(const struct installation *installation,
		 const struct local_backends *local_backends, const struct split_options *options,
		 struct targets *ret_targets, struct strbuf *reason)
{
	_cleanup_(targets_done) struct targets targets = {};
	_cleanup_free_ struct allocator *allocator = calloc(1, sizeof(*allocator));
	int r;

	assert(installation->n_instances > 0);
	assert(options->n >= 1 && options->n <= SPLIT_MAX);

	targets.items = calloc(options->n, sizeof(*targets.items));
	if (!allocator || !targets.items)
		return -ENOMEM;

	targets.n = options->n;
	allocator->installation = installation;
	allocator->local_backends = local_backends;
	allocator->options = options;
	allocator->targets = &targets;

	r = targets_fill(&targets, allocator, reason);
	if (r < 1)
		return r;

	*ret_targets = TAKE_STRUCT(targets);
	return 1;
}
