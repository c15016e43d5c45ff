/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl apply: step 3 of the guide, and proof that the result serves. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/apply/ways.h"
#include "sipisctl/running/journal.h"
#include "sipisctl/running/signals.h"

#define DEFAULT_TIMEOUT_SECONDS 60

static bool is_interrupted_split(const struct installation *installation)
{
	return installation->split_state_source != NULL;
}

/* What keeps the settings from being applied. EXIT_GOOD: nothing. */
static int judge(const struct options *options, const struct installation *installation)
{
	size_t n_errors;

	if (command_is_blind(installation)) {
		fputs("sipisctl: apply: not all settings can be read: this takes the rights of "
		      "root\n",
		      stderr);
		return EXIT_FAILED;
	}
	n_errors = report_errors(installation);
	if (is_interrupted_split(installation)) {
		fputs("sipisctl: nothing was done: first end the split\n", stderr);
		return EXIT_ERRORS;
	}
	if (n_errors && !options->force) {
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
		apply->step_failed = true;
}

static int count_unit(struct apply *apply, const char *unit _unused_,
		      const struct unit_state *state)
{
	struct census *census = &apply->census;

	if (unit_text_is(state->active, "active"))
		census->active++;
	else if (unit_text_is(state->active, "activating"))
		census->coming++;
	else if (unit_text_is(state->active, "deactivating"))
		census->going++;
	else
		census->down++;
	return 0;
}

/* Behind what ended it early: which state is left, and what can be done. */
static void append_left(struct strbuf *buf, struct apply *apply)
{
	const struct census *census = &apply->census;

	apply->census = (struct census){};
	if (apply_each_unit(apply, INSTANCE_UNITS, count_unit) == 0)
		strbuf_appendf(buf,
			       "; instances now: %zu active, %zu starting, %zu stopping, %zu down",
			       census->active, census->coming, census->going, census->down);
}

static const char next_steps[] = "sipisctl: \"sipisctl status\" shows what runs, \"sipisctl "
				 "check\" what is wrong; \"sipisctl "
				 "apply\" can be run again\n";

/* What systemd was told it does to its end, so what is seen now is not the last word. */
static int report_interrupted(struct apply *apply)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "interrupted at \"%s\"", apply->step ? apply->step : "the beginning");
	append_left(&text, apply);
	strbuf_append(&text, "; what systemd has begun goes on");
	unit_log_write(LOG_APPLY_INTERRUPTED, NULL, text.text);
	fprintf(stderr, "sipisctl: %s\n%s", text.text, next_steps);
	strbuf_done(&text);
	return EXIT_ERRORS;
}

static int report_errno(struct apply *apply, int error)
{
	const char *complaint = systemd_complaint(apply->systemd);
	struct strbuf text = STRBUF_INIT;

	if (error == -EINTR)
		return report_interrupted(apply);
	strbuf_appendf(&text, "%s: ", apply->step ? apply->step : "systemd");
	if (error == -EACCES || error == -EPERM)
		strbuf_append(&text, "this takes the rights of root");
	else
		strbuf_append(&text, complaint ? complaint : strerrordesc_np(-error));
	if (apply->n_done)
		append_left(&text, apply);
	else
		strbuf_append(&text, "; nothing was done");
	if (!apply->options->dry_run)
		unit_log_write(LOG_APPLY_FAILED, NULL, text.text);
	fprintf(stderr, "sipisctl: apply: %s\n%s", text.text, apply->n_done ? next_steps : "");
	strbuf_done(&text);
	return EXIT_FAILED;
}

static size_t count_refused(const struct installation *installation)
{
	size_t n = 0;

	for (size_t i = 0; i < installation->n_instances; i++)
		n += installation->instances[i].first_error != NULL;
	return n;
}

static void append_are(struct strbuf *buf, size_t n, const char *what)
{
	if (n)
		strbuf_appendf(buf, ", %zu more %s %s", n, n == 1 ? "is" : "are", what);
}

static int conclude(const struct apply *apply)
{
	size_t failed = apply_report_failed(apply);
	bool good = !failed && !apply_balancer_failed(apply) && !apply->stray &&
		    apply->failed_line == NO_LINE;
	struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "%zu of %zu instances serve", apply->n - failed, apply->n);
	append_are(&text, apply->n_masked, "masked");
	append_are(&text, count_refused(apply->installation), "refused");
	if (apply_balancer_failed(apply))
		strbuf_append(&text, ", LoadBalancer2 does not run");
	if (apply->stray)
		strbuf_append(&text, ", an instance without settings runs");
	if (apply->failed_line != NO_LINE)
		strbuf_appendf(&text, ", \"%s\" %s", apply->progress.lines[apply->failed_line].name,
			       apply->progress.lines[apply->failed_line].text);
	unit_log_write(good ? LOG_APPLY_FINISHED : LOG_APPLY_FAILED, NULL, text.text);
	printf("%s.\n", text.text);
	fflush(stdout);
	if (!good)
		fputs(next_steps, stderr);
	strbuf_done(&text);
	return good ? EXIT_GOOD : EXIT_ERRORS;
}

static int run(struct apply *apply)
{
	const struct options *options = apply->options;
	int r = systemd_open(NULL, &apply->systemd);

	if (r < 0) {
		fprintf(stderr, "sipisctl: systemd can't be asked: %s\n", strerrordesc_np(-r));
		return EXIT_FAILED;
	}
	if (options->dry_run) {
		r = options->rolling ? apply_rolling(apply) : apply_dry_run_full(apply);
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
						    .installation = &installation,
						    .failed_line = NO_LINE,
						    .balancer_line = NO_LINE};
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
	progress_init(&apply.progress, options->terminal);
	return run(&apply);
}
