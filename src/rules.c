/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

#include <string.h>

#include "claims.h"
#include "scan.h"

static int add_left_to_default(const struct settings *settings, const struct place *element,
			       const char *label, struct diagnostics *diagnostics)
{
	struct place place = settings_element_place(settings, element);

	return diagnostics_add(diagnostics, DIAGNOSTIC_LEFT_TO_DEFAULT, &place, NULL,
			       "%s is left to SIPIS's own default, which is unknown here", label);
}

static int warn_left_to_default(const struct installation *installation,
				struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct settings *settings = &installation->instances[i].settings;
		const struct {
			const struct value *value;
			const struct place *element;
			const char *label;
		} rows[] = {
			{&settings->listeners[LISTENER_HTTP].port,
			 &settings->listeners[LISTENER_HTTP].element,                                   "HttpServer[Port]"},
			{&settings->sinks[SINK_LOCK].path,         &settings->sinks[SINK_LOCK].element,
			 "Lock[FileName]"										 },
			{&settings->sinks[SINK_LOG].path,          &settings->sinks[SINK_LOG].element,
			 "Log[FileName]"										  },
		};

		for (size_t row = 0; installation->instances[i].parsed && row < ELEMENTSOF(rows);
		     row++) {
			int r = 0;

			if (!rows[row].value->text)
				r = add_left_to_default(settings, rows[row].element,
							rows[row].label, diagnostics);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int warn_leftover_default(const struct installation *installation,
				 struct diagnostics *diagnostics)
{
	const struct instance *instance = installation_find(installation, INSTANCE_DEFAULT);
	struct place place;

	if (!instance || installation->n_instances < 2)
		return 0;
	place = place_of_file(instance->source);
	return diagnostics_add(diagnostics, DIAGNOSTIC_LEFTOVER_DEFAULT, &place, NULL,
			       "%s stands beside other settings files and is an instance too: "
			       "left over from before the split?",
			       instance->file);
}

/* Every rule there is. */
static int (*const rules[])(const struct installation *, struct diagnostics *) = {
	claim_names, claim_ports, claim_paths, warn_left_to_default, warn_leftover_default,
};

int rules_apply(const struct installation *installation, struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
		int r = rules[i](installation, diagnostics);

		if (r < 0)
			return r;
	}
	return 0;
}
