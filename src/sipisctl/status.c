/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl status: what runs, on this machine or on others. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "installation/scan.h"
#include "sipisctl/command.h"
#include "sipisctl/running/health.h"
#include "sipisctl/running/jobs.h"
#include "sipisctl/running/systemd.h"
#include "sipisctl/show/assignment.h"
#include "sipisctl/show/instance-columns.h"
#include "util/escape.h"

/* What has no signal, memory and sockets, is looked at this often. */
#define WATCH_USEC (UINT64_C(2) * 1000 * 1000)

/* One change makes several signals. */
#define SETTLE_LOOKS 5
#define SETTLE_USEC  (UINT64_C(50) * 1000)

/* Behind the columns of `list`. */
enum { ACTIVE = CELL_COUNT, PID, MEMORY, SINCE, LISTENING, RESTARTS, REASON, HOST, COLUMN_COUNT };

static const struct table_column unit_columns[] = {
	[ACTIVE - CELL_COUNT] = {"ACTIVE",    "the state of its unit, as systemctl has it", 0           },
	[PID - CELL_COUNT] = {"PID",       "its main process",                           TABLE_NUMBER},
	[MEMORY - CELL_COUNT] = {"MEMORY",    "what its processes use",                     TABLE_NUMBER},
	[SINCE - CELL_COUNT] = {"SINCE",     "how long it is active",                      0           },
	[LISTENING - CELL_COUNT] = {"LISTENING", "whether its main process has its ports",     0           },
	[RESTARTS - CELL_COUNT] = {"RESTARTS",  "how often systemd had to restart it",        TABLE_NUMBER},
	[REASON - CELL_COUNT] = {"REASON",    "why it is refused, or how it failed",        TABLE_WRAP  },
	[HOST - CELL_COUNT] = {"HOST",      "the machine, with -H or -M",                 0           },
};

/* One look at everything. */
struct report {
	const struct options *options;
	struct table *table;
	bool all_run;
};

static void make_columns(const struct options *options, struct table_column columns[COLUMN_COUNT])
{
	static const enum cell extra[] = {CELL_REALM, CELL_PREFIXES, CELL_SETTINGS};

	memcpy(columns, cell_columns, sizeof(cell_columns));
	memcpy(columns + CELL_COUNT, unit_columns, sizeof(unit_columns));
	for (size_t i = 0; i < ELEMENTSOF(extra); i++)
		columns[extra[i]].flags |= TABLE_EXTRA;
	if (!options->n_targets)
		columns[HOST].flags |= TABLE_EXTRA;
}

/* --- what a unit does -------------------------------------------------------------------- */

static void append_size(struct strbuf *buf, uint64_t bytes)
{
	static const char units[] = "BKMGT";
	uint64_t tenths = bytes * 10;
	size_t unit = 0;

	for (; tenths >= 10240 && units[unit + 1]; unit++)
		tenths /= 1024;
	if (unit)
		strbuf_appendf(buf, "%llu.%llu%c", (unsigned long long)tenths / 10,
			       (unsigned long long)tenths % 10, units[unit]);
	else
		strbuf_appendf(buf, "%llu%c", (unsigned long long)bytes, units[unit]);
}

/* `3d 2h`, `2h 10min`, `45s`: the two largest parts say enough. */
static void append_duration(struct strbuf *buf, uint64_t seconds)
{
	static const struct {
		const char *word;
		uint64_t seconds;
	} parts[] = {
		{"d",   86400},
		{"h",   3600 },
		{"min", 60   },
		{"s",   1    },
	};
	unsigned shown = 0;

	for (size_t i = 0; i < ELEMENTSOF(parts) && shown < 2; i++) {
		if (seconds < parts[i].seconds && !(i + 1 == ELEMENTSOF(parts) && !shown))
			continue;
		strbuf_appendf(buf, "%s%llu%s", shown ? " " : "",
			       (unsigned long long)(seconds / parts[i].seconds), parts[i].word);
		seconds %= parts[i].seconds;
		shown++;
	}
}

/* A time for programs, how long ago for people. */
static void append_since(struct strbuf *buf, uint64_t usec, bool json)
{
	time_t then = (time_t)(usec / 1000000), now = time(NULL);
	char date[sizeof("2026-01-01T00:00:00Z")];
	struct tm tm;

	if (json && gmtime_r(&then, &tm)) {
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
		strbuf_append(buf, date);
	} else {
		append_duration(buf, now > then ? (uint64_t)(now - then) : 0);
	}
}

static void append_cell(struct strbuf *buf, size_t column, const struct unit_state *state,
			bool json)
{
	bool active = unit_text_is(state->active, "active");

	if (column == ACTIVE)
		strbuf_append(buf, unit_text_is(state->load, "not-found") ? state->load
				   : state->active                        ? state->active
									  : "");
	else if (column == PID && state->main_pid)
		strbuf_appendf(buf, "%d", state->main_pid);
	else if (column == MEMORY && active && state->memory != UNKNOWN_MEMORY && json)
		strbuf_appendf(buf, "%llu", (unsigned long long)state->memory);
	else if (column == MEMORY && active && state->memory != UNKNOWN_MEMORY)
		append_size(buf, state->memory);
	else if (column == SINCE && active && state->active_usec)
		append_since(buf, state->active_usec, json);
	else if (column == RESTARTS && state->load)
		strbuf_appendf(buf, "%u", state->restarts);
}

static int set_text(struct table *table, size_t column, struct strbuf *text)
{
	int r = strbuf_error(text);

	if (r == 0)
		r = table_set(table, column, text->length ? text->text : NULL);
	strbuf_done(text);
	return r;
}

static int set_unit(const struct report *report, const struct unit_state *state)
{
	static const size_t columns[] = {ACTIVE, PID, MEMORY, SINCE, RESTARTS};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTSOF(columns); i++) {
		struct strbuf text = STRBUF_INIT;

		append_cell(&text, columns[i], state, report->options->style.json);
		r = set_text(report->table, columns[i], &text);
	}
	/* The last run's, where systemd tries again. */
	if (r == 0 && !unit_text_is(state->active, "active") && state->result &&
	    !unit_text_is(state->result, "success"))
		r = table_setf(report->table, REASON, "failed: %s", state->result);
	return r;
}

/* --- this machine ------------------------------------------------------------------------ */

static int add_load_balancer(const struct report *report, const struct installation *installation,
			     struct systemd *systemd)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	int r = systemd_unit_state(systemd, "LoadBalancer2.service", &state);

	if (r < 0)
		return r;
	if (unit_text_is(state.load, "not-found") && !installation->has_load_balancer)
		return 0;
	r = table_add_row(report->table);
	if (r == 0)
		r = table_set(report->table, CELL_NAME, "LoadBalancer2");
	return r < 0 ? r : set_unit(report, &state);
}

/* Of the instance as it is: what `list` says, and whether it runs or is out all the same. */
static void append_state(struct strbuf *buf, const struct serving *serving)
{
	if (serving_is_masked(serving))
		strbuf_append(buf, "masked");
	else
		strbuf_append(buf, serving->instance->first_error ? "refused" : "ok");
	if ((serving_is_masked(serving) || serving->instance->first_error) && serving_runs(serving))
		strbuf_append(buf, " (running)");
}

static int add_instance(const struct report *report, const struct view *view, size_t i,
			const struct serving *serving)
{
	const struct cell_context context = {view, report->options->style.json};
	_cleanup_free_ char *listening = NULL;
	int r = table_add_row(report->table);

	for (size_t cell = 0; r == 0 && cell < CELL_COUNT; cell++) {
		struct strbuf text = STRBUF_INIT;

		if (cell == CELL_STATE)
			append_state(&text, serving);
		else
			cell_append(&text, (enum cell)cell, &context, &view->instances[i]);
		r = set_text(report->table, cell, &text);
	}
	if (r == 0)
		r = set_unit(report, &serving->state);
	if (r == 0)
		r = serving_listening_text(serving, &listening);
	if (r == 0)
		r = table_set(report->table, LISTENING, listening);
	if (r == 0 && serving->instance->first_error)
		r = table_set(report->table, REASON, serving->instance->first_error->text);
	return r;
}

static int add_instances(struct report *report, const struct view *view, struct serving *servings,
			 struct systemd *systemd)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < view->n_instances; i++)
		r = serving_init(&servings[i], view->instances[i].instance);
	if (r == 0)
		r = serving_look(servings, view->n_instances, systemd);
	for (size_t i = 0; r == 0 && i < view->n_instances; i++) {
		r = add_instance(report, view, i, &servings[i]);
		report->all_run &= serving_runs(&servings[i]) || serving_is_masked(&servings[i]);
	}
	return r;
}

static int report_view(struct report *report, const struct view *view, struct systemd *systemd)
{
	struct serving *servings = calloc(view->n_instances + 1, sizeof(*servings));
	int r;

	if (!servings)
		return -ENOMEM;
	r = add_load_balancer(report, view->installation, systemd);
	if (r == 0)
		r = add_instances(report, view, servings, systemd);
	for (size_t i = 0; i < view->n_instances; i++)
		serving_done(&servings[i]);
	free(servings);
	return r;
}

/* --- by units alone: other machines, and settings that the caller may not read ----------- */

/* What the generator writes: `SIPIS Sipis1 (port 14998, HTTP port 5000)`. */
static int set_described(const struct report *report, const char *description)
{
	static const char begin[] = "SIPIS ", port_words[] = " (port ";
	static const char refused_words[] = ".xml, refused: ";
	const char *refused, *open = NULL;
	unsigned port, http;
	struct strbuf text = STRBUF_INIT;
	int r, n;

	if (!description || strncmp(description, begin, strlen(begin)) != 0)
		return 0;
	description += strlen(begin);
	refused = strstr(description, refused_words);
	if (refused && !strncmp(description, "Settings", strlen("Settings"))) {
		r = table_set(report->table, CELL_STATE, "refused");
		escape_append(&text, refused + strlen(refused_words),
			      strlen(refused + strlen(refused_words)));
		return r < 0 ? r : set_text(report->table, REASON, &text);
	}
	for (const char *at = description; (at = strstr(at, port_words)); at++)
		open = at;
	n = open ? sscanf(open, " (port %u, HTTP port %u)", &port, &http) : 0;
	if (n < 1)
		return 0;
	escape_append(&text, description, (size_t)(open - description));
	r = set_text(report->table, CELL_NAME, &text);
	if (r == 0)
		r = table_set(report->table, CELL_STATE, "ok");
	if (r == 0)
		r = table_setf(report->table, CELL_PORT, "%u", port);
	return r < 0 || n < 2 ? r : table_setf(report->table, CELL_HTTP, "%u", http);
}

static int add_unit(struct report *report, const char *host, const char *unit,
		    struct systemd *systemd)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	const char *at = strchr(unit, '@');
	struct strbuf instance = STRBUF_INIT, shown = STRBUF_INIT;
	int r = systemd_unit_state(systemd, unit, &state);

	/* What others only want is loaded too. */
	if (r < 0 || (!at && unit_text_is(state.load, "not-found")))
		return r;
	r = table_add_row(report->table);
	if (r < 0)
		return r;
	escape_append(&shown, host, strlen(host));
	r = set_text(report->table, HOST, &shown);
	if (r == 0 && at) {
		escape_append(&instance, at + 1, strlen(at + 1) - strlen(".service"));
		r = set_text(report->table, CELL_INSTANCE, &instance);
	} else if (r == 0) {
		r = table_set(report->table, CELL_NAME, "LoadBalancer2");
	}
	if (r == 0)
		r = set_unit(report, &state);
	if (r == 0)
		r = set_described(report, at ? state.description : NULL);
	if (r == 0 && unit_text_is(state.load, "masked"))
		r = table_set(report->table, CELL_STATE, "masked");
	if (at)
		report->all_run &=
			unit_text_is(state.active, "active") || unit_text_is(state.load, "masked");
	return r;
}

static int report_units(struct report *report, const char *host, struct systemd *systemd)
{
	static const char *const patterns[] = {"LoadBalancer2.service", "sipis@*.service", NULL};
	_cleanup_(names_freep) char **names = NULL;
	bool any = false;
	int r = systemd_list_units(systemd, patterns, &names);

	if (r < 0)
		return r;
	sort_units(names);
	for (char **name = names; r == 0 && *name; name++) {
		any |= strchr(*name, '@') != NULL;
		r = add_unit(report, host, *name, systemd);
	}
	/* Where the umbrella is stopped, systemd forgets the instances. */
	report->all_run &= any;
	return r;
}

static int report_machine(struct report *report, struct systemd *systemd)
{
	_cleanup_(installation_done) struct installation installation = {};
	struct view view = {};
	int r = load_installation(&report->options->root, 0, &installation);

	if (r == -EACCES || (r == 0 && command_is_blind(&installation)))
		return report_units(report, "", systemd);
	if (r == 0)
		r = view_make(&installation, "", &view);
	if (r == 0)
		r = report_view(report, &view, systemd);
	view_done(&view);
	return r;
}

/* --- the command ------------------------------------------------------------------------- */

static const char *target_name(const struct systemd_target *target)
{
	return target->host ? target->host : target->container ? target->container : "this machine";
}

static int report_no_bus(const struct systemd_target *target, int error)
{
	const char *name = target_name(target);
	struct strbuf text = STRBUF_INIT;

	escape_append(&text, name, strlen(name));
	fprintf(stderr, "sipisctl: systemd of %s can't be asked: %s\n", text.text,
		strerrordesc_np(-error));
	strbuf_done(&text);
	return EXIT_FAILED;
}

/* Connections, one for each machine; the first there is is watched. */
struct connections {
	struct systemd *items[TARGETS_MAX]; /* NULL: it can't be reached, which has been said */
	struct systemd *first;
	size_t n;
	bool lost; /* one of them can't be reached */
};

static void connections_done(struct connections *connections)
{
	for (size_t i = 0; i < connections->n; i++)
		if (connections->items[i])
			systemd_close(connections->items[i]);
}

/* One machine that is down does not cost the others. EXIT_FAILED where all are. */
static int connect_all(const struct options *options, struct connections *connections)
{
	static const struct systemd_target own = {};

	connections->n = options->n_targets ? options->n_targets : 1;
	for (size_t i = 0; i < connections->n; i++) {
		const struct systemd_target *target =
			options->n_targets ? &options->targets[i] : &own;
		int r = systemd_open(target, &connections->items[i]);

		if (r < 0) {
			report_no_bus(target, r);
			connections->lost = true;
		} else if (!connections->first) {
			connections->first = connections->items[i];
		}
	}
	return connections->first ? EXIT_GOOD : EXIT_FAILED;
}

/* What was found is shown, whoever is lost on the way. 0 or -ENOMEM. */
static int look_at_targets(const struct options *options, struct connections *connections,
			   struct report *report)
{
	for (size_t i = 0; i < options->n_targets; i++) {
		const struct systemd_target *target = &options->targets[i];
		int r = connections->items[i]
				? report_units(report, target_name(target), connections->items[i])
				: 0;

		if (r == -ENOMEM)
			return r;
		if (r < 0) {
			report_no_bus(target, r);
			connections->lost = true;
		}
	}
	return 0;
}

/* One look, one table. EXIT_GOOD, EXIT_ERRORS where something does not run, EXIT_USAGE or _FAILED.
 */
static int look(const struct options *options, struct connections *connections)
{
	_cleanup_(table_freep) struct table *table = NULL;
	struct table_column columns[COLUMN_COUNT];
	struct report report = {.options = options, .all_run = true};
	int r;

	make_columns(options, columns);
	r = table_new("instances", columns, COLUMN_COUNT, &options->style, &table);
	if (r == -EINVAL)
		return EXIT_USAGE;
	report.table = table;
	if (r == 0 && !options->n_targets)
		r = report_machine(&report, connections->items[0]);
	if (r == 0)
		r = look_at_targets(options, connections, &report);
	if (r == 0 && options->watch && options->terminal)
		fputs("\033[H\033[2J", stdout);
	if (r == 0)
		r = table_print(table);
	if (r == 0 && options->watch && fflush(stdout) != 0)
		r = -errno;
	if (r < 0)
		return report_failure("status", r);
	return connections->lost ? EXIT_FAILED : report.all_run ? EXIT_GOOD : EXIT_ERRORS;
}

static void ignore_job(const char *unit _unused_, const char *result _unused_,
		       void *context _unused_)
{
}

static int watch(const struct options *options, struct connections *connections)
{
	_cleanup_(jobs_closep) struct jobs *jobs = NULL;
	int r = jobs_open(connections->first, ignore_job, NULL, &jobs), status;

	if (r < 0)
		return report_failure("status", r);
	do {
		status = look(options, connections);
		if (status == EXIT_USAGE || (status == EXIT_FAILED && !connections->lost))
			return status;
		if (!options->terminal)
			putchar('\n');
		r = jobs_watch(jobs, WATCH_USEC);
		/* What changes together is shown together. */
		for (unsigned i = 0; r == 0 && i < SETTLE_LOOKS; i++)
			r = jobs_watch(jobs, SETTLE_USEC);
	} while (r == 0);
	return report_failure("status", r);
}

int command_status(const struct options *options, int argc _unused_, char **argv _unused_)
{
	_cleanup_(connections_done) struct connections connections = {};
	int status;

	if (options->rooted)
		return report_usage("status is about machines that run: it takes no --root");
	status = connect_all(options, &connections);
	if (status != EXIT_GOOD)
		return status;
	return options->watch ? watch(options, &connections) : look(options, &connections);
}
