/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/reason.h"
#include "installation/scan.h"
#include "sipisctl/proposal/numbering.h"

#define PORT_MAX 65535

/* What is needed to find names and ports that are free. */
struct search {
	const struct installation *installation;
	const struct holdings *holdings;
	const struct split_options *options;
	struct targets *targets;
	bool taken[PORT_MAX + 1]; /* ports */
	unsigned number;          /* the last one that was given */
};

static void target_done(struct target *target)
{
	free(target->instance);
	free(target->mark);
	free(target->name);
}

void targets_done(struct targets *targets)
{
	for (size_t i = 0; i < targets->n; i++)
		target_done(&targets->items[i]);
	free(targets->items);
	*targets = (struct targets){};
}

static bool is_default(const struct instance *instance)
{
	return !strcmp(instance->name, INSTANCE_DEFAULT);
}

char *target_file(const struct target *target)
{
	char *file;

	if (!strcmp(target->instance, INSTANCE_DEFAULT))
		return strdup("Settings.xml");
	return asprintf(&file, "Settings%s.xml", target->instance) < 0 ? NULL : file;
}

const char *instance_mark(const struct instance *instance)
{
	return is_default(instance) ? "" : instance->name;
}

/* --- names ------------------------------------------------------------------------------- */

/* The Server[Name] of the target, which has its mark. */
static int set_name(struct target *target)
{
	const char *old = target->origin->settings.name.text;
	struct strbuf name = STRBUF_INIT;
	int r;

	if (target->mark)
		numbering_append_name(
			&name, old, strlen(old),
			&(const struct renumbering){instance_mark(target->origin), target->mark});
	else
		strbuf_append(&name, old);
	r = strbuf_take(&name, &target->name);
	strbuf_done(&name);
	return r;
}

static bool is_named_elsewhere(const struct search *search, const char *name)
{
	const struct load_balancer *lb = &search->installation->load_balancer;

	for (size_t i = 0; search->holdings && i < lb->n_backends; i++)
		if (!search->holdings->local[i] && backend_name(&lb->backends[i]) &&
		    !strcmp(backend_name(&lb->backends[i]), name))
			return true;
	return false;
}

/* By an instance of today (but the target itself), or by another machine. */
static bool is_name_taken(const struct search *search, const struct target *target)
{
	const struct instance *owner = installation_find_server(search->installation, target->name);

	if (owner && !(target->stays && owner == target->origin))
		return true;
	for (const struct target *other = search->targets->items; other < target; other++)
		if (other->name && !strcmp(other->name, target->name))
			return true;
	return is_named_elsewhere(search, target->name);
}

/* Does some other instance of today have the number? */
static bool is_number_taken(const struct search *search, const struct target *target)
{
	const struct instance *owner = installation_find(search->installation, target->mark);

	return owner && !(target->stays && owner == target->origin);
}

/* The next number that is free, in file and name. */
static int give_number(struct search *search, struct target *target)
{
	do {
		int r;

		free(target->mark);
		free(target->name);
		target->name = NULL;
		if (asprintf(&target->mark, "%u", ++search->number) < 0) {
			target->mark = NULL;
			return -ENOMEM;
		}
		r = set_name(target);
		if (r < 0)
			return r;
	} while (is_number_taken(search, target) || is_name_taken(search, target));
	target->instance = strdup(target->mark);
	return target->instance ? 0 : -ENOMEM;
}

/* All that it has stays, but for its file. */
static int keep_names(struct target *target, const char *instance)
{
	target->instance = strdup(instance);
	return target->instance ? set_name(target) : -ENOMEM;
}

/* Its values get another mark; unless another machine has the name that this makes. */
static int change_mark(const struct search *search, struct target *target, const char *instance,
		       const char *mark)
{
	target->mark = strdup(mark);
	if (!target->mark || keep_names(target, instance) < 0)
		return -ENOMEM;
	if (!is_named_elsewhere(search, target->name))
		return 0;
	target_done(target);
	target->instance = target->name = target->mark = NULL;
	return keep_names(target, instance);
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/*
 * An instance that stays keeps its names, but for Settings.xml, which is a number's from now on,
 * and the only one there was, whose values get the number of its file. Of an installation of one
 * the marks are taken off, and the file is the vendor's.
 */
static int name_target(struct search *search, struct target *target)
{
	const char *instance = target->origin->name;

	if (search->options->n == 1)
		return is_default(target->origin)
			       ? keep_names(target, INSTANCE_DEFAULT)
			       : change_mark(search, target, INSTANCE_DEFAULT, "");
	if (!target->stays || is_default(target->origin))
		return give_number(search, target);
	if (search->installation->n_instances == 1 && is_number(instance))
		return change_mark(search, target, instance, instance);
	return keep_names(target, instance);
}

/* --- ports ------------------------------------------------------------------------------- */

static void keep_ports(struct search *search, struct target *target)
{
	for (size_t i = 0; i < LISTENER_COUNT; i++) {
		const struct value *port = &target->origin->settings.listeners[i].port;

		if (!value_is_good(port))
			continue;
		target->ports[i] = port->port;
		search->taken[port->port] = true;
	}
}

static void take_frontend_ports(struct search *search)
{
	const struct load_balancer *lb = &search->installation->load_balancer;

	for (size_t i = 0; search->installation->load_balancer_usable && i < lb->n_frontends; i++)
		if (value_is_good(&lb->frontends[i].address))
			search->taken[lb->frontends[i].address.port] = true;
}

/*
 * The first free port in steps from `base`, and where they lead out of the range, in steps to the
 * other side; 0: there is none.
 */
static uint16_t find_port(const struct search *search, uint16_t base, int step)
{
	for (int direction = 1; direction >= -1; direction -= 2)
		for (long port = base; port >= 1 && port <= PORT_MAX; port += direction * step)
			if (!search->taken[port])
				return (uint16_t)port;
	return 0;
}

static int give_ports(struct search *search, struct target *target, struct strbuf *reason)
{
	const struct target *first = &search->targets->items[0];

	for (size_t i = 0; i < LISTENER_COUNT; i++) {
		if (!first->ports[i])
			continue;
		target->ports[i] = find_port(search, first->ports[i], search->options->steps[i]);
		if (!target->ports[i])
			return reason_set(reason, NULL,
					  "there are not enough free ports in steps of %d from %u",
					  search->options->steps[i], first->ports[i]);
		search->taken[target->ports[i]] = true;
	}
	return 1;
}

/* --- all of them ------------------------------------------------------------------------- */

static void choose_origins(struct search *search)
{
	const struct installation *installation = search->installation;
	struct targets *targets = search->targets;

	for (size_t i = 0; i < targets->n; i++) {
		struct target *target = &targets->items[i];

		target->stays = i < installation->n_instances;
		target->origin = &installation->instances[target->stays ? i : 0];
		if (target->stays)
			keep_ports(search, target);
	}
}

static int compare_targets(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return strverscmp(x->instance, y->instance);
}

static int make(struct search *search, struct strbuf *reason)
{
	struct targets *targets = search->targets;
	int r = 1;

	take_frontend_ports(search);
	choose_origins(search);
	for (size_t i = 0; i < targets->n; i++)
		if (name_target(search, &targets->items[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; r == 1 && i < targets->n; i++)
		if (!targets->items[i].stays)
			r = give_ports(search, &targets->items[i], reason);
	if (r == 1 && targets->n > 1)
		qsort(targets->items, targets->n, sizeof(*targets->items), compare_targets);
	return r;
}

int targets_make(const struct installation *installation, const struct holdings *holdings,
		 const struct split_options *options, struct targets *ret_targets,
		 struct strbuf *reason)
{
	_cleanup_(targets_done) struct targets targets = {};
	_cleanup_free_ struct search *search = calloc(1, sizeof(*search));
	int r;

	targets.items = calloc(options->n, sizeof(*targets.items));
	if (!search || !targets.items)
		return -ENOMEM;
	targets.n = options->n;
	search->installation = installation;
	search->holdings = holdings;
	search->options = options;
	search->targets = &targets;
	r = make(search, reason);
	if (r == 1) {
		*ret_targets = targets;
		targets = (struct targets){};
	}
	return r;
}
