/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/installation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "installation/copies.h"

static void instance_done(struct instance *instance)
{
	source_free(instance->source);
	free(instance->name);
	free(instance->file);
}

void installation_done(struct installation *installation)
{
	diagnostics_done(&installation->diagnostics);

	for (size_t i = 0; i < installation->n_instances; i++)
		instance_done(&installation->instances[i]);
	free(installation->instances);
	free(installation->by_server_name);

	for (size_t i = 0; i < installation->n_ignored; i++)
		source_free(installation->ignored[i]);
	free(installation->ignored);

	load_balancer_done(&installation->load_balancer);
	source_free(installation->split_state_source);
	source_free(installation->load_balancer_source);

	*installation = (struct installation){};
}

static bool source_is_same(const struct source *a, const struct source *b)
{
	bool a_read = a && a->data, b_read = b && b->data;

	if (!a_read || !b_read)
		return a_read == b_read;

	return a->size == b->size && !memcmp(a->data, b->data, a->size);
}

bool installation_is_same(const struct installation *a, const struct installation *b)
{
	if (a->n_instances != b->n_instances)
		return false;

	for (size_t i = 0; i < a->n_instances; i++)
		if (strcmp(a->instances[i].file, b->instances[i].file) != 0 ||
		    !source_is_same(a->instances[i].source, b->instances[i].source))
			return false;

	return source_is_same(a->load_balancer_source, b->load_balancer_source);
}

size_t installation_count(const struct installation *installation)
{
	size_t count = 0;

	for (size_t i = 0; i < installation->n_instances; i++)
		count += installation->instances[i].valid_name;
	return count;
}

const struct instance *installation_find(const struct installation *installation, const char *name)
{
	for (size_t i = 0; i < installation->n_instances; i++)
		if (installation->instances[i].valid_name &&
		    !strcmp(installation->instances[i].name, name))
			return &installation->instances[i];
	return NULL;
}

static int server_names_compare(const void *a, const void *b)
{
	const struct instance *x = *(const struct instance *const *)a;
	const struct instance *y = *(const struct instance *const *)b;
	int r = strcmp(x->settings.name.text, y->settings.name.text);

	return r ? r : (x > y) - (x < y);
}

static int server_names_search(const void *key, const void *item)
{
	const struct instance *instance = *(const struct instance *const *)item;

	return strcmp(key, instance->settings.name.text);
}

const struct instance *installation_find_unnamed(const struct installation *installation)
{
	for (size_t i = 0; i < installation->n_instances; i++)
		if (installation->instances[i].valid_name &&
		    !value_is_good(&installation->instances[i].settings.name))
			return &installation->instances[i];
	return NULL;
}

const struct instance *installation_find_server(const struct installation *installation,
						const char *server_name)
{
	const struct instance **found = NULL;

	if (installation->n_server_names)
		found = bsearch(server_name, installation->by_server_name,
				installation->n_server_names, sizeof(*installation->by_server_name),
				server_names_search);
	return found ? *found : NULL;
}

/* Index the instances by Server[Name]; of equal names, keep the first claimant. */
static int installation_index_names(struct installation *installation)
{
	const struct instance **names;
	size_t n = 0, kept = 0;

	names = calloc(installation->n_instances + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;

	for (size_t i = 0; i < installation->n_instances; i++)
		if (value_is_good(&installation->instances[i].settings.name))
			names[n++] = &installation->instances[i];

	qsort(names, n, sizeof(*names), server_names_compare);
	for (size_t i = 0; i < n; i++)
		if (!kept ||
		    strcmp(names[kept - 1]->settings.name.text, names[i]->settings.name.text) != 0)
			names[kept++] = names[i];

	installation->by_server_name = names;
	installation->n_server_names = kept;
	return 0;
}

static bool installation_has_filter(const struct installation *installation)
{
	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct value *filter = &installation->instances[i].settings.filter;

		if (value_is_good(filter) && filter->yes)
			return true;
	}
	return false;
}

/* Return true if a backend has a name: that of an instance, or with `any`, any name. */
static bool installation_has_named_backend(const struct installation *installation, bool any)
{
	const struct load_balancer *lb = &installation->load_balancer;

	for (size_t i = 0; i < lb->n_backends; i++) {
		const char *name = backend_name(&lb->backends[i]);

		if (name && (any || installation_find_server(installation, name)))
			return true;
	}
	return false;
}

static bool installation_is_split(const struct installation *installation)
{
	size_t count = installation_count(installation);
	bool has_filter = installation_has_filter(installation);

	if (count >= 2)
		return has_filter || installation_has_named_backend(installation, false);
	return count == 1 && has_filter && installation_has_named_backend(installation, true);
}

int installation_index(struct installation *installation)
{
	int r;

	r = installation_index_names(installation);
	if (r < 0)
		return r;

	r = copies_mark(installation);
	if (r < 0)
		return r;

	installation->split = installation_is_split(installation);
	return 0;
}

/* Sources of settings files are numbered as the instances are. */
const struct instance *installation_at(const struct installation *installation,
				       const struct place *place)
{
	size_t i = place->source ? place->source->order : installation->n_instances;

	return i < installation->n_instances ? &installation->instances[i] : NULL;
}

void installation_set_first_errors(struct installation *installation)
{
	const struct diagnostics *diagnostics = &installation->diagnostics;

	for (size_t i = diagnostics->n; i > 0; i--) {
		const struct diagnostic *diagnostic = &diagnostics->items[i - 1];
		size_t at = diagnostic->place.source->order;

		if (at < installation->n_instances && diagnostic_refuses(diagnostic))
			installation->instances[at].first_error = diagnostic;
	}
}
