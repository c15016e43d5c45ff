/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Does what was started serve? Waiting for it, showing it, and saying what does not and why. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/apply/run.h"
#include "sipisctl/running/journal.h"
#include "sipisctl/running/signals.h"

#define LOG_LINES 10

/* Sockets send no signal: between signals of systemd they are looked at this often. */
#define LOOK_USEC (UINT64_C(100) * 1000)

/* It is down, and systemd will not try again by itself. */
static bool has_ended(const struct unit_state *state)
{
	return !state->has_job &&
	       (unit_text_is(state->active, "failed") || unit_text_is(state->active, "inactive"));
}

/* `failed (exit-code)`, `activating (auto-restart after exit-code)`, `inactive (dead)` */
static void append_down(struct strbuf *buf, const struct unit_state *state)
{
	strbuf_append(buf, state->active ? state->active : "unknown");
	if (unit_text_is(state->active, "failed") && state->result)
		strbuf_appendf(buf, " (%s)", state->result);
	else if (unit_text_is(state->sub, "auto-restart") && state->result)
		strbuf_appendf(buf, " (auto-restart after %s)", state->result);
	else if (state->sub)
		strbuf_appendf(buf, " (%s)", state->sub);
}

/* `serves (PID 4711)`, `active, does not listen on Server port 14998, HTTP port 5000` */
static void append_serving(struct strbuf *buf, const struct serving *serving)
{
	const char *separator = ", does not listen on ";

	if (serving_is_good(serving)) {
		strbuf_appendf(buf, "serves (PID %d)", serving->state.main_pid);
		return;
	}
	if (!serving_runs(serving)) {
		append_down(buf, &serving->state);
		return;
	}
	strbuf_append(buf, serving->state.active);
	for (size_t i = 0; i < LISTENER_COUNT; i++)
		if (serving->listening[i] == LISTENING_NO) {
			strbuf_appendf(buf, "%s%s %u", separator, listener_words[i],
				       serving->instance->settings.listeners[i].port.port);
			separator = ", ";
		}
}

static void append_balancer(struct strbuf *buf, const struct apply *apply)
{
	if (unit_text_is(apply->balancer.active, "active"))
		strbuf_appendf(buf, "active (PID %d)", apply->balancer.main_pid);
	else
		append_down(buf, &apply->balancer);
}

static int set_line(struct apply *apply, size_t *line, const char *name, struct strbuf *text)
{
	int r = strbuf_error(text);

	if (r == 0 && *line == NO_LINE)
		r = progress_add(&apply->progress, name, line);
	if (r == 0)
		r = progress_set(&apply->progress, *line, text->text);
	strbuf_done(text);
	return r;
}

/* Is it clear what came of it? */
static int look_at_balancer(struct apply *apply, bool *ret_settled)
{
	struct strbuf text = STRBUF_INIT;
	int r;

	*ret_settled = true;
	if (!apply->balanced)
		return 0;
	unit_state_done(&apply->balancer);
	r = systemd_unit_state(apply->systemd, LOAD_BALANCER_UNIT, &apply->balancer);
	if (r < 0)
		return r;
	*ret_settled =
		unit_text_is(apply->balancer.active, "active") || has_ended(&apply->balancer);
	append_balancer(&text, apply);
	return set_line(apply, &apply->balancer_line, LOAD_BALANCER_UNIT, &text);
}

static int look(struct apply *apply, size_t first, size_t count, bool *ret_settled)
{
	int r = look_at_balancer(apply, ret_settled);

	if (r == 0)
		r = serving_look(&apply->servings[first], count, apply->systemd);
	for (size_t i = first; r == 0 && i < first + count; i++) {
		const struct serving *serving = &apply->servings[i];
		struct strbuf text = STRBUF_INIT;

		*ret_settled &= serving_is_good(serving) || has_ended(&serving->state);
		append_serving(&text, serving);
		r = set_line(apply, &apply->lines[i], serving->unit, &text);
	}
	return r;
}

int apply_verify(struct apply *apply, size_t first, size_t count)
{
	bool settled = false;
	int r = 0;

	apply->step = "waiting for the instances to serve";
	while (r == 0) {
		r = look(apply, first, count, &settled);
		if (r < 0 || settled || now_usec() >= apply->deadline)
			return r;
		r = interrupt_pending() ? -EINTR : jobs_watch(apply->jobs, LOOK_USEC);
	}
	return r;
}

static void report_unit(const char *unit, const char *what)
{
	struct strbuf log = STRBUF_INIT;

	unit_log_append(&log, unit, LOG_LINES, "    ");
	fprintf(stderr, "sipisctl: %s: %s\n%s", unit, what, log.text);
	strbuf_done(&log);
}

static void write_entry(const struct serving *serving)
{
	struct strbuf text = STRBUF_INIT;
	bool good = serving_is_good(serving);

	strbuf_appendf(&text, "%s: ", serving->unit);
	append_serving(&text, serving);
	unit_log_write(good ? LOG_INSTANCE_SERVES : LOG_INSTANCE_FAILED, serving->instance->name,
		       text.text);
	strbuf_done(&text);
}

bool apply_balancer_failed(const struct apply *apply)
{
	return apply->balanced && !unit_text_is(apply->balancer.active, "active");
}

static void report_balancer(const struct apply *apply)
{
	struct strbuf text = STRBUF_INIT;

	append_balancer(&text, apply);
	report_unit(LOAD_BALANCER_UNIT, text.text);
	strbuf_done(&text);
}

size_t apply_report_failed(const struct apply *apply)
{
	size_t failed = 0;

	for (size_t i = 0; i < apply->n; i++) {
		write_entry(&apply->servings[i]);
		failed += !serving_is_good(&apply->servings[i]);
	}
	if (failed || apply_balancer_failed(apply))
		unit_log_settle();
	if (apply_balancer_failed(apply))
		report_balancer(apply);
	for (size_t i = 0; failed && i < apply->n; i++) {
		struct strbuf text = STRBUF_INIT;

		append_serving(&text, &apply->servings[i]);
		if (!serving_is_good(&apply->servings[i]))
			report_unit(apply->servings[i].unit, text.text);
		strbuf_done(&text);
	}
	return failed;
}
