/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation.h"

#include <stdlib.h>
#include <string.h>

static void instance_done(struct instance *instance)
{
	settings_done(&instance->settings);
	if (instance->source)
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
	*installation = (struct installation){};
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

/* Sources of settings files are numbered as the instances are. */
const struct instance *installation_at(const struct installation *installation,
				       const struct place *place)
{
	size_t i = place->source ? place->source->order : installation->n_instances;

	return i < installation->n_instances ? &installation->instances[i] : NULL;
}

void installation_refuse(struct installation *installation)
{
	const struct diagnostics *diagnostics = &installation->diagnostics;

	for (size_t i = diagnostics->n; i > 0; i--) {
		const struct diagnostic *diagnostic = &diagnostics->items[i - 1];
		size_t at = diagnostic->place.source->order;

		if (at < installation->n_instances &&
		    diagnostic_severity(diagnostic) == SEVERITY_ERROR)
			installation->instances[at].first_error = diagnostic;
	}
}
