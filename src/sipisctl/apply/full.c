/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/full.h"

#include <errno.h>
#include <string.h>

#include "sipisctl/apply/judge.h"
#include "sipisctl/apply/verify.h"
#include "sipisctl/running/loop.h"
#include "util/escape.h"

static const char *const sipis_units[] = {UMBRELLA_UNIT, INSTANCE_UNITS, NULL};

/* --- before the stop --------------------------------------------------------------------- */

/* Refuse to stop everything and start nothing. */
static int full_refuse_all_masked(struct apply *apply)
{
	const struct installation *installation = &apply->installation;
	int r;

	for (size_t i = 0; i < installation->n_instances; i++) {
		_cleanup_(unit_state_done) struct unit_state state = {};
		struct unit_name unit;

		if (!installation->instances[i].valid_name)
			continue;
		unit = instance_unit(installation->instances[i].name);
		r = systemd_unit_state(apply->systemd, unit.text, &state);
		if (r < 0)
			return r;
		if (unit_text_is(state.load, "masked"))
			return apply_refuse_masked(apply, unit.text, &state);
	}
	return 0;
}

static int full_judge_instances(struct apply *apply)
{
	return !apply->n && apply->n_masked ? full_refuse_all_masked(apply)
					    : judge_instances(apply);
}

/*
 * Refuse to stop instances that "start sipis" would not start: the generator is masked, or could
 * not write their links because /run is full.
 */
static int full_judge_wanted(struct apply *apply)
{
	_cleanup_(unit_state_done) struct unit_state umbrella = {};
	int r;

	r = full_judge_instances(apply);
	if (r != 0)
		return r;
	r = systemd_unit_state(apply->systemd, UMBRELLA_UNIT, &umbrella);
	if (r < 0)
		return r;
	for (size_t i = 0; i < apply->n; i++) {
		const char *unit = apply->healths[i].unit.text;

		if (!unit_wants(&umbrella, unit))
			return apply_refuse(apply,
					    "sipis-generator did not add %s to " UMBRELLA_UNIT
					    ": it may be masked, or /run may be full; see "
					    "journalctl -b -g sipis-generator",
					    unit);
	}
	return 0;
}

/*
 * Make units that failed start again, and count from 0: otherwise an administrator's start limit
 * could stop apply after apply.
 */
static void full_reset(struct apply *apply)
{
	if (apply->has_balancer)
		(void)systemd_reset_failed(apply->systemd, LOAD_BALANCER_UNIT);
	for (size_t i = 0; i < apply->n; i++)
		(void)systemd_reset_failed(apply->systemd, apply->healths[i].unit.text);
}

/* --- jobs -------------------------------------------------------------------------------- */

static int full_restart_balancer(struct apply *apply)
{
	int r;

	if (!apply->has_balancer || apply->balancer_restarted)
		return 0;
	apply->balancer_restarted = true;
	r = progress_add(&apply->progress, "restart LoadBalancer2", &apply->balancer_line);
	if (r < 0)
		return r;
	r = apply_add_job(apply, JOB_RESTART, LOAD_BALANCER_UNIT);
	if (r >= 0)
		return 0;
	apply_end_step(apply, apply->balancer_line, r);
	apply->balancer_line = NO_LINE;
	return r;
}

/*
 * One call stops all, in one transaction of systemd, but the umbrella's job ends before those of
 * the instances. Stop by name what is not part of the umbrella.
 */
static int full_stop_units(struct apply *apply)
{
	_cleanup_(unit_list_done) struct unit_list list = {};
	int r;

	r = apply_add_job(apply, JOB_STOP, UMBRELLA_UNIT);
	if (r < 0)
		return r;
	r = systemd_list(apply->systemd, sipis_units, &list);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++) {
		const struct listed_unit *unit = &list.items[i];

		if (!listed_unit_is_up(unit))
			continue;
		r = unit->job ? jobs_expect(apply->jobs, unit->name, unit->job)
			      : apply_add_job(apply, JOB_STOP, unit->name);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Queue the restart of the load balancer before the instances have stopped: they are ordered after
 * it, so systemd restarts it as soon as the last one has.
 */
static int full_stop(struct apply *apply)
{
	size_t line;
	int r;

	r = apply_begin_step(apply, "stop sipis", &line);
	if (r < 0)
		return r;
	r = full_stop_units(apply);
	if (r >= 0) {
		(void)full_restart_balancer(apply);
		r = jobs_wait_but(apply->jobs, LOAD_BALANCER_UNIT, apply->deadline);
	}
	apply_end_step(apply, line, r);
	return r;
}

static int full_start_umbrella(struct apply *apply)
{
	int r;

	r = apply_begin_step(apply, "start sipis", &apply->umbrella_line);
	if (r < 0)
		return r;
	r = apply_add_job(apply, JOB_START, UMBRELLA_UNIT);
	if (r >= 0)
		return 0;
	apply_end_step(apply, apply->umbrella_line, r);
	apply->umbrella_line = NO_LINE;
	return r;
}

/* Show the jobs that have not ended. */
static void full_end_lines(struct apply *apply, int error)
{
	if (apply->balancer_line != NO_LINE)
		apply_end_step(apply, apply->balancer_line, error);
	if (apply->umbrella_line != NO_LINE)
		apply_end_step(apply, apply->umbrella_line, error);
	apply->balancer_line = apply->umbrella_line = NO_LINE;
}

/*
 * Cancel the load balancer's job, which is not done in time: the instances are ordered after it,
 * and would wait as long as it does.
 */
static int full_give_up_balancer(struct apply *apply)
{
	int r;

	apply_end_step(apply, apply->balancer_line, -ETIME);
	apply->balancer_line = NO_LINE;
	apply_extend_deadline(apply);
	r = jobs_cancel(apply->jobs, LOAD_BALANCER_UNIT);
	if (r == -EINTR || r == -ENOMEM)
		return r;
	/* If the job could not be canceled, it may have ended. */
	return jobs_wait(apply->jobs, apply->deadline);
}

/*
 * Queue the start while the load balancer restarts: systemd starts the instances right after it.
 * After the stop the start is tried whatever happens: a load balancer that cannot be restarted, or
 * a signal, must not leave SIPIS stopped.
 */
static int full_start(struct apply *apply)
{
	const char *interrupted_step = apply->step;
	bool interrupted = loop_take_interrupt();
	int r;

	apply_extend_deadline(apply);
	(void)full_restart_balancer(apply);
	/* If nothing was stopped, nothing that starts is ordered after it. */
	if (apply->options->no_stop)
		(void)jobs_wait(apply->jobs, apply->deadline);
	interrupted |= loop_take_interrupt();
	r = full_start_umbrella(apply);
	interrupted |= loop_take_interrupt();
	if (!interrupted && r >= 0)
		r = jobs_wait(apply->jobs, apply->deadline);
	if (r == -ETIME && apply->balancer_line != NO_LINE)
		r = full_give_up_balancer(apply);
	if (interrupted) {
		apply->step = interrupted_step;
		r = -EINTR;
	}
	full_end_lines(apply, r);
	return r == -ETIME ? 0 : r;
}

/* --- the sequence ------------------------------------------------------------------------ */

static int full_report_orphan(struct apply *apply)
{
	_cleanup_strbuf_ struct strbuf unit = STRBUF_INIT;
	int r;

	r = apply_find_orphan(apply, &unit);
	if (r <= 0)
		return r;
	apply->orphan = true;
	fprintf(stderr, "sipisctl: %s runs without a settings file: systemctl stop %s\n", unit.text,
		unit.text);
	return 0;
}

int apply_full(struct apply *apply)
{
	int r;

	r = apply_prepare(apply);
	if (r != 0)
		return r;
	r = apply_choose(apply);
	if (r != 0)
		return r;

	r = full_judge_wanted(apply);
	if (r != 0)
		return r;
	full_reset(apply);
	if (!apply->options->no_stop) {
		r = full_stop(apply);
		if (r < 0 && !apply->sent)
			return r;
	}
	r = full_start(apply);
	if (r < 0)
		return r;
	r = apply_verify(apply, 0, apply->n);
	return r < 0 ? r : full_report_orphan(apply);
}

int apply_reload_only(struct apply *apply)
{
	int r;

	r = apply_prepare(apply);
	if (r != 0)
		return r;
	r = apply_choose(apply);
	if (r != 0)
		return r;
	r = apply_verify(apply, 0, apply->n);
	return r < 0 ? r : full_report_orphan(apply);
}

/* --- without doing it ------------------------------------------------------------------ */

static int full_print_stops(struct apply *apply)
{
	_cleanup_(unit_list_done) struct unit_list list = {};
	int r;

	r = systemd_list(apply->systemd, sipis_units, &list);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++)
		if (listed_unit_is_up(&list.items[i]))
			fprintf(apply->out, "stop %s\n", excerpt(list.items[i].name).text);
	return 0;
}

int apply_dry_run_full(struct apply *apply)
{
	int r;

	r = judge_units(apply);
	if (r != 0)
		return r;
	r = judge_host(apply);
	if (r != 0)
		return r;
	r = apply_choose(apply);
	if (r != 0)
		return r;
	r = full_judge_instances(apply);
	if (r != 0)
		return r;

	fputs("daemon-reload\n", apply->out);
	if (!apply->options->no_stop) {
		r = full_print_stops(apply);
		if (r < 0)
			return r;
	}
	if (apply->has_balancer)
		fputs("restart " LOAD_BALANCER_UNIT "\n", apply->out);
	fputs("start " UMBRELLA_UNIT "\n", apply->out);
	for (size_t i = 0; i < apply->n; i++)
		fprintf(apply->out, "verify %s\n", apply->healths[i].unit.text);
	return 0;
}
