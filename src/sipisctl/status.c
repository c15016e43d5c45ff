/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl status: show what runs, on this machine or on others. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sipisctl/command.h"
#include "sipisctl/host/host.h"
#include "sipisctl/monitoring.h"
#include "sipisctl/running/jobs.h"
#include "sipisctl/running/loop.h"
#include "sipisctl/running/systemd.h"
#include "sipisctl/show/instance-columns.h"
#include "sipisctl/status-rows.h"
#include "util/escape.h"

/* How often to look at memory and sockets, which send no signals. */
#define WATCH_USEC (2 * USEC_PER_SEC)

/* One change makes several signals: take up to SETTLE_LOOKS more, each within SETTLE_USEC. */
#define SETTLE_LOOKS 5
#define SETTLE_USEC  (50 * USEC_PER_MSEC)

/* After the columns of `list`. */
enum { ACTIVE = CELL_COUNT, PID, MEMORY, SINCE, LISTENING, RESTARTS, REASON, HOST, COLUMN_COUNT };

static const struct table_column unit_columns[] = {
	[ACTIVE - CELL_COUNT] = {.name = "ACTIVE"},
	[PID - CELL_COUNT] = {.name = "PID", .flags = TABLE_NUMBER, .drop = 5},
	[MEMORY - CELL_COUNT] = {.name = "MEMORY", .flags = TABLE_NUMBER, .drop = 4},
	[SINCE - CELL_COUNT] = {.name = "SINCE", .drop = 6},
	[LISTENING - CELL_COUNT] = {.name = "LISTENING"},
	[RESTARTS - CELL_COUNT] = {.name = "RESTARTS", .flags = TABLE_NUMBER, .drop = 3},
	[REASON - CELL_COUNT] = {.name = "REASON", .flags = TABLE_FOLD, .drop = 9},
	[HOST - CELL_COUNT] = {.name = "HOST"},
};

static void make_columns(const struct options *options, struct table_column columns[COLUMN_COUNT])
{
	static const enum instance_column extra[] = {CELL_REALM, CELL_PREFIXES, CELL_SETTINGS};

	memcpy(columns, instance_columns, sizeof(instance_columns));
	memcpy(columns + CELL_COUNT, unit_columns, sizeof(unit_columns));
	for (size_t i = 0; i < ELEMENTSOF(extra); i++)
		columns[extra[i]].flags |= TABLE_EXTRA;
	if (!options->n_targets)
		columns[HOST].flags |= TABLE_EXTRA;
}

/* --- cells ------------------------------------------------------------------------------- */

struct cell_context {
	const struct status *status;
	bool json;
};

/* The table escapes what it shows, which may come from another machine. */
static void append_text(struct strbuf *buf, const char *text)
{
	if (text)
		strbuf_append(buf, text);
}

/* `12.5M`: in units of 1024, rounded down. */
static void append_size(struct strbuf *buf, uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	unsigned unit = 0, rest = 0;

	for (; bytes >= 1024; unit++) {
		rest = (unsigned)(bytes % 1024);
		bytes /= 1024;
	}
	if (unit)
		strbuf_appendf(buf, "%u.%u%c", (unsigned)bytes, rest * 10 / 1024, units[unit]);
	else
		strbuf_appendf(buf, "%uB", (unsigned)bytes);
}

/* `3d 2h`, `2h 10min`, `45s`: the two largest units. */
static void append_duration(struct strbuf *buf, uint64_t seconds)
{
	static const struct {
		const char *word;
		uint64_t seconds;
	} parts[] = {
		{.word = "d", .seconds = 86400},
		{.word = "h", .seconds = 3600},
		{.word = "min", .seconds = 60},
		{.word = "s", .seconds = 1},
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

/* Programs get a time, people a duration. */
static void append_since(struct strbuf *buf, uint64_t usec, bool json)
{
	time_t then = (time_t)(usec / USEC_PER_SEC), now = time(NULL);
	char date[sizeof("2026-01-01T00:00:00Z")];
	struct tm tm;

	if (!json) {
		append_duration(buf, now > then ? (uint64_t)(now - then) : 0);
		return;
	}
	/* 0: a year of five digits, which only a broken machine reports. */
	if (gmtime_r(&then, &tm) && strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm))
		strbuf_append(buf, date);
}

/* Append the state of the instance: settings or mask, and whether it runs all the same. */
static void append_state(struct strbuf *buf, const struct status_row *row)
{
	bool refused =
		row->assigned ? row->assigned->instance->first_error != NULL : row->is_refused;
	bool stopped = refused || status_row_is_masked(row);

	if (row->kind == ROW_ORPHAN)
		strbuf_append(buf, "no settings");
	else if (status_row_is_masked(row))
		strbuf_append(buf, "masked");
	else if (refused)
		strbuf_append(buf, "refused");
	else if (row->assigned || row->is_described)
		strbuf_append(buf, "ok");

	/* On another machine the column ACTIVE says so. */
	if (status_row_runs(row) && (row->kind == ROW_ORPHAN || (row->assigned && stopped)))
		strbuf_append(buf, " (running)");
}

/* Append a cell of an instance of which only the unit is known, or of LoadBalancer2. */
static void append_described(struct strbuf *buf, size_t column, const struct status_row *row)
{
	if (column == CELL_NAME && row->kind == ROW_LOAD_BALANCER)
		strbuf_append(buf, "LoadBalancer2");
	else if (row->kind == ROW_LOAD_BALANCER)
		return;
	else if (column == CELL_INSTANCE)
		status_row_append_instance(buf, row);
	else if (column == CELL_NAME && row->is_described)
		append_text(buf, row->description.name.text);
	else if (column == CELL_PORT && row->is_described)
		strbuf_appendf(buf, "%u", row->description.port);
	else if (column == CELL_HTTP && row->is_described && row->description.http_port)
		strbuf_appendf(buf, "%u", row->description.http_port);
}

/* Append a cell of the columns of `list`, of which instance_columns_set() sets all but the state.
 */
static void append_settings_cell(struct strbuf *buf, size_t column, const struct status_row *row)
{
	if (column == CELL_STATE && row->kind != ROW_LOAD_BALANCER)
		append_state(buf, row);
	else if (!row->assigned)
		append_described(buf, column, row);
}

static void append_reason(struct strbuf *buf, const struct status_row *row)
{
	const struct unit_state *state = status_row_state(row);
	const char *refusal = status_row_refusal(row);

	if (refusal) {
		strbuf_append(buf, refusal);
	} else if (!status_row_runs(row) && state->result &&
		   !unit_text_is(state->result, "success")) {
		/* Of the last run, if systemd is going to try again. */
		strbuf_append(buf, "failed: ");
		append_text(buf, state->result);
	}
}

static int append_listening(struct strbuf *buf, const struct status_row *row)
{
	_cleanup_free_ char *listening = NULL;
	int r;

	if (!row->health)
		return 0;
	r = health_listening_text(row->health, &listening);
	if (r < 0)
		return r;
	append_text(buf, listening);
	return 0;
}

static int append_unit_cell(struct strbuf *buf, size_t column, const struct status_row *row,
			    const struct cell_context *context)
{
	const struct unit_state *state = status_row_state(row);
	bool active = status_row_runs(row);

	switch (column) {
	case ACTIVE:
		append_text(buf, unit_text_is(state->load, "not-found") ? state->load
				 : unit_is_frozen(state)                ? "frozen"
									: state->active);
		break;
	case PID:
		if (state->main_pid)
			strbuf_appendf(buf, "%d", state->main_pid);
		break;
	case MEMORY:
		if (!active || state->memory == UNKNOWN_MEMORY)
			break;
		if (context->json)
			strbuf_appendf(buf, "%llu", (unsigned long long)state->memory);
		else
			append_size(buf, state->memory);
		break;
	case SINCE:
		if (active && state->active_usec)
			append_since(buf, state->active_usec, context->json);
		break;
	case LISTENING:
		return append_listening(buf, row);
	case RESTARTS:
		if (state->load)
			strbuf_appendf(buf, "%u", state->restarts);
		break;
	case REASON:
		append_reason(buf, row);
		break;
	case HOST:
		append_text(buf, row->host);
		break;
	}
	return 0;
}

static int table_add_status_row(struct table *table, const struct status_row *row,
				const struct cell_context *context)
{
	int r;

	r = table_add_row(table);
	if (r >= 0 && row->assigned)
		r = instance_columns_set(table, &context->status->assignment, row->assigned);
	for (size_t column = 0; r >= 0 && column < COLUMN_COUNT; column++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

		if (column < CELL_COUNT)
			append_settings_cell(&text, column, row);
		else
			r = append_unit_cell(&text, column, row, context);
		if (r >= 0)
			r = strbuf_error(&text);
		if (r >= 0 && text.length)
			r = table_set(table, column, text.text);
	}
	return r;
}

/* --- machines ---------------------------------------------------------------------------- */

static const char *target_name(const struct systemd_target *target)
{
	return target->host ? target->host : target->container ? target->container : "this machine";
}

/* Connections to the machines; --watch gets its signals from the first one. */
struct connections {
	struct systemd *items[TARGETS_MAX]; /* NULL: cannot be asked, which was reported */
	struct systemd *first;
	size_t n;
	bool lost;            /* one of them cannot be asked */
	struct strbuf reason; /* why the last one cannot */
};

#define CONNECTIONS_INIT               \
	{                              \
		.reason = STRBUF_INIT, \
	}

/* Note and report why a machine cannot be shown: `words` and `name`. */
static void connections_lose(struct connections *connections, const char *words, const char *name,
			     int error)
{
	connections->lost = true;
	strbuf_truncate(&connections->reason, 0);
	strbuf_append(&connections->reason, words);
	escape_append(&connections->reason, name, strlen(name));
	strbuf_appendf(&connections->reason, ": %s", strerrordesc_np(-error));
	fprintf(stderr, "sipisctl: %s\n", strbuf_shown(&connections->reason));
}

static void connections_lose_target(struct connections *connections,
				    const struct systemd_target *target, int error)
{
	connections_lose(connections, "cannot query systemd of ", target_name(target), error);
}

static void connections_done(struct connections *connections)
{
	strbuf_done(&connections->reason);
	for (size_t i = 0; i < connections->n; i++)
		if (connections->items[i])
			systemd_close(connections->items[i]);
}

/* Connect to all machines, and show those that answer. Return EXIT_FAILED if none does. */
static int connections_open(const struct options *options, struct connections *connections)
{
	static const struct systemd_target own = {};

	connections->n = options->n_targets ? options->n_targets : 1;
	for (size_t i = 0; i < connections->n; i++) {
		const struct systemd_target *target =
			options->n_targets ? &options->targets[i] : &own;
		int r;

		r = options->n_targets ? systemd_open(target, &connections->items[i])
				       : systemd_open_until(now_usec() + RECONNECT_USEC,
							    &connections->items[i]);
		if (r < 0) {
			connections_lose_target(connections, target, r);
		} else if (!connections->first) {
			connections->first = connections->items[i];
		}
	}
	return connections->first ? EXIT_GOOD : EXIT_FAILED;
}

/* Read the other machines; one that is lost does not hide the rest. Returns 0 or -ENOMEM. */
static int read_targets(const struct options *options, struct connections *connections,
			struct status *status)
{
	for (size_t i = 0; i < options->n_targets; i++) {
		const struct systemd_target *target = &options->targets[i];
		int r;

		if (!connections->items[i])
			continue;
		r = status_read_units(status, target_name(target), connections->items[i]);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			connections_lose_target(connections, target, r);
	}
	return 0;
}

static int read_status(const struct options *options, struct connections *connections,
		       struct status *status)
{
	static const struct systemd_target own = {};
	int r;

	if (options->n_targets)
		return read_targets(options, connections, status);
	systemd_set_deadline(connections->first, now_usec() + SILENCE_USEC);
	r = status_read(status, &options->root, 0, connections->first);
	if (status->settings_error && r != -ENOMEM)
		connections_lose(connections, "", SIPIS_CONFDIR, r);
	else if (r < 0 && r != -ENOMEM)
		connections_lose_target(connections, &own, r);
	return r;
}

/* --- the table --------------------------------------------------------------------------- */

static int print_table(const struct options *options, const struct status *status,
		       struct table *table)
{
	const struct cell_context context = {.status = status, .json = options->style.json};
	int r;

	for (size_t i = 0; i < status->n; i++) {
		r = table_add_status_row(table, &status->rows[i], &context);
		if (r < 0)
			return r;
	}
	if (options->watch && options->terminal)
		fputs("\033[H\033[2J", stdout);
	r = table_print(table);
	if (r >= 0 && options->watch && fflush(stdout) != 0)
		r = -errno;
	return r;
}

/* Read and print everything once. Returns an exit status. */
static int show(const struct options *options, struct connections *connections, int argc,
		char **argv)
{
	_cleanup_(status_done) struct status status = {};
	_cleanup_(table_freep) struct table *table = NULL;
	struct table_column columns[COLUMN_COUNT];
	const char *unknown;
	int r;

	make_columns(options, columns);
	r = table_new("instances", columns, COLUMN_COUNT, &options->style, &table);
	if (r < 0)
		return report_failure("status", r);

	r = read_status(options, connections, &status);
	if (r < 0)
		return r == -ENOMEM ? report_failure("status", r) : EXIT_FAILED;
	unknown = status_select(&status, argc, argv);
	if (unknown && connections->lost) {
		fprintf(stderr, "sipisctl: no machine that answers has an instance \"%s\"\n",
			excerpt(unknown).text);
		return EXIT_FAILED;
	}
	if (unknown)
		return report_usage("there is no instance \"%s\": sipisctl status shows them",
				    unknown);

	r = print_table(options, &status, table);
	if (r < 0)
		return report_failure("status", r);
	if (connections->lost)
		return EXIT_FAILED;
	return status_is_good(&status) ? EXIT_GOOD : EXIT_ERRORS;
}

/* --- for monitoring ---------------------------------------------------------------------- */

static int monitor_unknown(const char *reason)
{
	static const struct status nothing = {};

	return monitoring_print(&(const struct monitoring){.status = &nothing, .unknown = reason});
}

static int monitor_no_instance(const char *word)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "there is no instance \"%s\"", excerpt(word).text);
	return monitor_unknown(text.text);
}

/* Print one line, with an exit status of the Monitoring Plugins guidelines. */
static int monitor(const struct options *options, struct connections *connections, int argc,
		   char **argv)
{
	_cleanup_(status_done) struct status status = {};
	struct monitoring monitoring = {.status = &status};
	const char *no_instance;
	int r;

	if (options->watch || options->style.json)
		return report_usage("--monitoring cannot be combined with --%s",
				    options->watch ? "watch" : "json");
	if (connections_open(options, connections) != EXIT_GOOD)
		return monitor_unknown(strbuf_shown(&connections->reason));
	r = read_status(options, connections, &status);
	if (r == -ENOMEM)
		return monitor_unknown("out of memory");
	if (r < 0)
		return monitor_unknown(strbuf_shown(&connections->reason));
	if (connections->lost)
		monitoring.unknown = strbuf_shown(&connections->reason);
	no_instance = status_select(&status, argc, argv);
	if (no_instance)
		return connections->lost ? monitor_unknown(monitoring.unknown)
					 : monitor_no_instance(no_instance);

	if (status.settings_known && !argc) {
		if (host_add_findings(&status.installation) < 0)
			monitoring.unknown = "this machine could not be checked";
		monitoring.diagnostics = &status.installation.diagnostics;
	}
	return monitoring_print(&monitoring);
}

/* --- the command ------------------------------------------------------------------------- */

static void ignore_job(const char *unit _unused_, const char *result _unused_,
		       void *context _unused_)
{
}

/* Wait for a change, then take the signals that follow it. */
static int wait_for_change(struct jobs *jobs)
{
	int r;

	r = jobs_watch(jobs, WATCH_USEC);
	for (unsigned i = 0; r == 0 && i < SETTLE_LOOKS; i++)
		r = jobs_watch(jobs, SETTLE_USEC);
	return r;
}

static int watch(const struct options *options, struct connections *connections, int argc,
		 char **argv)
{
	_cleanup_(jobs_closep) struct jobs *jobs = NULL;
	int r, status;

	r = jobs_open(connections->first, ignore_job, NULL, &jobs);
	if (r < 0)
		return report_failure("status", r);
	do {
		/* Machines that were lost stay so; this one is asked again. */
		connections->lost &= options->n_targets > 0;
		status = show(options, connections, argc, argv);
		if (status == EXIT_USAGE || (status == EXIT_FAILED && !connections->lost))
			return status;
		if (!options->terminal)
			putchar('\n');
		r = wait_for_change(jobs);
	} while (r == 0);
	return report_failure("status", r);
}

/* Report wrong columns before connecting to systemd. */
static int check_columns(const struct options *options)
{
	_cleanup_(table_freep) struct table *table = NULL;
	struct table_column columns[COLUMN_COUNT];
	int r;

	make_columns(options, columns);
	r = table_new("instances", columns, COLUMN_COUNT, &options->style, &table);
	if (r == -EINVAL)
		return EXIT_USAGE;
	return r < 0 ? report_failure("status", r) : EXIT_GOOD;
}

int command_status(const struct options *options, int argc, char **argv)
{
	_cleanup_(connections_done) struct connections connections = CONNECTIONS_INIT;
	int status;

	status = check_columns(options);
	if (status != EXIT_GOOD)
		return status;
	if (options->monitoring)
		return monitor(options, &connections, argc, argv);
	status = connections_open(options, &connections);
	if (status != EXIT_GOOD)
		return status;
	return options->watch ? watch(options, &connections, argc, argv)
			      : show(options, &connections, argc, argv);
}

void status_print_columns(void)
{
	struct table_column columns[COLUMN_COUNT];

	make_columns(&(const struct options){}, columns);
	table_print_columns("Columns", columns, COLUMN_COUNT);
}
