/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl apply: step 3 of the guide, and proof that the result serves. */

#include "apply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "interrupt.h"
#include "unit-log.h"

#define DEFAULT_TIMEOUT_SECONDS 60
#define LOG_LINES               10

/* Sockets send no signal: between signals of systemd they are looked at this often. */
#define LOOK_USEC (UINT64_C(100) * 1000)

void apply_set_deadline(struct apply *apply)
{
	apply->deadline = now_usec() + (uint64_t)apply->timeout * 1000000;
}

/* --- which instances ---------------------------------------------------------------------------
 */

static void apply_done(struct apply *apply)
{
	for (size_t i = 0; i < apply->n; i++)
		serving_done(&apply->servings[i]);
	free(apply->servings);
	free(apply->lines);
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
			serving_done(serving);
			continue;
		}
		apply->lines[apply->n++] = NO_LINE;
	}
	return r;
}

/* --- steps --------------------------------------------------------------------------------------
 */

int apply_step(struct apply *apply, const char *name, int (*function)(struct apply *apply))
{
	bool failed = apply->failed;
	size_t line;
	int r;

	apply->step = name;
	apply->failed = false;
	r = interrupt_pending() ? -EINTR : progress_add(&apply->progress, name, &line);
	if (r < 0)
		return r;
	r = function(apply);
	if (r == 0)
		r = jobs_wait(apply->jobs, apply->deadline);
	progress_set(&apply->progress, line,
		     r == -ETIME     ? "not done in time"
		     : r < 0         ? strerrordesc_np(-r)
		     : apply->failed ? "failed"
				     : "done");
	apply->failed |= failed || r == -ETIME;
	return r == -ETIME ? 0 : r;
}

/* Every unit that is in some state and matches. Negative errno of the first call that fails. */
static int each_unit(struct apply *apply, const char *pattern,
		     int (*function)(struct apply *apply, const char *unit,
				     const struct unit_state *state))
{
	const char *patterns[] = {pattern, NULL};
	_cleanup_(names_freep) char **names = NULL;
	int r = systemd_list_units(apply->systemd, patterns, &names);

	for (char **name = names; r == 0 && *name; name++) {
		_cleanup_(unit_state_done) struct unit_state state = {};

		r = systemd_unit_state(apply->systemd, *name, &state);
		if (r == 0)
			r = function(apply, *name, &state);
	}
	return r;
}

static int stop_unit(struct apply *apply, const char *unit, const struct unit_state *state)
{
	if (unit_text_is(state->active, "inactive") || unit_text_is(state->active, "failed"))
		return 0;
	return jobs_add(apply->jobs, JOB_STOP, unit);
}

/* The umbrella's job ends before those of the instances: they are waited for by name. */
static int stop(struct apply *apply)
{
	int r = each_unit(apply, UMBRELLA_UNIT, stop_unit);

	return r < 0 ? r : each_unit(apply, INSTANCE_UNITS, stop_unit);
}

int apply_reload(struct apply *apply)
{
	return systemd_reload(apply->systemd);
}

/* An administrator's start limit may keep a unit from another try. */
static int reset_failed(struct apply *apply, const char *unit, const struct unit_state *state)
{
	return unit_text_is(state->active, "failed") ? systemd_reset_failed(apply->systemd, unit)
						     : 0;
}

static bool has_load_balancer(const struct apply *apply)
{
	_cleanup_(unit_state_done) struct unit_state state = {};

	return systemd_unit_state(apply->systemd, LOAD_BALANCER_UNIT, &state) == 0 &&
	       unit_text_is(state.load, "loaded");
}

static int restart_load_balancer(struct apply *apply)
{
	int r = each_unit(apply, LOAD_BALANCER_UNIT, reset_failed);

	return r < 0 ? r : jobs_add(apply->jobs, JOB_RESTART, LOAD_BALANCER_UNIT);
}

static int start(struct apply *apply)
{
	int r = each_unit(apply, INSTANCE_UNITS, reset_failed);

	return r < 0 ? r : jobs_add(apply->jobs, JOB_START, UMBRELLA_UNIT);
}

/* --- proof --------------------------------------------------------------------------------------
 */

static bool has_failed(const struct serving *serving)
{
	return unit_text_is(serving->state.active, "failed");
}

/* `active, does not listen on HTTP port 5000` */
static void append_serving(struct strbuf *buf, const struct serving *serving)
{
	if (serving_is_good(serving)) {
		strbuf_appendf(buf, "serves (PID %d)", serving->state.main_pid);
		return;
	}
	strbuf_append(buf, serving->state.active ? serving->state.active : "unknown");
	if (has_failed(serving) && serving->state.result)
		strbuf_appendf(buf, " (%s)", serving->state.result);
	else if (!serving_runs(serving) && serving->state.sub)
		strbuf_appendf(buf, " (%s)", serving->state.sub);
	for (size_t i = 0; serving_runs(serving) && i < LISTENER_COUNT; i++)
		if (serving->listening[i] == LISTENING_NO)
			strbuf_appendf(buf, ", does not listen on %s %u", listener_words[i],
				       serving->instance->settings.listeners[i].port.port);
}

static int show_serving(struct apply *apply, size_t i)
{
	struct serving *serving = &apply->servings[i];
	struct strbuf text = STRBUF_INIT;
	int r = 0;

	if (apply->lines[i] == NO_LINE)
		r = progress_add(&apply->progress, serving->unit, &apply->lines[i]);
	append_serving(&text, serving);
	if (r == 0)
		r = strbuf_error(&text);
	if (r == 0)
		r = progress_set(&apply->progress, apply->lines[i], text.text);
	strbuf_done(&text);
	return r;
}

static int look(struct apply *apply, size_t first, size_t count, bool *ret_settled)
{
	int r = serving_look(&apply->servings[first], count, apply->systemd);

	*ret_settled = true;
	for (size_t i = first; r == 0 && i < first + count; i++) {
		*ret_settled &=
			serving_is_good(&apply->servings[i]) || has_failed(&apply->servings[i]);
		r = show_serving(apply, i);
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

static void report_instance(const struct serving *serving)
{
	struct strbuf text = STRBUF_INIT;

	append_serving(&text, serving);
	unit_log_write(LOG_INSTANCE_FAILED, serving->instance->name, text.text);
	fprintf(stderr, "sipisctl: %s: %s\n", serving->unit, text.text);
	strbuf_truncate(&text, 0);
	unit_log_append(&text, serving->unit, LOG_LINES, "    ");
	fputs(text.text, stderr);
	strbuf_done(&text);
}

size_t apply_report_failed(const struct apply *apply, size_t first, size_t count)
{
	size_t failed = 0;

	for (size_t i = first; i < first + count; i++) {
		const struct serving *serving = &apply->servings[i];

		if (serving_is_good(serving)) {
			unit_log_write(LOG_INSTANCE_SERVES, serving->instance->name,
				       "The instance serves.");
			continue;
		}
		report_instance(serving);
		failed++;
	}
	return failed;
}

/* --- what runs and should not
 * --------------------------------------------------------------------- */

static int report_stray(struct apply *apply, const char *unit, const struct unit_state *state)
{
	const char *instance = strchr(unit, '@') + 1;
	_cleanup_free_ char *name = strndup(instance, strlen(instance) - strlen(".service"));

	if (!name)
		return -ENOMEM;
	if (!unit_text_is(state->active, "active") || installation_find(apply->installation, name))
		return 0;
	apply->failed = true;
	fprintf(stderr, "sipisctl: %s runs and has no settings file: systemctl stop %s\n", unit,
		unit);
	return 0;
}

/* --- the sequence
 * ----------------------------------------------------------------------------------- */

int apply_full(struct apply *apply)
{
	int r = 0;

	if (!apply->options->no_stop)
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
		r = each_unit(apply, INSTANCE_UNITS, report_stray);
	return r;
}

static int show_stop(struct apply *apply _unused_, const char *unit, const struct unit_state *state)
{
	if (unit_text_is(state->active, "active") || unit_text_is(state->active, "activating"))
		printf("stop %s\n", unit);
	return 0;
}

static int dry_run_full(struct apply *apply)
{
	int r = 0;

	if (!apply->options->no_stop) {
		r = each_unit(apply, UMBRELLA_UNIT, show_stop);
		if (r == 0)
			r = each_unit(apply, INSTANCE_UNITS, show_stop);
	}
	if (r == 0)
		r = apply_choose(apply);
	if (r < 0)
		return r;
	puts("daemon-reload");
	if (has_load_balancer(apply))
		puts("restart " LOAD_BALANCER_UNIT);
	puts("start " UMBRELLA_UNIT);
	for (size_t i = 0; i < apply->n; i++)
		printf("verify %s\n", apply->servings[i].unit);
	return 0;
}

/* --- the command
 * ------------------------------------------------------------------------------------ */

static bool is_interrupted_split(const struct installation *installation)
{
	return installation->split_state_source != NULL;
}

/* What keeps the settings from being applied. EXIT_GOOD: nothing. */
static int judge(const struct options *options, const struct installation *installation)
{
	const struct diagnostics *diagnostics = &installation->diagnostics;
	struct strbuf line = STRBUF_INIT;

	for (size_t i = 0; i < diagnostics->n; i++) {
		if (diagnostic_severity(&diagnostics->items[i]) != SEVERITY_ERROR)
			continue;
		strbuf_truncate(&line, 0);
		diagnostic_append(&line, &diagnostics->items[i]);
		fprintf(stderr, "%s\n", line.text);
	}
	strbuf_done(&line);
	if (is_interrupted_split(installation)) {
		fputs("sipisctl: nothing was done: first end the split\n", stderr);
		return EXIT_ERRORS;
	}
	if (diagnostics_count(diagnostics, SEVERITY_ERROR) && !options->force) {
		fputs("sipisctl: nothing was done because of these errors; --force goes on without "
		      "what is refused\n",
		      stderr);
		return EXIT_ERRORS;
	}
	return EXIT_GOOD;
}

static bool parse_timeout(const struct options *options, unsigned *ret_seconds)
{
	const char *text = options->timeout;
	char *end;
	unsigned long seconds;

	*ret_seconds = DEFAULT_TIMEOUT_SECONDS;
	if (!text)
		return true;
	seconds = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !seconds || seconds > 86400)
		return false;
	*ret_seconds = (unsigned)seconds;
	return true;
}

static void job_has_ended(const char *unit, const char *result, void *context)
{
	struct apply *apply = context;

	/* How an instance fares is shown by itself. */
	if (strcmp(result, "done") != 0 &&
	    (!strcmp(unit, LOAD_BALANCER_UNIT) || !strcmp(unit, UMBRELLA_UNIT)))
		apply->failed = true;
}

static int count_active(struct apply *apply, const char *unit _unused_,
			const struct unit_state *state)
{
	apply->n_active += unit_text_is(state->active, "active");
	return 0;
}

/* What systemd was told it does to its end, so what is seen now is not the last word. */
static int report_interrupted(struct apply *apply)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "interrupted at \"%s\"", apply->step ? apply->step : "the beginning");
	if (each_unit(apply, INSTANCE_UNITS, count_active) == 0)
		strbuf_appendf(&text, ": %zu instances are active now", apply->n_active);
	strbuf_append(&text, "; what systemd has begun goes on. sipisctl apply can be run again");
	unit_log_write(LOG_APPLY_INTERRUPTED, NULL, text.text);
	fprintf(stderr, "sipisctl: %s\n", text.text);
	strbuf_done(&text);
	return EXIT_ERRORS;
}

static int report_errno(struct apply *apply, int error)
{
	if (error == -EINTR)
		return report_interrupted(apply);
	if (error == -EACCES || error == -EPERM)
		fputs("sipisctl: apply: this takes the rights of root\n", stderr);
	else
		fprintf(stderr, "sipisctl: apply: %s: %s\n", apply->step ? apply->step : "systemd",
			strerrordesc_np(-error));
	return EXIT_FAILED;
}

static size_t count_refused(const struct installation *installation)
{
	size_t n = 0;

	for (size_t i = 0; i < installation->n_instances; i++)
		n += installation->instances[i].first_error != NULL;
	return n;
}

static int conclude(const struct apply *apply)
{
	size_t failed = apply_report_failed(apply, 0, apply->n);
	size_t refused = count_refused(apply->installation);
	struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "%zu of %zu instances serve", apply->n - failed, apply->n);
	if (refused)
		strbuf_appendf(&text, ", %zu more %s refused", refused,
			       refused == 1 ? "is" : "are");
	if (apply->failed && !failed)
		strbuf_append(&text, ", and something else went wrong");
	unit_log_write(failed || apply->failed ? LOG_APPLY_FAILED : LOG_APPLY_FINISHED, NULL,
		       text.text);
	printf("%s.\n", text.text);
	strbuf_done(&text);
	return failed || apply->failed ? EXIT_ERRORS : EXIT_GOOD;
}

static int run(struct apply *apply)
{
	const struct options *options = apply->options;
	int r = systemd_open(&(const struct systemd_target){}, &apply->systemd);

	if (r < 0) {
		fprintf(stderr, "sipisctl: systemd can't be asked: %s\n", strerrordesc_np(-r));
		return EXIT_FAILED;
	}
	if (options->dry_run) {
		r = options->rolling ? apply_rolling(apply) : dry_run_full(apply);
		return r < 0 ? report_errno(apply, r) : r > 0 ? EXIT_ERRORS : EXIT_GOOD;
	}
	r = jobs_open(apply->systemd, job_has_ended, apply, &apply->jobs);
	if (r == 0) {
		interrupt_watch();
		unit_log_write(LOG_APPLY_STARTED, NULL, "The settings of SIPIS are being applied.");
		r = options->rolling ? apply_rolling(apply) : apply_full(apply);
	}
	if (r > 0)
		return EXIT_ERRORS;
	return r < 0 ? report_errno(apply, r) : conclude(apply);
}

int command_apply(const struct options *options, int argc _unused_, char **argv _unused_)
{
	_cleanup_(installation_done) struct installation installation = {};
	_cleanup_(apply_done) struct apply apply = {.options = options,
						    .installation = &installation};
	int status;

	if (options->rooted)
		return report_usage("apply is about this machine: it takes no --root");
	if (!parse_timeout(options, &apply.timeout))
		return report_usage("--timeout is a number of seconds, not \"%s\"",
				    options->timeout);
	if (command_load(options, 0, &installation) != EXIT_GOOD)
		return EXIT_FAILED;
	status = judge(options, &installation);
	if (status != EXIT_GOOD)
		return status;
	apply_set_deadline(&apply);
	progress_init(&apply.progress, options->terminal);
	return run(&apply);
}
