/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/rules-backends.h"

#include <errno.h>
#include <string.h>

#include "document/near-markup.h"
#include "util/escape.h"
#include "util/near-names.h"

int check_load_balancer_exists(const struct installation *installation,
			       struct diagnostics *diagnostics)
{
	const char *target;
	struct place place;

	if (!installation->split || installation->has_load_balancer)
		return 0;

	place = place_of_file(installation->load_balancer_source);
	target = installation->load_balancer_source->dangling;
	if (target)
		return diagnostics_add(diagnostics, DIAGNOSTIC_LOAD_BALANCER_MISSING, &place, NULL,
				       "the load is split, and this is a link to %s, which does "
				       "not exist: no instance finds its prefixes; write it, or "
				       "restore it",
				       excerpt(target).text);
	return diagnostics_add(diagnostics, DIAGNOSTIC_LOAD_BALANCER_MISSING, &place, NULL,
			       "the load is split, and this file does not exist: no instance "
			       "finds its prefixes; write it, or restore it");
}

/* --- names of instances and of backends -------------------------------------------------- */

/* Names of instances that no backend has, and the reverse: candidates for "did you mean". */
struct names {
	bool *named; /* by instance: a backend names it */
	size_t n_named;
	const struct instance **instances; /* that no backend names */
	size_t n_instances;
	const struct backend **backends; /* whose name no instance has */
	size_t n_backends;
	unsigned budget; /* comparisons left */
};

static void names_done(struct names *names)
{
	free(names->named);
	free(names->instances);
	free(names->backends);
}

static void names_match_backends(struct names *names, const struct installation *installation)
{
	const struct load_balancer *lb = &installation->load_balancer;

	for (size_t i = 0; i < lb->n_backends; i++) {
		const char *name = backend_name(&lb->backends[i]);
		const struct instance *instance;

		if (!name)
			continue;
		instance = installation_find_server(installation, name);
		if (!instance) {
			names->backends[names->n_backends++] = &lb->backends[i];
			continue;
		}
		names->n_named += !names->named[instance - installation->instances];
		names->named[instance - installation->instances] = true;
	}
}

static int names_match(struct names *names, const struct installation *installation)
{
	names->budget = NEAR_NAMES_BUDGET;
	names->named = calloc(installation->n_instances + 1, sizeof(*names->named));
	names->instances = calloc(installation->n_instances + 1, sizeof(*names->instances));
	names->backends =
		calloc(installation->load_balancer.n_backends + 1, sizeof(*names->backends));
	if (!names->named || !names->instances || !names->backends)
		return -ENOMEM;

	names_match_backends(names, installation);

	for (size_t i = 0; i < installation->n_server_names; i++) {
		const struct instance *instance = installation->by_server_name[i];

		if (!names->named[instance - installation->instances])
			names->instances[names->n_instances++] = instance;
	}
	return 0;
}

/* Find the instance that was probably meant by a backend's name; NULL: none. */
static const struct instance *names_near_instance(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n_instances && names->budget; i++, names->budget--)
		if (names_are_near(names->instances[i]->settings.name.text, name))
			return names->instances[i];
	return NULL;
}

/* Find the backend that was probably meant for an instance's name; NULL: none. */
static const struct backend *names_near_backend(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n_backends && names->budget; i++, names->budget--)
		if (names_are_near(backend_name(names->backends[i]), name))
			return names->backends[i];
	return NULL;
}

/* --- instances that no backend names ----------------------------------------------------- */

static int report_not_in_backend(struct names *names, const struct installation *installation,
				 const struct instance *instance, struct diagnostics *diagnostics)
{
	const struct value *name = &instance->settings.name;
	const struct backend *near = names_near_backend(names, name->text);

	if (near)
		return diagnostics_add(diagnostics, DIAGNOSTIC_NOT_IN_BACKEND, &name->place,
				       &near->name.place,
				       "no backend of the load balancer is named \"%s\", so this "
				       "instance would serve no account: did you mean \"%s\"?",
				       excerpt(name->text).text, excerpt(near->name.text).text);

	return diagnostics_add(diagnostics, DIAGNOSTIC_NOT_IN_BACKEND, &name->place,
			       &installation->load_balancer.section,
			       "no backend of the load balancer is named \"%s\", so this instance "
			       "would serve no account: add a backend, or correct the name",
			       excerpt(name->text).text);
}

/*
 * Return true if backends name their instances: then each instance needs one. In a fleet, the only
 * instance of this machine is filtered, and the backends may name other machines only.
 */
static bool backends_have_names(const struct names *names, const struct installation *installation)
{
	if (!installation->split || !installation->load_balancer_usable)
		return false;
	if (installation_count(installation) == 1) /* split, so some backend has a name */
		return true;
	return names->n_named > 0;
}

int check_instances_in_backend(const struct installation *installation,
			       struct diagnostics *diagnostics)
{
	_cleanup_(names_done) struct names names = {};
	int r;

	r = names_match(&names, installation);
	if (r < 0)
		return r;
	if (!backends_have_names(&names, installation))
		return 0;

	/* Of instances with the same name, only the first claimant is in the index. */
	for (size_t i = 0; i < names.n_instances; i++) {
		r = report_not_in_backend(&names, installation, names.instances[i], diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- backends whose name is not that of an instance -------------------------------------- */

static int report_dangling(struct names *names, const struct backend *backend,
			   struct diagnostics *diagnostics)
{
	const char *name = backend_name(backend);
	const struct instance *near = names_near_instance(names, name);

	if (near)
		return diagnostics_add(diagnostics, DIAGNOSTIC_DANGLING_BACKEND,
				       &backend->name.place, &near->settings.name.place,
				       "no instance has the Server name \"%s\", so the accounts of "
				       "this backend are not served: did you mean \"%s\" of %s?",
				       excerpt(name).text, excerpt(near->settings.name.text).text,
				       near->file);

	return diagnostics_add(diagnostics, DIAGNOSTIC_DANGLING_BACKEND, &backend->name.place, NULL,
			       "no instance has the Server name \"%s\", so the accounts of this "
			       "backend are not served: correct the name, or add the settings file",
			       excerpt(name).text);
}

int check_dangling_backends(const struct installation *installation,
			    struct diagnostics *diagnostics)
{
	_cleanup_(names_done) struct names names = {};
	int r;

	if (installation_find_unnamed(installation)) /* the backend may belong to it */
		return 0;

	r = names_match(&names, installation);
	if (r < 0)
		return r;

	for (size_t i = 0; i < names.n_backends; i++) {
		if (!backend_is_local(names.backends[i]))
			continue;
		r = report_dangling(&names, names.backends[i], diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

static int report_unnamed(const struct backend *backend, struct diagnostics *diagnostics)
{
	struct near_hint near = near_attribute(&backend->element, "Name");
	char prefix[PREFIX_TEXT_MAX];

	return diagnostics_add(
		diagnostics, DIAGNOSTIC_UNNAMED_BACKEND, &backend->element, NULL,
		"this backend (%s) is on this machine and has no Name, so no instance serves its "
		"accounts%s",
		backend->prefix.bad ? "with a bad prefix"
				    : prefix_format(&backend->prefix.prefix, prefix),
		near.text[0] ? near.text : ": set Name to the Server name of an instance");
}

int check_unnamed_backends(const struct installation *installation, struct diagnostics *diagnostics)
{
	const struct load_balancer *lb = &installation->load_balancer;
	int r;

	if (!installation->split)
		return 0;

	for (size_t i = 0; i < lb->n_backends; i++) {
		if (backend_name(&lb->backends[i]) || !backend_is_local(&lb->backends[i]))
			continue;
		r = report_unnamed(&lb->backends[i], diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- addresses of backends --------------------------------------------------------------- */

/* Return the Server[Port] of a backend's instance if its Address has another port, else NULL. */
static const struct value *find_other_port(const struct installation *installation,
					   const struct backend *backend,
					   const struct instance **ret_instance)
{
	const char *name = backend_name(backend);
	const struct instance *instance;
	const struct value *port;

	if (!name || !value_is_good(&backend->address))
		return NULL;

	instance = installation_find_server(installation, name);
	if (!instance)
		return NULL;

	port = &instance->settings.listeners[LISTENER_SERVER].port;
	if (!value_is_good(port) || port->port == backend->address.port)
		return NULL;

	*ret_instance = instance;
	return port;
}

int check_address_ports(const struct installation *installation, struct diagnostics *diagnostics)
{
	const struct load_balancer *lb = &installation->load_balancer;
	int r;

	for (size_t i = 0; i < lb->n_backends; i++) {
		const struct backend *backend = &lb->backends[i];
		const struct instance *instance;
		const struct value *port = find_other_port(installation, backend, &instance);

		if (!port)
			continue;
		r = diagnostics_add(diagnostics, DIAGNOSTIC_ADDRESS_MISMATCH,
				    &backend->address.place, &port->place,
				    "backend \"%s\" is reached at port %u, but %s listens on "
				    "Server port %u: set the same port in both",
				    excerpt(backend->name.text).text, backend->address.port,
				    instance->file, port->port);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Compare where two backends are reached. */
static int endpoints_compare(const struct backend *a, const struct backend *b)
{
	if (a->address.port != b->address.port)
		return a->address.port - b->address.port;
	return backend_compare_hosts(a, b);
}

static int backends_compare_endpoints(const void *a, const void *b)
{
	const struct backend *x = *(const struct backend *const *)a;
	const struct backend *y = *(const struct backend *const *)b;
	int r = endpoints_compare(x, y);

	return r ? r : (x > y) - (x < y);
}

static int report_same_address(const struct backend *backend, const struct backend *first,
			       struct diagnostics *diagnostics)
{
	return diagnostics_add(diagnostics, DIAGNOSTIC_DUPLICATE_ADDRESS, &backend->address.place,
			       &first->address.place,
			       "backends \"%s\" and \"%s\" have the same Address \"%s\", but two "
			       "processes cannot listen there: correct one of them",
			       excerpt(backend->name.text).text, excerpt(first->name.text).text,
			       excerpt(backend->address.text).text);
}

int check_duplicate_addresses(const struct installation *installation,
			      struct diagnostics *diagnostics)
{
	const struct load_balancer *lb = &installation->load_balancer;
	_cleanup_free_ const struct backend **sorted = NULL;
	const struct backend *first = NULL;
	const struct instance *instance;
	size_t n = 0;
	int r;

	sorted = calloc(lb->n_backends + 1, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;

	for (size_t i = 0; i < lb->n_backends; i++)
		if (backend_name(&lb->backends[i]) && value_is_good(&lb->backends[i].address))
			sorted[n++] = &lb->backends[i];

	qsort(sorted, n, sizeof(*sorted), backends_compare_endpoints);
	for (size_t i = 0; i < n; i++) {
		if (!first || endpoints_compare(first, sorted[i]) != 0) {
			first = sorted[i];
			continue;
		}
		if (!strcmp(first->name.text, sorted[i]->name.text) ||
		    find_other_port(installation, sorted[i], &instance))
			continue;
		r = report_same_address(sorted[i], first, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}
