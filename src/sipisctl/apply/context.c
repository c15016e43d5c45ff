/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/context.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "sipisctl/apply/judge.h"
#include "sipisctl/running/journal.h"
#include "sipisctl/running/loop.h"
#include "util/escape.h"

void apply_init(struct apply *apply, const struct apply_options *options)
{
	*apply = (struct apply){
		.options = options,
		.out = options->json ? stderr : stdout,
		.failed_line = NO_LINE,
		.umbrella_line = NO_LINE,
		.balancer_line = NO_LINE,
		.balancer_state_line = NO_LINE,
		.reason = STRBUF_INIT,
	};
	progress_init(&apply->progress, apply->out, options->terminal && !options->json);
}

void apply_done(struct apply *apply)
{
	apply_forget(apply);
	unit_state_done(&apply->balancer);
	progress_done(&apply->progress);
	jobs_close(apply->jobs);
	systemd_close(apply->systemd);
	installation_done(&apply->installation);
	strbuf_done(&apply->reason);
}

/* --- jobs -------------------------------------------------------------------------------- */

/* Instances are not watched here: apply_verify() shows how each of them is. */
static void job_has_ended(const char *unit, const char *result, void *context)
{
	struct apply *apply = context;
	size_t *line = NULL;

	if (!strcmp(unit, UMBRELLA_UNIT))
		line = &apply->umbrella_line;
	else if (!strcmp(unit, LOAD_BALANCER_UNIT))
		line = &apply->balancer_line;
	if (!line || *line == NO_LINE)
		return;
	apply_end_step(apply, *line, !*result || !strcmp(result, "done") ? 0 : -EIO);
	*line = NO_LINE;
}

static uint64_t apply_step_deadline(const struct apply *apply)
{
	return now_usec() + (uint64_t)apply->options->timeout * USEC_PER_SEC;
}

int apply_open(struct apply *apply)
{
	int r;

	r = systemd_open_until(apply_step_deadline(apply), &apply->systemd);
	if (r < 0 || apply->options->dry_run)
		return r;
	r = jobs_open(apply->systemd, job_has_ended, apply, &apply->jobs);
	if (r < 0)
		return r;
	return loop_watch_signals();
}

/* If systemd did not answer, it may have queued the job all the same. */
int apply_add_job(struct apply *apply, enum job_verb verb, const char *unit)
{
	int r = jobs_add(apply->jobs, verb, unit);

	apply->sent |= r >= 0 || r == -EINTR || systemd_was_silent(apply->systemd);
	return r;
}

int apply_refuse_masked(struct apply *apply, const char *unit, const struct unit_state *state)
{
	_cleanup_strbuf_ struct strbuf unmask = STRBUF_INIT;

	unit_append_unmask(&unmask, state, unit);
	if (strbuf_error(&unmask) < 0)
		return -ENOMEM;
	return apply_refuse(apply, "%s is masked: %s", unit, unmask.text);
}

/* --- steps ------------------------------------------------------------------------------- */

void apply_extend_deadline(struct apply *apply)
{
	apply->deadline = apply_step_deadline(apply);
	systemd_set_deadline(apply->systemd, apply->deadline);
}

int apply_begin_step(struct apply *apply, const char *name, size_t *ret_line)
{
	apply->step = name;
	apply_extend_deadline(apply);
	return progress_add(&apply->progress, name, ret_line);
}

static const char *step_outcome(int error)
{
	switch (error) {
	case 0:
		return "done";
	case -ETIME:
		return "not done in time";
	case -EINTR:
		return "interrupted";
	default:
		return "failed";
	}
}

void apply_end_step(struct apply *apply, size_t line, int error)
{
	(void)progress_set(&apply->progress, line, step_outcome(error));
	if (error < 0 && apply->failed_line == NO_LINE)
		apply->failed_line = line;
}

static int apply_reload(struct apply *apply)
{
	size_t line;
	int r;

	r = apply_begin_step(apply, "daemon-reload", &line);
	if (r < 0)
		return r;
	r = systemd_reload(apply->systemd);
	apply_end_step(apply, line, r);
	apply->reloaded = r >= 0 || r == -EINTR || systemd_was_silent(apply->systemd);
	return r;
}

int apply_prepare(struct apply *apply)
{
	int r;

	r = apply_reload(apply);
	if (r < 0)
		return r;
	r = judge_again(apply);
	if (r != 0)
		return r;
	r = judge_units(apply);
	return r != 0 ? r : judge_host(apply);
}

/* --- instances --------------------------------------------------------------------------- */

static bool apply_wants(const struct apply *apply, const struct instance *instance)
{
	const struct apply_options *options = apply->options;

	for (size_t i = 0; i < options->n_instances; i++)
		if (!strcmp(options->instances[i], instance->name))
			return true;
	return !options->n_instances;
}

void apply_forget(struct apply *apply)
{
	for (size_t i = 0; i < apply->n; i++)
		health_done(&apply->healths[i]);
	freep(&apply->healths);
	freep(&apply->lines);
	apply->healths = NULL;
	apply->lines = NULL;
	apply->n = apply->n_masked = apply->n_refused = 0;
}

static int apply_add_instance(struct apply *apply, const struct instance *instance)
{
	struct health *health = &apply->healths[apply->n];

	if (!instance->valid_name || !apply_wants(apply, instance))
		return 0;
	if (instance->first_error) {
		apply->n_refused++;
		return apply->options->n_instances
			       ? apply_refuse(apply, "%s is refused", instance->file)
			       : 0;
	}
	health_init(health, instance);
	apply->lines[apply->n++] = NO_LINE;
	return 0;
}

/* Drop the instances that are masked, as systemd has it now. */
static int apply_drop_masked(struct apply *apply)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < apply->n; i++) {
		if (!health_is_masked(&apply->healths[i])) {
			apply->healths[kept++] = apply->healths[i];
			continue;
		}
		if (!apply->n_masked++ && apply->options->n_instances)
			r = apply_refuse_masked(apply, apply->healths[i].unit.text,
						&apply->healths[i].state);
		health_done(&apply->healths[i]);
	}
	apply->n = kept;
	return r;
}

int apply_choose(struct apply *apply)
{
	const struct installation *installation = &apply->installation;
	int r;

	apply->healths = calloc(installation->n_instances + 1, sizeof(*apply->healths));
	apply->lines = calloc(installation->n_instances + 1, sizeof(*apply->lines));
	if (!apply->healths || !apply->lines)
		return -ENOMEM;

	for (size_t i = 0; i < installation->n_instances; i++) {
		r = apply_add_instance(apply, &installation->instances[i]);
		if (r != 0)
			return r;
	}
	r = health_update(apply->healths, apply->n, apply->systemd);
	return r < 0 ? r : apply_drop_masked(apply);
}

static bool unit_is_orphan(const struct installation *installation, const char *unit)
{
	size_t length;
	const char *instance = unit_instance(unit, &length);

	for (size_t i = 0; instance && i < installation->n_instances; i++) {
		const char *name = installation->instances[i].name;

		if (installation->instances[i].valid_name && strlen(name) == length &&
		    !strncmp(name, instance, length))
			return false;
	}
	return true;
}

int apply_find_orphan(struct apply *apply, struct strbuf *ret_unit)
{
	static const char *const patterns[] = {INSTANCE_UNITS, NULL};
	_cleanup_(unit_list_done) struct unit_list list = {};
	int r;

	r = systemd_list(apply->systemd, patterns, &list);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++) {
		const struct listed_unit *unit = &list.items[i];

		if (strcmp(unit->active, "active") != 0 ||
		    !unit_is_orphan(&apply->installation, unit->name))
			continue;
		escape_append(ret_unit, unit->name, strlen(unit->name));
		return strbuf_error(ret_unit) < 0 ? strbuf_error(ret_unit) : 1;
	}
	return 0;
}

/* --- refusing ---------------------------------------------------------------------------- */

const char *apply_extent(const struct apply *apply)
{
	if (apply->sent)
		return NULL;
	return apply->reloaded ? "nothing was stopped" : "nothing was done";
}

void apply_note(struct apply *apply, const char *text)
{
	if (!apply->reason.length)
		strbuf_append(&apply->reason, text);
}

int apply_refuse(struct apply *apply, const char *format, ...)
{
	_cleanup_strbuf_ struct strbuf entry = STRBUF_INIT;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	const char *extent = apply_extent(apply);
	va_list args;

	strbuf_appendf(&text, "%s: ", extent ? extent : "stopped");
	va_start(args, format);
	strbuf_appendv(&text, format, args);
	va_end(args);
	fprintf(stderr, "sipisctl: %s\n", text.text);

	/* The terminal shows the errors above. */
	strbuf_append(&entry, text.text);
	if (apply->reason.length)
		strbuf_appendf(&entry, ": %s", apply->reason.text);
	if (!apply->options->dry_run)
		journal_write(JOURNAL_APPLY_FAILED, NULL, strbuf_shown(&entry));
	apply_note(apply, text.text);
	return 1;
}
