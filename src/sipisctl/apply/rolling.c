/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl apply --rolling: only the instances whose settings changed, one after the other. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sipisctl/apply/ways.h"
#include "util/escape.h"

/* When a file was last changed, in whatever way; 0 where it is not there. */
static uint64_t changed_usec(const char *path)
{
	struct stat st;
	const struct timespec *last = &st.st_mtim;

	if (stat(path, &st) < 0)
		return 0;
	if (st.st_ctim.tv_sec > last->tv_sec ||
	    (st.st_ctim.tv_sec == last->tv_sec && st.st_ctim.tv_nsec > last->tv_nsec))
		last = &st.st_ctim;
	return (uint64_t)last->tv_sec * 1000000 + (uint64_t)last->tv_nsec / 1000;
}

static bool is_changed(const struct serving *serving)
{
	return changed_usec(serving->instance->source->path) > serving->state.started_usec;
}

/* --- is it more than single instances? --------------------------------------------------- */

static int shape_changed(const struct apply *apply, const char *what)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text,
		       "%s, so one instance after the other is not enough; \"sipisctl apply\" does "
		       "the full sequence",
		       what);
	apply_refuse(apply, text.text);
	strbuf_done(&text);
	return 1;
}

/* The same words as the generator's, and as far as the name and to the end. */
static void append_description(struct strbuf *buf, const struct settings *settings,
			       size_t *ret_name_length)
{
	const struct value *http_port = &settings->listeners[LISTENER_HTTP].port;

	strbuf_append(buf, "SIPIS ");
	escape_append_excerpt(buf, settings->name.text);
	strbuf_append(buf, " (port ");
	*ret_name_length = buf->length;
	strbuf_appendf(buf, "%u", settings->listeners[LISTENER_SERVER].port.port);
	if (http_port->text)
		strbuf_appendf(buf, ", HTTP port %u", http_port->port);
	strbuf_append_char(buf, ')');
}

/* As the units have it that systemd has loaded; NULL: nothing. An administrator's own description
   tells nothing. */
static const char *described_otherwise(const struct serving *serving)
{
	const char *described = serving->state.description, *what = NULL;
	struct strbuf expected = STRBUF_INIT;
	size_t name_length;

	if (!described || !strstr(described, " (port "))
		return NULL;
	append_description(&expected, &serving->instance->settings, &name_length);
	if (strncmp(described, expected.text, name_length) != 0)
		what = "the name";
	else if (strcmp(described, expected.text) != 0)
		what = "a port";
	strbuf_done(&expected);
	return what;
}

/* 1 where more than other settings changed, which has been said; 0. */
static int instance_changed_shape(const struct apply *apply, const struct serving *serving)
{
	const char *what = described_otherwise(serving);
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < LISTENER_COUNT; i++)
		if (serving->listening[i] == LISTENING_NO)
			what = what ? what : "a port";
	if (!serving_runs(serving))
		strbuf_appendf(&text, "%s does not run", serving->unit);
	else if (is_changed(serving) && what)
		strbuf_appendf(&text, "%s of %s changed", what, serving->unit);
	if (!text.length)
		return 0;
	shape_changed(apply, text.text);
	strbuf_done(&text);
	return 1;
}

/* 1 where it has changed, which has been said; 0; a negative errno. */
static int load_balancer_changed(const struct apply *apply)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	int r = systemd_unit_state(apply->systemd, LOAD_BALANCER_UNIT, &state);

	if (r < 0 || !unit_text_is(state.active, "active"))
		return r;
	if (changed_usec(LOADBALANCER_SETTINGS) <= state.started_usec)
		return 0;
	return shape_changed(apply, LOADBALANCER_SETTINGS " changed since LoadBalancer2 started");
}

static int is_gone(struct apply *apply, const char *unit, const struct unit_state *state)
{
	int r = apply_is_stray(apply, unit, state);

	return r <= 0 ? r
		      : shape_changed(apply, "an instance runs that has no settings file any more");
}

static int has_shape_changed(struct apply *apply)
{
	int r = load_balancer_changed(apply);

	if (r == 0)
		r = apply_each_unit(apply, INSTANCE_UNITS, is_gone);
	for (size_t i = 0; r == 0 && i < apply->n; i++)
		r = instance_changed_shape(apply, &apply->servings[i]);
	return r;
}

/* --- one after the other ----------------------------------------------------------------- */

/* The serving that is next is where the step finds it. */
static int restart_next(struct apply *apply)
{
	return jobs_add(apply->jobs, JOB_RESTART, apply->servings[apply->next].unit);
}

static int roll(struct apply *apply, size_t i)
{
	struct strbuf name = STRBUF_INIT;
	int r;

	apply->next = i;
	strbuf_appendf(&name, "restart %s", apply->servings[i].unit);
	r = strbuf_error(&name) ? strbuf_error(&name) : apply_step(apply, name.text, restart_next);
	apply->step = apply->servings[i].unit;
	strbuf_done(&name);
	if (r == 0)
		r = apply_verify(apply, i, 1);
	return r;
}

static int skip(struct apply *apply, size_t i)
{
	int r = progress_add(&apply->progress, apply->servings[i].unit, &apply->lines[i]);

	return r < 0 ? r
		     : progress_set(&apply->progress, apply->lines[i],
				    "not restarted, runs with its old settings");
}

static int roll_all(struct apply *apply, const bool *changed)
{
	int r = apply_step(apply, "daemon-reload", apply_reload);
	bool good = true;

	for (size_t i = 0; r == 0 && i < apply->n; i++) {
		if (!changed[i])
			continue;
		r = good ? roll(apply, i) : skip(apply, i);
		good &= serving_is_good(&apply->servings[i]) && apply->failed_line == NO_LINE;
	}
	if (r == 0)
		r = serving_look(apply->servings, apply->n, apply->systemd);
	return r;
}

static void show(const struct apply *apply, const bool *changed)
{
	puts("daemon-reload");
	for (size_t i = 0; i < apply->n; i++)
		if (changed[i])
			printf("restart %s\nverify %s\n", apply->servings[i].unit,
			       apply->servings[i].unit);
}

int apply_rolling(struct apply *apply)
{
	_cleanup_free_ bool *changed = NULL;
	size_t n_changed = 0;
	int r = apply_choose(apply);

	if (r == 0)
		r = serving_look(apply->servings, apply->n, apply->systemd);
	if (r == 0)
		r = has_shape_changed(apply);
	if (r != 0)
		return r;
	changed = calloc(apply->n + 1, sizeof(*changed));
	if (!changed)
		return -ENOMEM;
	for (size_t i = 0; i < apply->n; i++)
		n_changed += changed[i] = is_changed(&apply->servings[i]);
	if (!n_changed)
		puts("Nothing changed since the instances started.");
	else if (apply->options->dry_run)
		show(apply, changed);
	else
		r = roll_all(apply, changed);
	return r;
}
