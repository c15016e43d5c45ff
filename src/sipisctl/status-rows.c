/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/status-rows.h"

#include <errno.h>
#include <string.h>

#include "installation/unit-names.h"
#include "sipisctl/command.h"
#include "sipisctl/host/generated.h"
#include "util/array.h"
#include "util/escape.h"

static void row_done(struct status_row *row)
{
	free(row->unit);
	unit_state_done(&row->own_state);
}

void status_done(struct status *status)
{
	for (size_t i = 0; i < status->n; i++)
		row_done(&status->rows[i]);
	free(status->rows);
	for (size_t i = 0; status->healths && i < status->assignment.n_instances; i++)
		health_done(&status->healths[i]);
	free(status->healths);
	assignment_done(&status->assignment);
	installation_done(&status->installation);
	*status = (struct status){};
}

/* Append a row that has no state yet. Returns NULL on OOM. */
static struct status_row *row_add(struct status *status, enum status_row_kind kind,
				  const char *host, const char *unit)
{
	struct status_row *row;

	if (ARRAY_RESERVE(status->rows, status->n, status->capacity) < 0)
		return NULL;
	row = &status->rows[status->n];
	*row = (struct status_row){.kind = kind, .host = host, .unit = strdup(unit)};
	if (!row->unit)
		return NULL;
	status->n++;
	return row;
}

/* --- by units alone ---------------------------------------------------------------------- */

/* Take name, ports or the refusal from the description that the generator has written. */
static void row_describe(struct status_row *row)
{
	static const char begin[] = "SIPIS Settings", refused[] = ".xml, refused: ";
	const char *description = row->own_state.description, *refusal;

	if (!description)
		return;
	row->is_described = description_parse(description, &row->description);
	if (row->is_described || strncmp(description, begin, strlen(begin)) != 0)
		return;
	refusal = strstr(description, refused);
	if (!refusal)
		return;
	row->is_refused = true;
	row->refusal = refusal + strlen(refused);
}

static bool is_load_balancer(const char *unit)
{
	return !strcmp(unit, LOAD_BALANCER_UNIT);
}

/*
 * Return true if the generator's drop-in of sipis.service is loaded: then that unit wants exactly
 * the instances that have settings. Without it, the generator is masked or not installed, and the
 * units are somebody else's.
 */
static bool wants_instances(const struct unit_state *umbrella)
{
	static const char generated[] =
		GENERATED_DIRECTORY "/" UMBRELLA_UNIT ".d/" GENERATED_DROP_IN;

	for (char **drop_in = umbrella->drop_ins; drop_in && *drop_in; drop_in++)
		if (!strcmp(*drop_in, generated))
			return true;
	return false;
}

/* Return the kind of the row of a unit. */
static enum status_row_kind unit_kind(const char *unit, const struct unit_state *umbrella)
{
	if (is_load_balancer(unit))
		return ROW_LOAD_BALANCER;
	return wants_instances(umbrella) && !unit_wants(umbrella, unit) ? ROW_ORPHAN : ROW_INSTANCE;
}

static int add_unit(struct status *status, const char *host, const char *unit,
		    enum status_row_kind kind, struct systemd *systemd)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	struct status_row *row;
	int r;

	r = systemd_unit_state(systemd, unit, &state);
	if (r < 0)
		return r;
	/* systemd also lists units that others only want. */
	if (kind == ROW_LOAD_BALANCER && unit_text_is(state.load, "not-found"))
		return 0;

	row = row_add(status, kind, host, unit);
	if (!row)
		return -ENOMEM;
	row->own_state = TAKE_STRUCT(state);
	if (row->kind == ROW_INSTANCE)
		row_describe(row);
	return 0;
}

/*
 * Add a row for each unit of this kind. systemd keeps units that have failed: those without a
 * settings file are left out, otherwise they would be reported until "systemctl reset-failed".
 */
static int add_units(struct status *status, const char *host, const struct unit_list *units,
		     const struct unit_state *umbrella, enum status_row_kind kind,
		     struct systemd *systemd)
{
	for (size_t i = 0; i < units->n; i++) {
		const struct listed_unit *unit = &units->items[i];
		int r;

		if (unit_kind(unit->name, umbrella) != kind ||
		    (kind == ROW_ORPHAN && !listed_unit_is_up(unit)))
			continue;
		r = add_unit(status, host, unit->name, kind, systemd);
		if (r < 0)
			return r;
	}
	return 0;
}

int status_read_units(struct status *status, const char *host, struct systemd *systemd)
{
	static const char *const patterns[] = {LOAD_BALANCER_UNIT, INSTANCE_UNITS, NULL};
	static const enum status_row_kind kinds[] = {ROW_LOAD_BALANCER, ROW_INSTANCE, ROW_ORPHAN};
	_cleanup_(unit_state_done) struct unit_state umbrella = {};
	_cleanup_(unit_list_done) struct unit_list units = {};
	size_t first = status->n;
	bool any = false;
	int r;

	r = systemd_unit_state(systemd, UMBRELLA_UNIT, &umbrella);
	if (r < 0)
		return r;
	r = systemd_list(systemd, patterns, &units);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
		r = add_units(status, host, &units, &umbrella, kinds[i], systemd);
		if (r < 0)
			return r;
	}

	for (size_t i = first; i < status->n; i++)
		any |= status->rows[i].kind == ROW_INSTANCE;
	/* If sipis.service is stopped, systemd has unloaded the instances. */
	status->lacks_instances |= !any;
	return 0;
}

/* --- this machine ------------------------------------------------------------------------ */

static int add_load_balancer(struct status *status, struct systemd *systemd)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	struct status_row *row;
	int r;

	r = systemd_unit_state(systemd, LOAD_BALANCER_UNIT, &state);
	if (r < 0)
		return r;
	if (unit_text_is(state.load, "not-found") && !status->installation.has_load_balancer)
		return 0;
	row = row_add(status, ROW_LOAD_BALANCER, NULL, LOAD_BALANCER_UNIT);
	if (!row)
		return -ENOMEM;
	row->own_state = TAKE_STRUCT(state);
	return 0;
}

static int add_instances(struct status *status, struct systemd *systemd)
{
	const struct assignment *assignment = &status->assignment;
	int r;

	status->healths = calloc(assignment->n_instances + 1, sizeof(*status->healths));
	if (!status->healths)
		return -ENOMEM;
	for (size_t i = 0; i < assignment->n_instances; i++)
		health_init(&status->healths[i], assignment->instances[i].instance);
	r = health_update(status->healths, assignment->n_instances, systemd);
	if (r < 0)
		return r;

	for (size_t i = 0; i < assignment->n_instances; i++) {
		struct status_row *row =
			row_add(status, ROW_INSTANCE, NULL, status->healths[i].unit.text);

		if (!row)
			return -ENOMEM;
		row->assigned = &assignment->instances[i];
		row->health = &status->healths[i];
	}
	status->lacks_instances |= !assignment->n_instances;
	return 0;
}

static bool has_settings(const struct status *status, const char *unit)
{
	for (size_t i = 0; i < status->assignment.n_instances; i++)
		if (!strcmp(status->healths[i].unit.text, unit))
			return true;
	return false;
}

/* Add what runs without a settings file: it was removed, or somebody started the unit by hand. */
static int add_orphans(struct status *status, struct systemd *systemd)
{
	static const char *const patterns[] = {INSTANCE_UNITS, NULL};
	_cleanup_(unit_list_done) struct unit_list units = {};
	int r;

	r = systemd_list(systemd, patterns, &units);
	if (r < 0)
		return r;
	for (size_t i = 0; i < units.n; i++) {
		const char *unit = units.items[i].name;
		struct status_row *row;

		if (!listed_unit_is_up(&units.items[i]) || has_settings(status, unit))
			continue;
		row = row_add(status, ROW_ORPHAN, NULL, unit);
		if (!row)
			return -ENOMEM;
		r = systemd_unit_state(systemd, unit, &row->own_state);
		if (r < 0)
			return r;
	}
	return 0;
}

int status_read(struct status *status, const struct root *root, enum load_flags flags,
		struct systemd *systemd)
{
	int r;

	r = load_installation(root, flags, &status->installation);
	if (r == -EACCES || (r == 0 && installation_has_unreadable(&status->installation)))
		return status_read_units(status, NULL, systemd);
	if (r < 0) {
		status->settings_error = r;
		return r;
	}
	r = assignment_make(&status->installation, "", &status->assignment);
	if (r < 0)
		return r;
	status->settings_known = true;

	r = add_load_balancer(status, systemd);
	if (r < 0)
		return r;
	r = add_instances(status, systemd);
	if (r < 0)
		return r;
	return add_orphans(status, systemd);
}

/* --- rows -------------------------------------------------------------------------------- */

/* Return the name between `sipis@` and `.service`, as far as a unit of this name has one. */
static const char *row_instance(const struct status_row *row, size_t *ret_length)
{
	const char *at = strchr(row->unit, '@'), *name = at ? at + 1 : row->unit;
	size_t length = strlen(name), suffix = strlen(UNIT_SUFFIX);

	if (length > suffix && !strcmp(name + length - suffix, UNIT_SUFFIX))
		length -= suffix;
	*ret_length = length;
	return name;
}

void status_row_append_instance(struct strbuf *buf, const struct status_row *row)
{
	size_t length;
	const char *name = row_instance(row, &length);

	escape_append(buf, name, length);
}

const char *status_row_refusal(const struct status_row *row)
{
	if (!row->assigned)
		return row->refusal;
	return row->assigned->instance->first_error ? row->assigned->instance->first_error->text
						    : NULL;
}

static bool row_is_named(const struct status_row *row, const char *word)
{
	const struct instance_name other = command_instance_name(word);
	size_t length;
	const char *name = row_instance(row, &length);

	if (row->kind == ROW_LOAD_BALANCER)
		return false;
	return (strlen(word) == length && !memcmp(word, name, length)) ||
	       (strlen(other.text) == length && !memcmp(other.text, name, length));
}

static bool row_is_named_by_any(const struct status_row *row, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (row_is_named(row, argv[i]))
			return true;
	return false;
}

static bool word_names_any(const char *word, const struct status *status)
{
	for (size_t i = 0; i < status->n; i++)
		if (row_is_named(&status->rows[i], word))
			return true;
	return false;
}

const char *status_select(struct status *status, int argc, char **argv)
{
	size_t kept = 0;

	if (!argc)
		return NULL;
	for (int i = 0; i < argc; i++)
		if (!word_names_any(argv[i], status))
			return argv[i];

	for (size_t i = 0; i < status->n; i++)
		if (row_is_named_by_any(&status->rows[i], argc, argv))
			status->rows[kept++] = status->rows[i];
		else
			row_done(&status->rows[i]);
	status->n = kept;
	status->lacks_instances = false;
	return NULL;
}

bool status_is_good(const struct status *status)
{
	if (status->lacks_instances)
		return false;
	for (size_t i = 0; i < status->n; i++) {
		const struct status_row *row = &status->rows[i];

		if (row->kind == ROW_ORPHAN)
			return false;
		if (row->kind == ROW_LOAD_BALANCER &&
		    unit_text_is(status_row_state(row)->load, "not-found"))
			continue;
		if (row->kind == ROW_INSTANCE && status_row_is_masked(row))
			continue;
		if (!status_row_runs(row))
			return false;
	}
	return true;
}
