/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/monitoring.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sipisctl/running/loop.h"
#include "util/escape.h"

/* An instance that was restarted and has run for less than this is in a crash loop. */
#define CRASH_LOOP_SECONDS 300

/* So long an instance may take to listen on its ports. */
#define START_SECONDS 60

/* The line names so many problems, worst first. Receivers such as NRPE cut long lines. */
#define PROBLEMS_SHOWN 3

static const char *const state_words[] = {
	[MONITORING_OK] = "OK",
	[MONITORING_WARNING] = "WARNING",
	[MONITORING_CRITICAL] = "CRITICAL",
	[MONITORING_UNKNOWN] = "UNKNOWN",
};

/* The problems of one severity. */
struct problems {
	struct strbuf text; /* the first ones */
	size_t n;
};

struct summary {
	struct problems problems[MONITORING_UNKNOWN + 1]; /* by state */
	size_t n_instances, n_serving, n_refused, n_masked;
	size_t n_unchecked; /* run, and it is not known who listens on their ports */
	uint64_t restarts, memory;
	bool knows_memory; /* of one instance at least */
};

static void summary_done(struct summary *summary)
{
	for (size_t i = 0; i < ELEMENTSOF(summary->problems); i++)
		strbuf_done(&summary->problems[i].text);
}

static void add_problem(struct summary *summary, enum monitoring_state state, const char *text)
{
	struct problems *problems = &summary->problems[state];

	if (problems->n++ < PROBLEMS_SHOWN)
		strbuf_appendf(&problems->text, "%s%s", problems->text.length ? "; " : "", text);
}

/* --- rows -------------------------------------------------------------------------------- */

static uint64_t seconds_since(uint64_t usec)
{
	uint64_t now = (uint64_t)time(NULL), then = usec / USEC_PER_SEC;

	return now > then ? now - then : 0;
}

/* Append the unit, and the machine if it is another one. */
static void append_unit(struct strbuf *buf, const struct status_row *row)
{
	if (row->kind == ROW_LOAD_BALANCER) {
		strbuf_append(buf, "LoadBalancer2");
	} else {
		strbuf_append(buf, "sipis@");
		status_row_append_instance(buf, row);
	}
	if (row->host)
		strbuf_appendf(buf, " on %s", excerpt(row->host).text);
}

static void append_state(struct strbuf *buf, const struct unit_state *state)
{
	const char *active = unit_is_frozen(state) ? "frozen" : state->active;

	strbuf_appendf(buf, " is %s", excerpt(active ? active : "unknown").text);
	if (state->result && !unit_text_is(state->result, "success"))
		strbuf_appendf(buf, " (%s)", excerpt(state->result).text);
}

static void append_restarts(struct strbuf *buf, const struct status_row *row)
{
	unsigned n = status_row_state(row)->restarts;

	strbuf_appendf(buf, "%u restart%s", n, n == 1 ? "" : "s");
}

/* Judge an instance that should run and is not active. */
static enum monitoring_state judge_down(struct strbuf *buf, const struct status_row *row)
{
	const char *refusal = status_row_refusal(row), *sub = status_row_state(row)->sub;

	if (refusal) {
		strbuf_appendf(buf, " is refused: %s", excerpt(refusal).text);
	} else if (sub && !strncmp(sub, "auto-restart", strlen("auto-restart"))) {
		strbuf_append(buf, " crashes: ");
		append_restarts(buf, row);
		if (status_row_state(row)->result)
			strbuf_appendf(buf, " (%s)", excerpt(status_row_state(row)->result).text);
	} else {
		append_state(buf, status_row_state(row));
	}
	return MONITORING_CRITICAL;
}

static enum monitoring_state judge_active(struct strbuf *buf, const struct status_row *row)
{
	uint64_t age = seconds_since(status_row_state(row)->active_usec);
	bool has_restarted = status_row_state(row)->restarts > 0 && age < CRASH_LOOP_SECONDS;

	if (status_row_refusal(row)) {
		strbuf_append(buf, " runs, but its settings are refused");
		return MONITORING_CRITICAL;
	}
	if (has_restarted) {
		strbuf_appendf(buf, " was restarted %llus ago, ", (unsigned long long)age);
		append_restarts(buf, row);
		return status_row_state(row)->restarts > 1 ? MONITORING_CRITICAL
							   : MONITORING_WARNING;
	}
	if (row->health && !health_is_good(row->health) && !health_is_unknown(row->health)) {
		strbuf_append(buf, " does not listen on all of its ports");
		return age < START_SECONDS ? MONITORING_WARNING : MONITORING_CRITICAL;
	}
	return MONITORING_OK;
}

static enum monitoring_state judge_row(struct strbuf *buf, const struct status_row *row)
{
	append_unit(buf, row);
	if (row->kind == ROW_ORPHAN) {
		strbuf_append(buf, " runs without a settings file");
		return MONITORING_WARNING;
	}
	if (row->kind == ROW_INSTANCE && status_row_is_masked(row)) {
		strbuf_append(buf, " is masked");
		return MONITORING_WARNING;
	}
	if (row->kind == ROW_INSTANCE)
		return status_row_runs(row) ? judge_active(buf, row) : judge_down(buf, row);
	if (status_row_runs(row) || unit_text_is(status_row_state(row)->load, "not-found"))
		return MONITORING_OK;
	append_state(buf, status_row_state(row));
	return MONITORING_CRITICAL;
}

static void count_row(struct summary *summary, const struct status_row *row)
{
	const struct unit_state *state = status_row_state(row);

	if (row->kind != ROW_INSTANCE)
		return;
	summary->n_instances++;
	summary->n_masked += status_row_is_masked(row);
	summary->n_refused += status_row_refusal(row) != NULL;
	if (status_row_runs(row) && (!row->health || health_is_unknown(row->health)))
		summary->n_unchecked++;
	else
		summary->n_serving += row->health && health_is_good(row->health);
	summary->restarts += state->restarts;
	if (status_row_runs(row) && state->memory != UNKNOWN_MEMORY) {
		summary->memory += state->memory;
		summary->knows_memory = true;
	}
}

static void judge_rows(struct summary *summary, const struct status *status)
{
	for (size_t i = 0; i < status->n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
		enum monitoring_state state = judge_row(&text, &status->rows[i]);

		count_row(summary, &status->rows[i]);
		if (state != MONITORING_OK)
			add_problem(summary, state, text.text);
	}
	if (status->lacks_instances)
		add_problem(summary, MONITORING_CRITICAL, "there are no instances");
}

/* --- settings ---------------------------------------------------------------------------- */

static bool is_due(enum diagnostic_code code)
{
	return code == DIAGNOSTIC_STALE_UNITS || code == DIAGNOSTIC_RESTART_DUE;
}

/* Other warnings matter when settings are changed; instances are judged as rows. */
static void judge_diagnostics(struct summary *summary, const struct monitoring *monitoring)
{
	size_t n_errors = 0, n_due = 0;
	char text[64];

	for (size_t i = 0; monitoring->diagnostics && i < monitoring->diagnostics->n; i++) {
		const struct diagnostic *diagnostic = &monitoring->diagnostics->items[i];

		n_errors += diagnostic_severity(diagnostic) == SEVERITY_ERROR;
		n_due += is_due(diagnostic->code);
	}
	/* Without the settings, systemd knows most of it. */
	for (size_t i = 0; !monitoring->diagnostics && i < monitoring->status->n; i++)
		n_due += status_row_state(&monitoring->status->rows[i])->need_daemon_reload;

	if (n_errors) {
		snprintf(text, sizeof(text), "sipisctl check reports %zu error%s", n_errors,
			 n_errors == 1 ? "" : "s");
		add_problem(summary, MONITORING_CRITICAL, text);
	}
	if (n_due)
		add_problem(summary, MONITORING_WARNING, "units are stale or a restart is due");
}

/* --- the line ---------------------------------------------------------------------------- */

static enum monitoring_state summary_state(const struct summary *summary)
{
	static const enum monitoring_state by_severity[] = {
		MONITORING_CRITICAL,
		MONITORING_UNKNOWN,
		MONITORING_WARNING,
	};

	for (size_t i = 0; i < ELEMENTSOF(by_severity); i++)
		if (summary->problems[by_severity[i]].n)
			return by_severity[i];
	return MONITORING_OK;
}

static void append_problems(struct strbuf *buf, const struct summary *summary)
{
	static const enum monitoring_state order[] = {
		MONITORING_CRITICAL,
		MONITORING_UNKNOWN,
		MONITORING_WARNING,
	};
	const char *separator = ": ";

	for (size_t i = 0; i < ELEMENTSOF(order); i++) {
		const struct problems *problems = &summary->problems[order[i]];

		if (!problems->n)
			continue;
		strbuf_appendf(buf, "%s%s", separator, strbuf_shown(&problems->text));
		if (problems->n > PROBLEMS_SHOWN)
			strbuf_appendf(buf, " and %zu more", problems->n - PROBLEMS_SHOWN);
		separator = "; ";
	}
}

static bool has_load_balancer(const struct status *status)
{
	for (size_t i = 0; i < status->n; i++)
		if (status->rows[i].kind == ROW_LOAD_BALANCER &&
		    !unit_text_is(status_row_state(&status->rows[i])->load, "not-found"))
			return true;
	return false;
}

/* 'label'=value[UOM];[warn];[crit];[min];[max], where an unknown value is U. */
static void print_performance(const struct summary *summary, bool known)
{
	size_t wanted = summary->n_instances - summary->n_masked;
	char memory[32] = "U";

	if (!known) {
		puts(" | instances=U;;1:;0; serving=U;;;0; refused=U;;0;0; masked=U;0;;0; "
		     "restarts=U memory=U;;;0;");
		return;
	}
	if (summary->knows_memory)
		snprintf(memory, sizeof(memory), "%lluB", (unsigned long long)summary->memory);
	printf(" | instances=%zu;;1:;0; serving=%zu;;%zu:;0;%zu refused=%zu;;0;0;%zu "
	       "masked=%zu;0;;0;%zu restarts=%lluc memory=%s;;;0;\n",
	       summary->n_instances, summary->n_serving + summary->n_unchecked, wanted,
	       summary->n_instances, summary->n_refused, summary->n_instances, summary->n_masked,
	       summary->n_instances, (unsigned long long)summary->restarts, memory);
}

int monitoring_print(const struct monitoring *monitoring)
{
	_cleanup_(summary_done) struct summary summary = {};
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
	enum monitoring_state state;

	for (size_t i = 0; i < ELEMENTSOF(summary.problems); i++)
		summary.problems[i].text = (struct strbuf)STRBUF_INIT;
	if (monitoring->unknown)
		add_problem(&summary, MONITORING_UNKNOWN, monitoring->unknown);
	judge_rows(&summary, monitoring->status);
	judge_diagnostics(&summary, monitoring);

	state = summary_state(&summary);
	strbuf_appendf(&line, "SIPIS %s", state_words[state]);
	append_problems(&line, &summary);
	if (state == MONITORING_OK)
		strbuf_appendf(&line, ": %zu of %zu instances %s%s",
			       summary.n_serving + summary.n_unchecked, summary.n_instances,
			       summary.n_unchecked ? "run" : "serve",
			       has_load_balancer(monitoring->status) ? ", LoadBalancer2 is active"
								     : "");
	/* It begins the performance data. */
	for (char *bar = line.text; (bar = strchr(bar, '|'));)
		*bar = '/';
	if (strbuf_error(&line) < 0) {
		state = MONITORING_UNKNOWN;
		fputs("SIPIS UNKNOWN: Cannot allocate memory", stdout);
	} else {
		fputs(line.text, stdout);
	}
	print_performance(&summary, monitoring->status->n || !monitoring->unknown);
	return (int)state;
}
