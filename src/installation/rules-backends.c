/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/rules-backends.h"

#include <errno.h>
#include <string.h>

#include "util/escape.h"

int check_load_balancer_exists(const struct installation *installation,
			       struct diagnostics *diagnostics)
{
	struct place place;

	if (!installation->split || installation->has_load_balancer)
		return 0;
	place = place_of_file(installation->load_balancer_source);
	return diagnostics_add(diagnostics, DIAGNOSTIC_LOAD_BALANCER_MISSING, &place, NULL,
			       "the load is split, and there are no load balancer settings");
}

/* --- instances that no backend names ----------------------------------------------------- */

/* Which instances does a backend name? One flag an instance; the caller frees them. */
static int find_named(const struct installation *installation, bool **ret_named, size_t *ret_count)
{
	const struct load_balancer *lb = &installation->load_balancer;
	bool *named = calloc(installation->n_instances + 1, sizeof(*named));
	size_t count = 0;

	if (!named)
		return -ENOMEM;
	for (size_t i = 0; i < lb->n_backends; i++) {
		const char *name = backend_name(&lb->backends[i]);
		const struct instance *instance =
			name ? installation_find_server(installation, name) : NULL;
		size_t at = instance ? (size_t)(instance - installation->instances) : 0;

		if (!instance || named[at])
			continue;
		named[at] = true;
		count++;
	}
	*ret_named = named;
	*ret_count = count;
	return 0;
}

static int report_not_in_backend(const struct instance *instance,
				 const struct installation *installation,
				 struct diagnostics *diagnostics)
{
	struct strbuf name = STRBUF_INIT;
	int r;

	escape_append_excerpt(&name, instance->settings.name.text);
	r = strbuf_error(&name);
	if (r == 0)
		r = diagnostics_add(diagnostics, DIAGNOSTIC_NOT_IN_BACKEND,
				    &instance->settings.name.place,
				    &installation->load_balancer.section,
				    "no backend of the load balancer is named \"%s\", so this "
				    "instance would serve nobody",
				    name.text);
	strbuf_done(&name);
	return r;
}

int check_instances_in_backend(const struct installation *installation,
			       struct diagnostics *diagnostics)
{
	_cleanup_free_ bool *named = NULL;
	size_t n_named;
	int r;

	if (!installation->split || !installation->load_balancer_usable)
		return 0;
	r = find_named(installation, &named, &n_named);
	for (size_t i = 0; r >= 0 && n_named && i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];

		if (!value_is_good(&instance->settings.name))
			continue;
		/* Of two with one name, the first claimant is the one that is named. */
		if (installation_find_server(installation, instance->settings.name.text) ==
			    instance &&
		    !named[i])
			r = report_not_in_backend(instance, installation, diagnostics);
	}
	return r;
}

/* --- backends that name nobody ----------------------------------------------------------- */

static int report_dangling(const struct backend *backend, struct diagnostics *diagnostics)
{
	struct strbuf name = STRBUF_INIT;
	int r;

	escape_append_excerpt(&name, backend_name(backend));
	r = strbuf_error(&name);
	if (r == 0)
		r = diagnostics_add(diagnostics, DIAGNOSTIC_DANGLING_BACKEND, &backend->name.place,
				    NULL,
				    "this backend is on this machine, and no instance has the "
				    "Server name \"%s\"",
				    name.text);
	strbuf_done(&name);
	return r;
}

int check_backend_names(const struct installation *installation, struct diagnostics *diagnostics)
{
	const struct load_balancer *lb = &installation->load_balancer;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < lb->n_backends; i++) {
		const struct backend *backend = &lb->backends[i];
		const char *name = backend_name(backend);

		if (!backend_is_local(backend))
			continue;
		if (name && !installation_find_server(installation, name))
			r = report_dangling(backend, diagnostics);
		else if (!name && installation->split)
			r = diagnostics_add(diagnostics, DIAGNOSTIC_UNNAMED_BACKEND,
					    &backend->element, NULL,
					    "this backend is on this machine and has no Name, by "
					    "which an instance would find it");
	}
	return r;
}

int check_backend_addresses(const struct installation *installation,
			    struct diagnostics *diagnostics)
{
	const struct load_balancer *lb = &installation->load_balancer;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < lb->n_backends; i++) {
		const struct backend *backend = &lb->backends[i];
		const char *name = backend_name(backend);
		const struct instance *instance;
		const struct value *port;

		if (!name || !backend->address.text || !backend_is_local(backend))
			continue;
		instance = installation_find_server(installation, name);
		port = instance ? &instance->settings.listeners[LISTENER_SERVER].port : NULL;
		if (port && value_is_good(port) && port->port != backend->address.port)
			r = diagnostics_add(diagnostics, DIAGNOSTIC_ADDRESS_MISMATCH,
					    &backend->address.place, &port->place,
					    "this backend is reached at port %u, and %s listens on "
					    "Server port %u",
					    backend->address.port, instance->file, port->port);
	}
	return r;
}
