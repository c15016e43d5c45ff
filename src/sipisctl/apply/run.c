/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/running/journal.h"
#include "sipisctl/running/signals.h"

void apply_done(struct apply *apply)
{
	for (size_t i = 0; i < apply->n; i++)
		serving_done(&apply->servings[i]);
	free(apply->servings);
	free(apply->lines);
	unit_state_done(&apply->balancer);
	progress_done(&apply->progress);
	if (apply->jobs)
		jobs_close(apply->jobs);
	if (apply->systemd)
		systemd_close(apply->systemd);
}

/* Those that are not refused and, as systemd has it now, not masked. */
int apply_choose(struct apply *apply)
{
	const struct installation *installation = apply->installation;
	int r = 0;

	apply->servings = calloc(installation->n_instances + 1, sizeof(*apply->servings));
	apply->lines = calloc(installation->n_instances + 1, sizeof(*apply->lines));
	if (!apply->servings || !apply->lines)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];
		struct serving *serving = &apply->servings[apply->n];

		if (!instance->valid_name || instance->first_error)
			continue;
		r = serving_init(serving, instance);
		if (r == 0)
			r = systemd_unit_state(apply->systemd, serving->unit, &serving->state);
		if (r < 0 || serving_is_masked(serving)) {
			apply->n_masked += r == 0;
			serving_done(serving);
			continue;
		}
		apply->lines[apply->n++] = NO_LINE;
	}
	return r;
}

static const char *outcome(const struct apply *apply, int r)
{
	if (r == -ETIME)
		return "not done in time";
	if (r == -EINTR)
		return "interrupted";
	return r < 0 || apply->step_failed ? "failed" : "done";
}

int apply_step(struct apply *apply, const char *name, int (*function)(struct apply *apply))
{
	size_t line;
	int r;

	apply->step = name;
	apply->step_failed = false;
	apply->deadline = now_usec() + (uint64_t)apply->timeout * 1000000;
	r = interrupt_pending() ? -EINTR : progress_add(&apply->progress, name, &line);
	if (r < 0)
		return r;
	r = function(apply);
	if (r == 0)
		r = jobs_wait(apply->jobs, apply->deadline);
	progress_set(&apply->progress, line, outcome(apply, r));
	if ((r == -ETIME || apply->step_failed) && apply->failed_line == NO_LINE)
		apply->failed_line = line;
	apply->n_done += r == 0;
	return r == -ETIME ? 0 : r;
}

int apply_each_unit(struct apply *apply, const char *pattern,
		    int (*function)(struct apply *apply, const char *unit,
				    const struct unit_state *state))
{
	const char *patterns[] = {pattern, NULL};
	_cleanup_(names_freep) char **names = NULL;
	int r = systemd_list_units(apply->systemd, patterns, &names);

	if (r == 0)
		sort_units(names);
	for (char **name = names; r == 0 && *name; name++) {
		_cleanup_(unit_state_done) struct unit_state state = {};

		r = systemd_unit_state(apply->systemd, *name, &state);
		if (r == 0)
			r = function(apply, *name, &state);
	}
	return r;
}

int apply_reload(struct apply *apply)
{
	return systemd_reload(apply->systemd);
}

int apply_is_stray(const struct apply *apply, const char *unit, const struct unit_state *state)
{
	const char *instance = strchr(unit, '@') + 1;
	_cleanup_free_ char *name = strndup(instance, strlen(instance) - strlen(".service"));

	if (!name)
		return -ENOMEM;
	return unit_text_is(state->active, "active") &&
	       !installation_find(apply->installation, name);
}

int apply_refuse(const struct apply *apply, const char *why)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "nothing was done: %s", why);
	if (!apply->options->dry_run)
		unit_log_write(LOG_APPLY_FAILED, NULL, text.text);
	fprintf(stderr, "sipisctl: %s\n", text.text);
	strbuf_done(&text);
	return 1;
}
