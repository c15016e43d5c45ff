/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/copies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A value with an error cannot clash, so a file with one is not a copy. */
static bool instance_has_unique_values(const struct instance *instance)
{
	const struct settings *settings = &instance->settings;
	const struct value *http_port = &settings->listeners[LISTENER_HTTP].port;

	if (!instance->parsed || !value_is_good(&settings->name) ||
	    !value_is_good(&settings->listeners[LISTENER_SERVER].port) || http_port->bad)
		return false;

	for (enum sink_kind kind = 0; kind < SINK_COUNT; kind++)
		if (settings->sinks[kind].path.bad)
			return false;
	return true;
}

/* Compare two optional texts; an absent one comes first. */
static int texts_compare(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int values_compare(const struct settings *a, const struct settings *b)
{
	int r;

	r = strcmp(a->name.text, b->name.text);
	if (r)
		return r;

	for (enum listener_kind kind = 0; kind < LISTENER_COUNT; kind++) {
		r = a->listeners[kind].port.port - b->listeners[kind].port.port;
		if (r)
			return r;
	}

	for (enum sink_kind kind = 0; kind < SINK_COUNT; kind++) {
		r = texts_compare(a->sinks[kind].path.text, b->sinks[kind].path.text);
		if (r)
			return r;
	}
	return 0;
}

static int candidates_compare(const void *a, const void *b)
{
	const struct instance *x = *(struct instance *const *)a, *y = *(struct instance *const *)b;
	int r = values_compare(&x->settings, &y->settings);

	return r ? r : (x > y) - (x < y);
}

/* Return true if each listener of one can meet that of the other. The ports are the same. */
static bool listeners_meet(const struct settings *a, const struct settings *b)
{
	for (enum listener_kind kind = 0; kind < LISTENER_COUNT; kind++)
		if (a->listeners[kind].port.text &&
		    !address_meets(&a->listeners[kind].address.address,
				   &b->listeners[kind].address.address))
			return false;
	return true;
}

int copies_mark(struct installation *installation)
{
	_cleanup_free_ struct instance **candidates = NULL;
	struct instance *first = NULL;
	size_t n = 0;

	candidates = calloc(installation->n_instances + 1, sizeof(*candidates));
	if (!candidates)
		return -ENOMEM;

	for (size_t i = 0; i < installation->n_instances; i++)
		if (instance_has_unique_values(&installation->instances[i]))
			candidates[n++] = &installation->instances[i];

	/* Copies of one file are a run, which begins with the earliest. */
	qsort(candidates, n, sizeof(*candidates), candidates_compare);
	for (size_t i = 0; i < n; i++)
		if (!first || values_compare(&first->settings, &candidates[i]->settings) != 0)
			first = candidates[i];
		else if (listeners_meet(&first->settings, &candidates[i]->settings))
			candidates[i]->copied_from = first;
	return 0;
}

int check_copies(const struct installation *installation, struct diagnostics *diagnostics)
{
	int r;

	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];
		struct place place, original;

		if (!instance->copied_from)
			continue;

		place = place_of_file(instance->source);
		original = place_of_file(instance->copied_from->source);
		r = diagnostics_add(diagnostics, DIAGNOSTIC_COPIED_SETTINGS, &place, &original,
				    "%s is a copy of %s: name, ports, lock and log are the same; "
				    "remove it, rename it so that it does not end in \".xml\", "
				    "or give it values of its own",
				    instance->file, instance->copied_from->file);
		if (r < 0)
			return r;
	}
	return 0;
}
