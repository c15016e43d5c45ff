/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/report.h"

#include <errno.h>
#include <string.h>

#include "sipisctl/apply/verify.h"
#include "sipisctl/host/host.h"
#include "sipisctl/running/journal.h"
#include "sipisctl/running/loop.h"

#define LOG_LINES 10
#define INDENT    "    "

/* For the questions after the time of a step was up. */
#define LAST_QUESTIONS_USEC (10 * USEC_PER_SEC)

static bool balancer_failed(const struct apply *apply)
{
	return apply->balancer_restarted && !unit_text_is(apply->balancer.active, "active");
}

/* --- what does not serve ----------------------------------------------------------------- */

static void report_unit(const char *unit, const char *state)
{
	_cleanup_strbuf_ struct strbuf log = STRBUF_INIT;

	(void)journal_append(&log, unit, LOG_LINES, INDENT);
	fprintf(stderr, "sipisctl: %s: %s\n%s", unit, state, log.text);
}

static void note_state(struct apply *apply, const char *unit, const char *state)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "%s: %s", unit, state);
	apply_note(apply, strbuf_shown(&text));
}

/* Report what `sipisctl check` says now about an instance; NULL: about no single one. */
static void report_findings(struct apply *apply, const struct diagnostics *findings,
			    const struct instance *instance)
{
	for (size_t i = 0; i < findings->n; i++) {
		_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
		const struct diagnostic *finding = &findings->items[i];

		if (installation_at(&apply->installation, &finding->place) != instance)
			continue;
		if (!instance && diagnostic_severity(finding) != SEVERITY_ERROR)
			continue;
		diagnostic_append(&line, finding);
		fprintf(stderr, INDENT "%s\n", line.text);
		if (diagnostic_severity(finding) == SEVERITY_ERROR)
			apply_note(apply, line.text);
	}
}

static void report_health(struct apply *apply, const struct health *health,
			  const struct diagnostics *findings)
{
	_cleanup_strbuf_ struct strbuf state = STRBUF_INIT;

	health_append(&state, health);
	report_unit(health->unit.text, state.text);
	report_findings(apply, findings, health->instance);
	note_state(apply, health->unit.text, state.text);
}

static void report_balancer(struct apply *apply)
{
	_cleanup_strbuf_ struct strbuf state = STRBUF_INIT;

	unit_state_append(&state, &apply->balancer);
	report_unit(LOAD_BALANCER_UNIT, state.text);
	note_state(apply, LOAD_BALANCER_UNIT, state.text);
}

static void journal_write_health(const struct health *health)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	bool good = health_is_good(health);

	strbuf_appendf(&text, "%s: ", health->unit.text);
	health_append(&text, health);
	journal_write(good ? JOURNAL_INSTANCE_SERVES : JOURNAL_INSTANCE_FAILED,
		      health->instance->name, text.text);
}

/* Returns how many instances do not serve. */
static size_t report_failed(struct apply *apply)
{
	_cleanup_(diagnostics_done) struct diagnostics findings = {};
	size_t n_failed = 0;

	for (size_t i = 0; i < apply->n; i++) {
		if (!apply->options->dry_run)
			journal_write_health(&apply->healths[i]);
		n_failed += !health_is_good(&apply->healths[i]);
	}
	if (!n_failed && !balancer_failed(apply))
		return 0;

	journal_settle();
	(void)host_check(&apply->installation, &findings);
	diagnostics_sort(&findings);
	if (balancer_failed(apply))
		report_balancer(apply);
	for (size_t i = 0; i < apply->n; i++)
		if (!health_is_good(&apply->healths[i]))
			report_health(apply, &apply->healths[i], &findings);
	report_findings(apply, &findings, NULL);
	return n_failed;
}

/* --- the summary ------------------------------------------------------------------------- */

static void summary_append_more(struct strbuf *buf, size_t n, const char *what)
{
	if (n)
		strbuf_appendf(buf, ", %zu more %s %s", n, n == 1 ? "is" : "are", what);
}

static void summary_append(struct strbuf *buf, const struct apply *apply, size_t n_failed)
{
	size_t n_good = apply->n - n_failed;

	strbuf_appendf(buf, "%zu of %zu %s", n_good, apply->n,
		       apply->n == 1 ? "instance serves" : "instances serve");
	summary_append_more(buf, apply->n_masked, "masked");
	summary_append_more(buf, apply->n_refused, "refused");
	if (balancer_failed(apply))
		strbuf_append(buf, ", LoadBalancer2 does not run");
	if (apply->orphan)
		strbuf_append(buf, ", an instance without settings runs");
	if (apply->failed_line != NO_LINE)
		strbuf_appendf(buf, ", \"%s\" %s", apply->progress.lines[apply->failed_line].name,
			       apply->progress.lines[apply->failed_line].text);
}

/* Name the commands that show more about what does not run. */
static void report_hint(const struct apply *apply)
{
	_cleanup_strbuf_ struct strbuf hint = STRBUF_INIT;

	if (balancer_failed(apply))
		strbuf_append(&hint, "systemctl status " LOAD_BALANCER_UNIT);
	for (size_t i = 0; i < apply->n; i++)
		if (!health_is_good(&apply->healths[i])) {
			strbuf_appendf(&hint, "%ssystemctl status %s", hint.length ? ", " : "",
				       apply->healths[i].unit.text);
			break;
		}
	fprintf(stderr,
		"sipisctl: for more: %s%ssipisctl status; then run \"sipisctl apply\" "
		"again\n",
		hint.text, hint.length ? ", " : "");
}

enum apply_result apply_report(struct apply *apply)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	size_t n_failed;
	bool good;

	n_failed = report_failed(apply);
	good = !n_failed && !balancer_failed(apply) && !apply->orphan &&
	       apply->failed_line == NO_LINE;
	summary_append(&text, apply, n_failed);
	if (!apply->options->dry_run)
		journal_write(good ? JOURNAL_APPLY_FINISHED : JOURNAL_APPLY_FAILED, NULL,
			      text.text);
	fprintf(apply->out, "%s.\n", text.text);
	fflush(apply->out);
	if (!good)
		report_hint(apply);
	return good ? APPLY_GOOD : APPLY_BAD;
}

/* --- ended early ------------------------------------------------------------------------- */

struct unit_counts {
	size_t active, starting, stopping, down;
};

static void unit_counts_add(struct unit_counts *counts, const char *active)
{
	if (!strcmp(active, "active"))
		counts->active++;
	else if (!strcmp(active, "activating"))
		counts->starting++;
	else if (!strcmp(active, "deactivating"))
		counts->stopping++;
	else
		counts->down++;
}

static void append_counts(struct strbuf *buf, struct apply *apply)
{
	static const char *const patterns[] = {INSTANCE_UNITS, NULL};
	_cleanup_(unit_list_done) struct unit_list list = {};
	struct unit_counts counts = {};

	systemd_set_deadline(apply->systemd, now_usec() + LAST_QUESTIONS_USEC);
	if (systemd_list(apply->systemd, patterns, &list) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		unit_counts_add(&counts, list.items[i].active);
	strbuf_appendf(buf, "; instances now: %zu active, %zu starting, %zu stopping, %zu down",
		       counts.active, counts.starting, counts.stopping, counts.down);
}

/* Append what was done so far. */
static void append_extent(struct strbuf *buf, struct apply *apply)
{
	if (apply->sent)
		append_counts(buf, apply);
	else
		strbuf_appendf(buf, "; %s", apply_extent(apply));
}

static void append_error(struct strbuf *buf, const struct apply *apply, int error)
{
	const char *complaint = apply->systemd ? systemd_complaint(apply->systemd) : NULL;

	if (complaint)
		strbuf_append(buf, complaint);
	else if (error == -EACCES || error == -EPERM)
		strbuf_append(buf, "needs root");
	else if (error == -ETIMEDOUT)
		strbuf_append(buf, "systemd does not answer");
	else
		strbuf_append(buf, strerrordesc_np(-error));
}

enum apply_result apply_report_error(struct apply *apply, int error)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	bool interrupted = error == -EINTR;

	(void)loop_take_interrupt();
	apply->interrupted = interrupted;
	if (interrupted) {
		strbuf_appendf(&text, "interrupted at \"%s\"",
			       apply->step ? apply->step : "the beginning");
	} else {
		strbuf_appendf(&text, "%s: ", apply->step ? apply->step : "systemd");
		append_error(&text, apply, error);
	}
	append_extent(&text, apply);
	if (apply->sent)
		strbuf_append(&text, "; systemd finishes what it was told to do");
	if (!apply->options->dry_run)
		journal_write(interrupted ? JOURNAL_APPLY_INTERRUPTED : JOURNAL_APPLY_FAILED, NULL,
			      text.text);
	fprintf(stderr, "sipisctl: apply: %s\n", text.text);
	if (apply->sent)
		report_hint(apply);
	return interrupted ? APPLY_BAD : APPLY_FAILED;
}
