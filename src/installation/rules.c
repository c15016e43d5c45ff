/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/rules.h"

#include <string.h>

#include "document/near-markup.h"
#include "installation/copies.h"
#include "installation/rules-backends.h"
#include "installation/rules-claims.h"
#include "installation/rules-selectors.h"
#include "installation/scan.h"
#include "installation/sink-directory.h"
#include "util/escape.h"

static int warn_default(const struct settings *settings, const struct place *element,
			const char *element_name, const char *attribute,
			struct diagnostics *diagnostics)
{
	const struct place *place = settings_element_place(settings, element);
	struct near_hint near =
		element->source ? near_attribute(place, attribute)
				: near_child(place->source, &settings_grammar, element_name);

	return diagnostics_add(diagnostics, DIAGNOSTIC_LEFT_TO_DEFAULT, place, NULL,
			       "%s[%s] is missing%s", element_name, attribute,
			       near.text[0] ? near.text
					    : ", and the default of SIPIS is unknown here: set it");
}

static int warn_defaults(const struct settings *settings, struct diagnostics *diagnostics)
{
	static const char *const sink_elements[SINK_COUNT] = {
		[SINK_LOCK] = "Lock",
		[SINK_LOG] = "Log",
	};
	const struct listener *http = &settings->listeners[LISTENER_HTTP];
	int r;

	if (!http->port.text) {
		r = warn_default(settings, &http->element, "HttpServer", "Port", diagnostics);
		if (r < 0)
			return r;
	}

	for (enum sink_kind kind = 0; kind < SINK_COUNT; kind++) {
		const struct sink *sink = &settings->sinks[kind];

		if (sink->path.text)
			continue;
		r = warn_default(settings, &sink->element, sink_elements[kind], "FileName",
				 diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_defaults(const struct installation *installation, struct diagnostics *diagnostics)
{
	int r;

	for (size_t i = 0; i < installation->n_instances; i++) {
		if (!installation->instances[i].parsed)
			continue;
		r = warn_defaults(&installation->instances[i].settings, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_leftover(const struct installation *installation, struct diagnostics *diagnostics)
{
	const struct instance *instance = installation_find(installation, INSTANCE_DEFAULT);
	struct place place;

	if (!instance || installation->n_instances < 2)
		return 0;

	place = place_of_file(instance->source);
	return diagnostics_add(diagnostics, DIAGNOSTIC_LEFTOVER_DEFAULT, &place, NULL,
			       "%s is beside other settings files, and is an instance too: if the "
			       "others replaced it in a split, move it out of this directory",
			       instance->file);
}

static int check_ignored(const struct installation *installation, struct diagnostics *diagnostics)
{
	int r;

	for (size_t i = 0; i < installation->n_ignored; i++) {
		struct place place = place_of_file(installation->ignored[i]);

		r = diagnostics_add(diagnostics, DIAGNOSTIC_IGNORED_FILE, &place, NULL,
				    "this file is not read: the name of a settings file begins "
				    "with \"Settings\" and ends in \".xml\" (case matters); "
				    "if it is an instance, rename it to a name that no file has");
		if (r < 0)
			return r;
	}
	return 0;
}

static bool value_is_stream(const struct value *value)
{
	return value_is_good(value) && sink_is_stream(value->text);
}

/* Under systemd, standard output is a socket, and the files of other processes are out of reach. */
static int check_log(const struct instance *instance, struct diagnostics *diagnostics)
{
	const struct value *log = &instance->settings.sinks[SINK_LOG].path;
	const struct value *instance_log = &instance->settings.instance_log;
	bool has_number = strcmp(instance->name, INSTANCE_DEFAULT) != 0;
	int r;

	if (value_is_stream(log)) {
		r = diagnostics_add(diagnostics, DIAGNOSTIC_UNOPENABLE_LOG, &log->place, NULL,
				    "SIPIS cannot open \"%s\" under systemd: set "
				    "FileName=\"" LOGS_DIRECTORY "/sipis%s.log\", or "
				    "FileName=\"/dev/null\" and Stdio=\"Stdout\" to log to the "
				    "journal",
				    excerpt(log->text).text, has_number ? instance->name : "");
		if (r < 0)
			return r;
	}

	if (!value_is_stream(instance_log))
		return 0;
	return diagnostics_add(diagnostics, DIAGNOSTIC_UNOPENABLE_LOG, &instance_log->place, NULL,
			       "SIPIS cannot open \"%s\" under systemd: set "
			       "InstanceFileName=\"/dev/null\", or the path of a file",
			       excerpt(instance_log->text).text);
}

static int check_logs(const struct installation *installation, struct diagnostics *diagnostics)
{
	int r;

	for (size_t i = 0; i < installation->n_instances; i++) {
		r = check_log(&installation->instances[i], diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

static int report_unfiltered(const struct settings *settings, struct diagnostics *diagnostics)
{
	static const char attribute[] = "FilterInstancesAccordingToLoadBalancer2BackendSection";
	const struct place *server = &settings->listeners[LISTENER_SERVER].element;
	struct near_hint near = near_attribute(server, attribute);

	if (near.text[0] && !settings->filter.text)
		return diagnostics_add(diagnostics, DIAGNOSTIC_UNFILTERED_INSTANCE, server, NULL,
				       "the load is split, but this instance takes every account%s",
				       near.text);
	return diagnostics_add(diagnostics, DIAGNOSTIC_UNFILTERED_INSTANCE,
			       settings->filter.text ? &settings->filter.place : server, NULL,
			       "the load is split, but this instance takes every account: set "
			       "%s=\"Yes\"",
			       attribute);
}

static int check_filters(const struct installation *installation, struct diagnostics *diagnostics)
{
	int r;

	if (!installation->split)
		return 0;

	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct settings *settings = &installation->instances[i].settings;

		if (!settings->listeners[LISTENER_SERVER].element.source || settings->filter.bad ||
		    settings->filter.yes)
			continue;
		r = report_unfiltered(settings, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Compare the realm of an instance with that of the first instance that has one. */
static int check_realm(const struct instance *instance, const struct instance **first,
		       struct diagnostics *diagnostics)
{
	const struct settings *settings = &instance->settings;
	const struct place *server = &settings->listeners[LISTENER_SERVER].element;
	const struct value *realm = &settings->realm;

	if (!server->source)
		return 0;

	if (!realm->text || !realm->text[0])
		return diagnostics_add(diagnostics, DIAGNOSTIC_MISSING_REALM, server, NULL,
				       "the load is split, and without a Realm the Server name is "
				       "the realm: apps that know another one cannot log in; set "
				       "the same Realm in every settings file");

	if (!*first)
		*first = instance;
	if (!strcmp(realm->text, (*first)->settings.realm.text))
		return 0;

	return diagnostics_add(diagnostics, DIAGNOSTIC_REALM_DIFFERS, &realm->place,
			       &(*first)->settings.realm.place,
			       "the realm \"%s\" differs from \"%s\" of %s: apps that know one "
			       "cannot log in to the other; set the same Realm in every settings "
			       "file",
			       excerpt(realm->text).text,
			       excerpt((*first)->settings.realm.text).text, (*first)->file);
}

static int check_realms(const struct installation *installation, struct diagnostics *diagnostics)
{
	const struct instance *first = NULL;
	int r;

	if (!installation->split)
		return 0;

	for (size_t i = 0; i < installation->n_instances; i++) {
		r = check_realm(&installation->instances[i], &first, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}

struct rule {
	const char *name;
	int (*check)(const struct installation *installation, struct diagnostics *diagnostics);
};

static const struct rule rules[] = {
	{.name = "copies", .check = check_copies},
	{.name = "names", .check = check_names},
	{.name = "ports", .check = check_ports},
	{.name = "paths", .check = check_paths},
	{.name = "filters", .check = check_filters},
	{.name = "instances in backend", .check = check_instances_in_backend},
	{.name = "defaults", .check = check_defaults},
	{.name = "logs", .check = check_logs},
	{.name = "leftover", .check = check_leftover},
	{.name = "ignored files", .check = check_ignored},
	{.name = "realms", .check = check_realms},
	{.name = "load balancer exists", .check = check_load_balancer_exists},
	{.name = "dangling backends", .check = check_dangling_backends},
	{.name = "unnamed backends", .check = check_unnamed_backends},
	{.name = "ports of addresses", .check = check_address_ports},
	{.name = "duplicate addresses", .check = check_duplicate_addresses},
	{.name = "prefix gap", .check = check_prefix_gap},
	{.name = "shadows and overlaps", .check = check_shadows_and_overlaps},
};

int rules_apply(const struct installation *installation, struct diagnostics *diagnostics)
{
	int r;

	for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
		r = rules[i].check(installation, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}
