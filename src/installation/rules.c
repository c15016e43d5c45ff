/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/rules.h"

#include <string.h>

#include "installation/rules-backends.h"
#include "installation/rules-claims.h"
#include "installation/rules-selectors.h"
#include "installation/scan.h"
#include "util/escape.h"

static int add_left_to_default(const struct settings *settings, const struct place *element,
			       const char *label, struct diagnostics *diagnostics)
{
	return diagnostics_add(diagnostics, DIAGNOSTIC_LEFT_TO_DEFAULT,
			       settings_element_place(settings, element), NULL,
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

static int check_filters(const struct installation *installation, struct diagnostics *diagnostics)
{
	int r = 0;

	if (!installation->split)
		return 0;
	for (size_t i = 0; r >= 0 && i < installation->n_instances; i++) {
		const struct settings *settings = &installation->instances[i].settings;
		const struct place *server = &settings->listeners[LISTENER_SERVER].element;
		const struct value *filter = &settings->filter;

		if (!server->source || filter->bad || filter->yes)
			continue;
		r = diagnostics_add(
			diagnostics, DIAGNOSTIC_UNFILTERED_INSTANCE,
			filter->text ? &filter->place : server, NULL,
			"the load is split, and without "
			"FilterInstancesAccordingToLoadBalancer2BackendSection=\"Yes\" this "
			"instance takes every account");
	}
	return r;
}

static bool has_realm(const struct settings *settings)
{
	return settings->realm.text && settings->realm.text[0];
}

static int report_other_realm(const struct value *realm, const struct instance *first,
			      struct diagnostics *diagnostics)
{
	struct strbuf own = STRBUF_INIT, other = STRBUF_INIT;
	int r;

	escape_append_excerpt(&own, realm->text);
	escape_append_excerpt(&other, first->settings.realm.text);
	r = strbuf_error(&own) ? strbuf_error(&own) : strbuf_error(&other);
	if (r == 0)
		r = diagnostics_add(
			diagnostics, DIAGNOSTIC_REALM_DIFFERS, &realm->place,
			&first->settings.realm.place,
			"the realm \"%s\" differs from \"%s\" of %s: apps that know one "
			"can't log in to the other",
			own.text, other.text, first->file);
	strbuf_done(&own);
	strbuf_done(&other);
	return r;
}

static int warn_realms(const struct installation *installation, struct diagnostics *diagnostics)
{
	const struct instance *first = NULL;
	int r = 0;

	if (!installation->split)
		return 0;
	for (size_t i = 0; r >= 0 && i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];
		const struct settings *settings = &instance->settings;
		const struct place *server = &settings->listeners[LISTENER_SERVER].element;

		if (!server->source)
			continue;
		if (!has_realm(settings))
			r = diagnostics_add(diagnostics, DIAGNOSTIC_MISSING_REALM, server, NULL,
					    "the load is split, and without a Realm the Server "
					    "name is the realm: apps that know another one can't "
					    "log in");
		else if (!first)
			first = instance;
		else if (strcmp(settings->realm.text, first->settings.realm.text) != 0)
			r = report_other_realm(&settings->realm, first, diagnostics);
	}
	return r;
}

/* Every rule there is. */
static int (*const rules[])(const struct installation *, struct diagnostics *) = {
	claim_names,
	claim_ports,
	claim_paths,
	check_filters,
	check_instances_in_backend,
	warn_left_to_default,
	warn_leftover_default,
	warn_realms,
	check_load_balancer_exists,
	check_backend_names,
	check_backend_addresses,
	check_prefix_gap,
	check_shadows_and_overlaps,
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
