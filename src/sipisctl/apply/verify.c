/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/verify.h"

#include <errno.h>
#include <string.h>

#include "sipisctl/running/loop.h"
#include "util/escape.h"

/* Sockets send no signals: look at them this often even if no unit changes. */
#define LOOK_USEC (100 * USEC_PER_MSEC)

/* --- in words ---------------------------------------------------------------------------- */

/* `failed (exit-code)`, `activating (auto-restart after exit-code)`, `inactive (dead)` */
void unit_state_append(struct strbuf *buf, const struct unit_state *state)
{
	strbuf_append(buf, excerpt(state->active ? state->active : "unknown").text);
	if (unit_text_is(state->active, "failed") && state->result)
		strbuf_appendf(buf, " (%s)", excerpt(state->result).text);
	else if (unit_text_is(state->sub, "auto-restart") && state->result)
		strbuf_appendf(buf, " (auto-restart after %s)", excerpt(state->result).text);
	else if (state->sub)
		strbuf_appendf(buf, " (%s)", excerpt(state->sub).text);
}

static void health_append_ports(struct strbuf *buf, const struct health *health,
				enum listening listening, const char *words)
{
	const char *separator = words;

	for (size_t i = 0; i < LISTENER_COUNT; i++) {
		if (health->listening[i] != listening)
			continue;
		strbuf_appendf(buf, "%s%s %u", separator, listener_words[i],
			       health->instance->settings.listeners[i].port.port);
		separator = ", ";
	}
}

/* `serves (PID 4711)`, `active, does not listen on Server port 14998, HTTP port 5000` */
void health_append(struct strbuf *buf, const struct health *health)
{
	if (!health_runs(health)) {
		unit_state_append(buf, &health->state);
		return;
	}
	if (health_is_good(health)) {
		strbuf_appendf(buf, "serves (PID %d)", health->state.main_pid);
		return;
	}
	if (unit_is_frozen(&health->state)) {
		strbuf_append(buf, "frozen");
		return;
	}
	strbuf_append(buf, "active");
	health_append_ports(buf, health, LISTENING_NO, ", does not listen on ");
	health_append_ports(buf, health, LISTENING_UNKNOWN, ", cannot see who listens on ");
}

static void balancer_append(struct strbuf *buf, const struct apply *apply)
{
	if (unit_text_is(apply->balancer.active, "active"))
		strbuf_appendf(buf, "active (PID %d)", apply->balancer.main_pid);
	else
		unit_state_append(buf, &apply->balancer);
}

/* --- looking ----------------------------------------------------------------------------- */

/* Return true if a unit is down and systemd will not start it again by itself. */
static bool unit_has_ended(const struct unit_state *state)
{
	return !state->has_job &&
	       (unit_text_is(state->active, "failed") || unit_text_is(state->active, "inactive"));
}

static int verify_show(struct apply *apply, size_t *line, const char *name,
		       const struct strbuf *text)
{
	int r = strbuf_error(text);

	if (r == 0 && *line == NO_LINE)
		r = progress_add(&apply->progress, name, line);
	return r < 0 ? r : progress_set(&apply->progress, *line, text->text);
}

/* Set *ret_settled if it is clear how the load balancer ended. */
static int verify_balancer(struct apply *apply, bool *ret_settled)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r;

	*ret_settled = true;
	if (!apply->balancer_restarted)
		return 0;
	unit_state_done(&apply->balancer);
	r = systemd_unit_state(apply->systemd, LOAD_BALANCER_UNIT, &apply->balancer);
	if (r < 0)
		return r;
	*ret_settled =
		unit_text_is(apply->balancer.active, "active") || unit_has_ended(&apply->balancer);
	balancer_append(&text, apply);
	return verify_show(apply, &apply->balancer_state_line, LOAD_BALANCER_UNIT, &text);
}

static int verify_look(struct apply *apply, size_t first, size_t count, bool *ret_settled)
{
	int r;

	r = verify_balancer(apply, ret_settled);
	if (r < 0)
		return r;
	r = health_update(&apply->healths[first], count, apply->systemd);
	if (r < 0)
		return r;

	for (size_t i = first; i < first + count; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
		const struct health *health = &apply->healths[i];

		*ret_settled &= health_is_good(health) || unit_has_ended(&health->state);
		health_append(&text, health);
		r = verify_show(apply, &apply->lines[i], health->unit.text, &text);
		if (r < 0)
			return r;
	}
	return 0;
}

int apply_verify(struct apply *apply, size_t first, size_t count)
{
	bool settled = false;
	int r;

	apply->step = "waiting for the instances to serve";
	for (;;) {
		r = verify_look(apply, first, count, &settled);
		if (r < 0 || settled || now_usec() >= apply->deadline)
			return r;
		r = jobs_watch(apply->jobs, LOOK_USEC);
		if (r < 0)
			return r;
	}
}
