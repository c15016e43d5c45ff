/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/rolling.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "installation/description.h"
#include "sipisctl/apply/judge.h"
#include "sipisctl/apply/verify.h"
#include "sipisctl/host/generated.h"
#include "sipisctl/host/user-access.h"
#include "sipisctl/running/process.h"
#include "util/digest.h"

/* Return when a file last changed in any way, or 0 if it does not exist. */
static uint64_t file_changed_usec(const char *path)
{
	const struct timespec *last;
	struct stat st;

	if (stat(path, &st) < 0)
		return 0;
	last = &st.st_mtim;
	if (st.st_ctim.tv_sec > last->tv_sec ||
	    (st.st_ctim.tv_sec == last->tv_sec && st.st_ctim.tv_nsec > last->tv_nsec))
		last = &st.st_ctim;
	return (uint64_t)last->tv_sec * 1000000 + (uint64_t)last->tv_nsec / 1000;
}

/* --- which changed ----------------------------------------------------------------------- */

/*
 * Return true if the process was started with other settings. Without a digest in its environment
 * (it was started by an older version, or without the generator) that is unknown: restart it.
 */
static bool settings_changed(const struct health *health)
{
	_cleanup_free_ char *started = NULL;
	char now[DIGEST_LENGTH + 1];

	if (process_environment(health->state.main_pid, DIGEST_VARIABLE, &started) <= 0)
		return true;
	snprintf(now, sizeof(now), DIGEST_FORMAT, health->instance->source->digest);
	return strcmp(started, now) != 0;
}

/* A directory changes when a drop-in is added or removed, which systemd may not have read yet. */
static bool drop_in_directory_changed(const char *unit, uint64_t since)
{
	static const char *const directories[] = {
		"/etc/systemd/system",
		"/run/systemd/system",
		"/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system",
	};

	for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
		_cleanup_strbuf_ struct strbuf path = STRBUF_INIT;

		strbuf_appendf(&path, "%s/%s.d", directories[i], unit);
		if (file_changed_usec(path.text) > since)
			return true;
	}
	return false;
}

/* Return true if the unit file or a drop-in changed since the process was started. */
static bool unit_files_changed(const struct health *health)
{
	const struct unit_state *state = &health->state;

	if (state->fragment && file_changed_usec(state->fragment) > state->started_usec)
		return true;
	for (char **path = state->drop_ins; path && *path; path++)
		if (generated_unit_file_counts(*path) &&
		    file_changed_usec(*path) > state->started_usec)
			return true;
	return drop_in_directory_changed(TEMPLATE_UNIT, state->started_usec) ||
	       drop_in_directory_changed(health->unit.text, state->started_usec);
}

static bool health_has_changed(const struct health *health)
{
	return !health_runs(health) || settings_changed(health) || unit_files_changed(health);
}

/* --- is it more than single instances? --------------------------------------------------- */

/*
 * Return what of the settings differs from the description of the loaded unit; NULL: nothing, or
 * the administrator wrote another description.
 */
static const char *described_otherwise(const struct health *health)
{
	const char *text = health->state.description;
	struct description loaded, expected;

	if (!text || !description_parse(text, &loaded))
		return NULL;

	expected = description_of(&health->instance->settings);
	if (strcmp(loaded.name.text, expected.name.text) != 0)
		return "the name";
	if (loaded.port != expected.port || loaded.http_port != expected.http_port)
		return "a port";
	return NULL;
}

/* After a reload the description is the new one, but the process has its old ports. */
static const char *health_shape_change(const struct health *health)
{
	const char *what = described_otherwise(health);

	if (what || !health_runs(health))
		return what;
	for (size_t i = 0; i < LISTENER_COUNT; i++)
		if (health->listening[i] == LISTENING_NO)
			return "a port";
	return NULL;
}

/*
 * Return 1 if the load balancer, or an instance, was started with other load balancer settings.
 * Nothing records their content.
 */
static int find_balancer_change(struct apply *apply, struct strbuf *ret_reason)
{
	_cleanup_(unit_state_done) struct unit_state balancer = {};
	const char *path = LOADBALANCER_SETTINGS;
	struct file_facts facts;
	uint64_t changed;
	int r;

	r = file_facts_ask(&path, &facts, 1);
	if (r < 0)
		return r;
	if (facts.error && facts.error != ENOENT) {
		strbuf_appendf(ret_reason, "%s cannot be looked at (%s)", path,
			       access_error_text(facts.error));
		return 1;
	}
	changed = facts.changed_usec;

	r = systemd_unit_state(apply->systemd, LOAD_BALANCER_UNIT, &balancer);
	if (r < 0)
		return r;
	if (unit_text_is(balancer.active, "active") && balancer.started_usec &&
	    changed > balancer.started_usec) {
		strbuf_append(ret_reason,
			      LOADBALANCER_SETTINGS " changed since LoadBalancer2 started");
		return 1;
	}
	for (size_t i = 0; apply->installation.split && i < apply->n; i++) {
		const struct health *health = &apply->healths[i];

		/* 0: the service has no main process, so it is not known when it started. */
		if (!health_runs(health) || !health->state.started_usec ||
		    changed <= health->state.started_usec)
			continue;
		strbuf_appendf(ret_reason, LOADBALANCER_SETTINGS " changed since %s started",
			       health->unit.text);
		return 1;
	}
	return 0;
}

int rolling_find_shape_change(struct apply *apply, struct strbuf *ret_reason)
{
	_cleanup_strbuf_ struct strbuf orphan = STRBUF_INIT;
	int r;

	for (size_t i = 0; i < apply->n; i++) {
		const struct health *health = &apply->healths[i];
		const char *what;

		what = health_has_changed(health) ? health_shape_change(health) : NULL;
		if (what) {
			strbuf_appendf(ret_reason, "%s of %s changed", what, health->unit.text);
			return 1;
		}
	}
	r = apply_find_orphan(apply, &orphan);
	if (r > 0)
		strbuf_appendf(ret_reason, "%s runs without a settings file", orphan.text);
	return r != 0 ? r : find_balancer_change(apply, ret_reason);
}

static int rolling_refuse_shape_change(struct apply *apply)
{
	_cleanup_strbuf_ struct strbuf reason = STRBUF_INIT;
	int r;

	r = rolling_find_shape_change(apply, &reason);
	if (r <= 0)
		return r;
	return apply_refuse(apply,
			    "%s, which needs all instances to be restarted: use \"sipisctl apply\" "
			    "without --rolling",
			    reason.text);
}

/* --- one after the other ----------------------------------------------------------------- */

static int rolling_restart(struct apply *apply, size_t i)
{
	_cleanup_strbuf_ struct strbuf name = STRBUF_INIT;
	const struct health *health = &apply->healths[i];
	size_t line;
	int r;

	strbuf_appendf(&name, "restart %s", health->unit.text);
	r = apply_begin_step(apply, name.text, &line);
	apply->step = health->unit.text;
	if (r < 0)
		return r;

	(void)systemd_reset_failed(apply->systemd, health->unit.text);
	r = apply_add_job(apply, JOB_RESTART, health->unit.text);
	if (r >= 0)
		r = jobs_wait(apply->jobs, apply->deadline);
	apply_end_step(apply, line, r);
	return r < 0 && r != -ETIME ? r : apply_verify(apply, i, 1);
}

static int rolling_skip(struct apply *apply, size_t i)
{
	int r;

	r = progress_add(&apply->progress, apply->healths[i].unit.text, &apply->lines[i]);
	return r < 0 ? r
		     : progress_set(&apply->progress, apply->lines[i],
				    health_runs(&apply->healths[i])
					    ? "not restarted, runs with its old settings"
					    : "not started");
}

static int rolling_restart_wanted(struct apply *apply, const bool *wanted)
{
	bool good = true;
	int r;

	for (size_t i = 0; i < apply->n; i++) {
		if (!wanted[i])
			continue;
		r = good ? rolling_restart(apply, i) : rolling_skip(apply, i);
		if (r < 0)
			return r;
		good &= health_is_good(&apply->healths[i]) && apply->failed_line == NO_LINE;
	}
	return health_update(apply->healths, apply->n, apply->systemd);
}

static void rolling_print(struct apply *apply, const bool *wanted)
{
	fputs("daemon-reload\n", apply->out);
	for (size_t i = 0; i < apply->n; i++)
		if (wanted[i])
			fprintf(apply->out, "restart %s\nverify %s\n", apply->healths[i].unit.text,
				apply->healths[i].unit.text);
}

typedef bool health_condition(const struct health *health);

/* Set wanted[i] by the condition, and return how many are wanted. */
static size_t rolling_choose(const struct apply *apply, health_condition *is_wanted, bool *wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < apply->n; i++)
		n += wanted[i] = is_wanted(&apply->healths[i]);
	return n;
}

static int rolling_run(struct apply *apply, health_condition *is_wanted)
{
	_cleanup_free_ bool *wanted = calloc(apply->n + 1, sizeof(*wanted));
	size_t n_wanted;
	int r;

	if (!wanted)
		return -ENOMEM;
	n_wanted = rolling_choose(apply, is_wanted, wanted);
	if (n_wanted && !apply->options->dry_run) {
		r = apply_prepare(apply);
		if (r == 0)
			r = health_update(apply->healths, apply->n, apply->systemd);
	} else {
		r = judge_host(apply);
	}
	if (r != 0)
		return r;
	r = judge_instances(apply);
	if (r != 0)
		return r;

	if (!n_wanted)
		fputs("Nothing changed since the instances started.\n", apply->out);
	else if (apply->options->dry_run)
		rolling_print(apply, wanted);
	else
		return rolling_restart_wanted(apply, wanted);
	return 0;
}

int apply_rolling(struct apply *apply)
{
	int r;

	r = apply_choose(apply);
	if (r != 0)
		return r;
	r = rolling_refuse_shape_change(apply);
	return r != 0 ? r : rolling_run(apply, health_has_changed);
}

static bool health_is_wanted(const struct health *health _unused_)
{
	return true;
}

int apply_instances(struct apply *apply)
{
	int r;

	r = apply_choose(apply);
	return r != 0 ? r : rolling_run(apply, health_is_wanted);
}
