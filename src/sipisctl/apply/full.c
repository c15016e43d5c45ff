/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The full sequence of the guide: everything stops, and starts in order. */

#include "sipisctl/apply/ways.h"

#include <stdio.h>
#include <string.h>

/* --- its steps ----------------------------------------------------------------------- */

static int stop_unit(struct apply *apply, const char *unit, const struct unit_state *state)
{
	if (unit_text_is(state->active, "inactive") || unit_text_is(state->active, "failed"))
		return 0;
	return jobs_add(apply->jobs, JOB_STOP, unit);
}

/* The umbrella's job ends before those of the instances: they are waited for by name. */
static int stop(struct apply *apply)
{
	int r = apply_each_unit(apply, UMBRELLA_UNIT, stop_unit);

	return r < 0 ? r : apply_each_unit(apply, INSTANCE_UNITS, stop_unit);
}

/* An administrator's start limit may keep a unit from another try. */
static int reset_failed(struct apply *apply, const char *unit, const struct unit_state *state)
{
	return unit_text_is(state->active, "failed") ? systemd_reset_failed(apply->systemd, unit)
						     : 0;
}

/* Nor how often it was started: its limit is systemd's own, and somebody applies again and again.
 */
static int forget_starts(struct apply *apply, const char *unit,
			 const struct unit_state *state _unused_)
{
	return systemd_reset_failed(apply->systemd, unit);
}

static bool has_load_balancer(const struct apply *apply)
{
	_cleanup_(unit_state_done) struct unit_state state = {};

	return systemd_unit_state(apply->systemd, LOAD_BALANCER_UNIT, &state) == 0 &&
	       unit_text_is(state.load, "loaded");
}

static int restart_load_balancer(struct apply *apply)
{
	int r = apply_each_unit(apply, LOAD_BALANCER_UNIT, forget_starts);

	apply->balanced = true;
	return r < 0 ? r : jobs_add(apply->jobs, JOB_RESTART, LOAD_BALANCER_UNIT);
}

static int start(struct apply *apply)
{
	int r = apply_each_unit(apply, INSTANCE_UNITS, reset_failed);

	return r < 0 ? r : jobs_add(apply->jobs, JOB_START, UMBRELLA_UNIT);
}

static int report_stray(struct apply *apply, const char *unit, const struct unit_state *state)
{
	int r = apply_is_stray(apply, unit, state);

	if (r <= 0)
		return r;
	apply->stray = true;
	fprintf(stderr, "sipisctl: %s runs and has no settings file: systemctl stop %s\n", unit,
		unit);
	return 0;
}

/* --- the sequence -------------------------------------------------------------------- */

/* Better known before everything is stopped. */
static int check_umbrella(const struct apply *apply)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	int r = systemd_unit_state(apply->systemd, UMBRELLA_UNIT, &state);

	if (r < 0 || unit_text_is(state.load, "loaded"))
		return r;
	if (unit_text_is(state.load, "masked"))
		return apply_refuse(apply, UMBRELLA_UNIT " is masked");
	return apply_refuse(apply, "systemd can't load " UMBRELLA_UNIT);
}

int apply_full(struct apply *apply)
{
	int r = check_umbrella(apply);

	if (r == 0 && !apply->options->no_stop)
		r = apply_step(apply, "stop sipis", stop);
	if (r == 0)
		r = apply_step(apply, "daemon-reload", apply_reload);
	if (r == 0 && has_load_balancer(apply))
		r = apply_step(apply, "restart LoadBalancer2", restart_load_balancer);
	if (r == 0)
		r = apply_choose(apply);
	if (r == 0)
		r = apply_step(apply, "start sipis", start);
	if (r == 0)
		r = apply_verify(apply, 0, apply->n);
	if (r == 0)
		r = apply_each_unit(apply, INSTANCE_UNITS, report_stray);
	return r;
}

/* --- what it would do ---------------------------------------------------------------- */

static int show_stop(struct apply *apply _unused_, const char *unit, const struct unit_state *state)
{
	if (unit_text_is(state->active, "active") || unit_text_is(state->active, "activating"))
		printf("stop %s\n", unit);
	return 0;
}

int apply_dry_run_full(struct apply *apply)
{
	int r = check_umbrella(apply);

	if (r == 0 && !apply->options->no_stop) {
		r = apply_each_unit(apply, UMBRELLA_UNIT, show_stop);
		if (r == 0)
			r = apply_each_unit(apply, INSTANCE_UNITS, show_stop);
	}
	if (r == 0)
		r = apply_choose(apply);
	if (r != 0)
		return r;
	puts("daemon-reload");
	if (has_load_balancer(apply))
		puts("restart " LOAD_BALANCER_UNIT);
	puts("start " UMBRELLA_UNIT);
	for (size_t i = 0; i < apply->n; i++)
		printf("verify %s\n", apply->servings[i].unit);
	return 0;
}
