/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/judge.h"

#include <errno.h>
#include <string.h>

#include "installation/load.h"
#include "sipisctl/host/host.h"
#include "util/escape.h"

/* --- diagnostics ------------------------------------------------------------------------- */

static size_t report_diagnostics(struct apply *apply, const struct diagnostics *diagnostics)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;

	for (size_t i = 0; i < diagnostics->n; i++) {
		strbuf_truncate(&line, 0);
		diagnostic_append(&line, &diagnostics->items[i]);
		fprintf(stderr, "%s\n", line.text);
		if (diagnostic_severity(&diagnostics->items[i]) == SEVERITY_ERROR)
			apply_note(apply, line.text);
	}
	return diagnostics_count(diagnostics, SEVERITY_ERROR);
}

/* `effect` is what --force then does. */
static int judge_errors(struct apply *apply, size_t n_errors, const char *effect)
{
	if (!n_errors || apply->options->force)
		return 0;
	return apply_refuse(apply, "correct these errors, or use --force to %s", effect);
}

/* --- settings ---------------------------------------------------------------------------- */

static int judge_installation(struct apply *apply)
{
	const struct installation *installation = &apply->installation;
	size_t n_errors = report_diagnostics(apply, &installation->diagnostics);

	if (installation->split_state_source)
		return apply_refuse(apply, "finish the interrupted split first (sipisctl split "
					   "--resume), or undo it (--undo)");
	return judge_errors(apply, n_errors, "continue without the instances that are refused");
}

int judge_settings(struct apply *apply)
{
	int r;

	r = load_installation(apply->options->root, LOAD_COMPARES, &apply->installation);
	return r < 0 ? r : judge_installation(apply);
}

int judge_again(struct apply *apply)
{
	_cleanup_(installation_done) struct installation now = {};
	int r;

	r = load_installation(apply->options->root, 0, &now);
	if (r < 0)
		return r;
	if (installation_is_same(&apply->installation, &now) &&
	    !now.split_state_source == !apply->installation.split_state_source)
		return 0;
	if (apply->healths)
		return apply_refuse(apply, "the settings were changed meanwhile; run it again");

	fputs("sipisctl: the settings were changed meanwhile and were read again\n", stderr);
	installation_done(&apply->installation);
	apply->installation = TAKE_STRUCT(now);
	return judge_installation(apply);
}

/* --- units ------------------------------------------------------------------------------- */

/* Refuse a unit that systemd cannot start, or cannot stop. */
static int judge_unit(struct apply *apply, const char *unit, const struct unit_state *state)
{
	if (unit_is_frozen(state) && strstr(state->freezer, "parent"))
		return apply_refuse(apply,
				    "%s is frozen, because its slice is: systemctl thaw the "
				    "slice that systemctl status %s names",
				    unit, unit);
	if (unit_is_frozen(state))
		return apply_refuse(apply, "%s is frozen: systemctl thaw %s", unit, unit);
	if (unit_text_is(state->load, "loaded"))
		return 0;
	if (unit_text_is(state->load, "masked"))
		return apply_refuse_masked(apply, unit, state);
	return apply_refuse(apply, "systemd cannot load %s (%s): see systemctl status %s", unit,
			    state->load ? excerpt(state->load).text : "unknown state", unit);
}

int judge_units(struct apply *apply)
{
	_cleanup_(unit_state_done) struct unit_state umbrella = {}, balancer = {};
	int r;

	r = systemd_unit_state(apply->systemd, UMBRELLA_UNIT, &umbrella);
	if (r < 0)
		return r;
	r = judge_unit(apply, UMBRELLA_UNIT, &umbrella);
	if (r != 0)
		return r;

	r = systemd_unit_state(apply->systemd, LOAD_BALANCER_UNIT, &balancer);
	if (r < 0)
		return r;
	apply->has_balancer = !unit_text_is(balancer.load, "not-found");
	return apply->has_balancer ? judge_unit(apply, LOAD_BALANCER_UNIT, &balancer) : 0;
}

int judge_instances(struct apply *apply)
{
	for (size_t i = 0; i < apply->n; i++) {
		int r = judge_unit(apply, apply->healths[i].unit.text, &apply->healths[i].state);

		if (r != 0)
			return r;
	}
	return 0;
}

/* --- this machine ------------------------------------------------------------------------ */

/* Return true for what this apply puts right by itself. */
static bool apply_cures(const struct apply *apply, enum diagnostic_code code)
{
	const struct apply_options *options = apply->options;
	bool full = !options->rolling && !options->n_instances;

	if (code == DIAGNOSTIC_STALE_UNITS)
		return !apply->reloaded;
	if (code == DIAGNOSTIC_RESTART_DUE)
		return !options->no_stop;
	if (code == DIAGNOSTIC_ORPHANED_INSTANCE)
		return full && !options->no_stop;
	return code == DIAGNOSTIC_LOAD_BALANCER_DOWN && full;
}

static void diagnostics_drop_cured(struct diagnostics *diagnostics, const struct apply *apply)
{
	size_t kept = 0;

	for (size_t i = 0; i < diagnostics->n; i++) {
		struct diagnostic diagnostic = diagnostics->items[i];

		if (apply_cures(apply, diagnostic.code))
			free(diagnostic.text);
		else
			diagnostics->items[kept++] = diagnostic;
	}
	diagnostics->n = kept;
}

int judge_host(struct apply *apply)
{
	_cleanup_(diagnostics_done) struct diagnostics diagnostics = {};
	int r;

	r = host_check(&apply->installation, &diagnostics);
	if (r < 0)
		return r;
	diagnostics_drop_cured(&diagnostics, apply);
	diagnostics_sort(&diagnostics);
	return judge_errors(apply, report_diagnostics(apply, &diagnostics),
			    "start the instances all the same");
}
