/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Checks of the generated units: whether systemd has what the generator would write now, and
 * whether instances run with units or settings of the past.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/host/checks.h"
#include "sipisctl/host/generated.h"
#include "sipisctl/running/process.h"
#include "util/digest.h"
#include "util/escape.h"

/* Return false if the instance is not compared: its file has an error, or its unit is masked. */
static bool is_compared(const struct host_instance *instance)
{
	return instance->is_checked && !instance->instance->first_error;
}

/* --- stale units --------------------------------------------------------------------------- */

bool host_needs_apply(const struct host *host)
{
	for (size_t i = 0; host->n_orphans && i < host->installation->n_instances; i++)
		if (host->instances[i].is_missing)
			return true;
	return false;
}

static const char *reload_remedy(bool needs_apply)
{
	return needs_apply ? "sipisctl apply" : "systemctl daemon-reload";
}

static int report_instance(const struct host *host, const struct host_instance *instance,
			   bool needs_apply)
{
	_cleanup_strbuf_ struct strbuf remedy = STRBUF_INIT;

	strbuf_append(&remedy, reload_remedy(needs_apply));
	if (!needs_apply)
		strbuf_appendf(&remedy, ", then systemctl %s sipis@%s",
			       instance->is_missing ? "start" : "restart",
			       instance->instance->name);
	if (strbuf_error(&remedy) < 0)
		return -ENOMEM;
	if (instance->is_missing)
		return host_add(
			host, DIAGNOSTIC_STALE_UNITS, instance->instance->source,
			"systemd has not read this file: %s is missing from " GENERATED_DIRECTORY
			": %s",
			instance->unit.text, remedy.text);
	return host_add(host, DIAGNOSTIC_STALE_UNITS, instance->instance->source,
			"systemd has not read these settings: %s in " GENERATED_DIRECTORY
			" is out of date: %s",
			instance->unit.text, remedy.text);
}

static int report_umbrella(const struct host *host, enum generated_difference difference,
			   bool needs_apply)
{
	return host_add(host, DIAGNOSTIC_STALE_UNITS, &host_confdir,
			"systemd has not read this directory: " UMBRELLA_UNIT
			" %s " GENERATED_DIRECTORY ": %s",
			difference == GENERATED_MISSING ? "is missing from" : "differs in",
			reload_remedy(needs_apply));
}

/* Return the instance of a unit, or NULL. */
static const struct host_instance *find_instance(const struct host *host, const char *unit)
{
	for (size_t i = 0; i < host->installation->n_instances; i++)
		if (host->instances[i].instance->valid_name &&
		    !strcmp(host->instances[i].unit.text, unit))
			return &host->instances[i];
	return NULL;
}

#define LEFTOVERS_SHOWN 5

/* Report units that the generator would not write now. */
static int report_leftovers(const struct host *host, const struct generated *generated,
			    bool needs_apply)
{
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < generated->n; i++) {
		const struct generated_unit *unit = &generated->units[i];
		const struct host_instance *instance;

		if (unit->difference != GENERATED_LEFTOVER)
			continue;
		instance = find_instance(host, unit->name);
		if (instance && !is_compared(instance))
			continue;
		if (n++ < LEFTOVERS_SHOWN)
			strbuf_appendf(&names, "%s%s", names.length ? ", " : "",
				       excerpt(unit->name).text);
	}
	if (!n)
		return 0;
	if (strbuf_error(&names))
		return -ENOMEM;
	return host_add(host, DIAGNOSTIC_STALE_UNITS, &host_confdir,
			"systemd still has units of files that were removed: %s%s: %s", names.text,
			n > LEFTOVERS_SHOWN ? ", ..." : "", reload_remedy(needs_apply));
}

/* Set is_stale and is_missing of all instances: the remedies depend on them. */
static void mark_stale_instances(const struct host *host, const struct generated *generated)
{
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		struct host_instance *instance = &host->instances[i];
		const struct generated_unit *unit;

		if (!is_compared(instance))
			continue;
		unit = generated_find(generated, instance->unit.text);
		instance->is_stale = unit && unit->difference != GENERATED_LEFTOVER;
		instance->is_missing = unit && unit->difference == GENERATED_MISSING;
	}
}

static int report_generated(const struct host *host, const struct generated *generated)
{
	const struct generated_unit *umbrella = generated_find(generated, UMBRELLA_UNIT);
	bool needs_apply;

	mark_stale_instances(host, generated);
	needs_apply = host_needs_apply(host);
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		int r;

		if (!host->instances[i].is_stale)
			continue;
		r = report_instance(host, &host->instances[i], needs_apply);
		if (r < 0)
			return r;
	}
	if (umbrella) {
		int r = report_umbrella(host, umbrella->difference, needs_apply);

		if (r < 0)
			return r;
	}
	return report_leftovers(host, generated, needs_apply);
}

static int report_masked(const struct host *host, const char *path)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;

	escape_append(&shown, path, strlen(path));
	return host_add(
		host, DIAGNOSTIC_STALE_UNITS, &host_confdir,
		"sipis-generator is masked by %s, so the units of all instances are missing "
		"after the next daemon-reload: remove that file, then systemctl "
		"daemon-reload",
		shown.text);
}

static int report_incomparable(const struct host *host, int error)
{
	return host_add(host, DIAGNOSTIC_STALE_UNITS, &host_confdir,
			"cannot compare " GENERATED_DIRECTORY
			" with what sipis-generator --dry-run "
			"prints: %s",
			error == -ETIMEDOUT ? "it did not end in time" : strerrordesc_np(-error));
}

/*
 * Compare, and if there is a difference, compare again after systemd has answered a question: while
 * it reloads, the directory is emptied and filled.
 */
static int compare_twice(const struct host *host, const char *generator,
			 struct generated *ret_generated)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	int r;

	r = generated_compare(generator, ret_generated);
	if (r < 0 || !ret_generated->n)
		return r;
	generated_done(ret_generated);
	r = systemd_unit_state(host->systemd, UMBRELLA_UNIT, &state);
	if (r < 0)
		return r;
	return generated_compare(generator, ret_generated);
}

int check_stale_units(const struct host *host)
{
	_cleanup_(generated_done) struct generated generated = {};
	char path[PATH_MAX];
	int r;

	if (host->systemd_error)
		return 0;
	switch (generator_find(path)) {
	case GENERATOR_MASKED:
		return report_masked(host, path);
	case GENERATOR_MISSING:
		return host_add(host, DIAGNOSTIC_STALE_UNITS, &host_confdir,
				"sipis-generator is not installed in " SYSTEM_GENERATOR_DIR
				", so systemd has no units for these settings");
	case GENERATOR_FOUND:
		break;
	}

	r = compare_twice(host, path, &generated);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return report_incomparable(host, r);
	return report_generated(host, &generated);
}

/* --- restarts ---------------------------------------------------------------------------- */

static int report_restart(const struct host *host, const struct host_instance *instance,
			  const char *what)
{
	return host_add(
		host, DIAGNOSTIC_RESTART_DUE, instance->instance->source,
		"%s was started before %s changed: %ssystemctl restart sipis@%s, which ends "
		"its calls",
		instance->unit.text, what,
		instance->state.need_daemon_reload ? "systemctl daemon-reload and " : "",
		instance->instance->name);
}

/*
 * Set *ret_old if the process was started with other settings than the file has now. Older units
 * give it no digest; and stale units are reported already.
 */
static int has_old_settings(const struct host_instance *instance, bool *ret_old)
{
	_cleanup_free_ char *digest = NULL;
	char now[DIGEST_LENGTH + 1];
	int r;

	*ret_old = false;
	if (instance->is_stale)
		return 0;
	r = process_environment(instance->state.main_pid, DIGEST_VARIABLE, &digest);
	if (r <= 0)
		return r == -ENOMEM ? r : 0;
	snprintf(now, sizeof(now), DIGEST_FORMAT, instance->instance->source->digest);
	*ret_old = strcmp(digest, now) != 0;
	return 0;
}

/* The files of a unit, and when each has changed. */
struct unit_files {
	const char **paths;
	struct file_facts *facts;
	size_t n;
};

static void unit_files_done(struct unit_files *files)
{
	free(files->paths);
	free(files->facts);
}

static size_t count_files(const struct host *host)
{
	size_t n = 0;

	for (size_t i = 0; i < host->installation->n_instances; i++) {
		char **drop_in = host->instances[i].state.drop_ins;

		for (n++; drop_in && *drop_in; drop_in++)
			n++;
	}
	return n;
}

static void list_files(const struct unit_state *state, struct unit_files *files)
{
	if (state->fragment && *state->fragment)
		files->paths[files->n++] = state->fragment;
	for (char **drop_in = state->drop_ins; drop_in && *drop_in; drop_in++)
		if (generated_unit_file_counts(*drop_in))
			files->paths[files->n++] = *drop_in;
}

static bool can_be_due(const struct host_instance *instance)
{
	return is_compared(instance) && instance->state.main_pid && instance->state.started_usec;
}

static int check_restart_of(const struct host *host, const struct host_instance *instance,
			    const struct unit_files *files, size_t first, size_t end)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;
	bool old;
	int r;

	for (size_t i = first; i < end; i++) {
		if (files->facts[i].error ||
		    files->facts[i].changed_usec <= instance->state.started_usec)
			continue;
		escape_append(&shown, files->paths[i], strlen(files->paths[i]));
		return strbuf_error(&shown) < 0 ? -ENOMEM
						: report_restart(host, instance, shown.text);
	}
	r = has_old_settings(instance, &old);
	return r < 0 || !old ? r : report_restart(host, instance, "these settings");
}

int check_restart_due(const struct host *host)
{
	size_t max = count_files(host) + 1, at = 0;
	_cleanup_(unit_files_done) struct unit_files files = {
		.paths = calloc(max, sizeof(*files.paths)),
		.facts = calloc(max, sizeof(*files.facts)),
	};
	int r;

	if (!files.paths || !files.facts)
		return -ENOMEM;
	for (size_t i = 0; i < host->installation->n_instances; i++)
		if (can_be_due(&host->instances[i]))
			list_files(&host->instances[i].state, &files);
	r = file_facts_ask(files.paths, files.facts, files.n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		struct unit_files own = {.paths = files.paths + at};

		if (!can_be_due(&host->instances[i]))
			continue;
		list_files(&host->instances[i].state, &own);
		r = check_restart_of(host, &host->instances[i], &files, at, at + own.n);
		if (r < 0)
			return r;
		at += own.n;
	}
	return 0;
}
