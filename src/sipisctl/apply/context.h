/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An apply at work. Functions that return int return 0; 1 if it was refused, which has been
 * reported; or a negative errno.
 */

#include <stdio.h>

#include "installation/installation.h"
#include "sipisctl/apply/run.h"
#include "sipisctl/running/health.h"
#include "sipisctl/running/jobs.h"
#include "sipisctl/show/progress.h"

/* No line of the progress. */
#define NO_LINE SIZE_MAX

struct apply {
	const struct apply_options *options;
	FILE *out; /* for progress and summary: standard error with --json */

	struct installation installation; /* owned; read again after the reload */
	struct systemd *systemd;          /* owned */
	struct jobs *jobs;                /* owned */
	struct progress progress;

	const char *step;   /* its name, for messages */
	uint64_t deadline;  /* of the step: CLOCK_MONOTONIC, in microseconds */
	size_t failed_line; /* of the progress: the first step that failed, or NO_LINE */
	bool reloaded;      /* systemd was asked to reload */
	bool sent;          /* systemd was, or may have been, given a job */
	bool interrupted;   /* by a signal */

	struct strbuf reason; /* what went wrong first, if anything did */

	/* Lines of the progress that wait for the job of a unit, or NO_LINE. */
	size_t umbrella_line, balancer_line;

	/* The load balancer, if its unit exists and the full sequence restarts it. */
	bool has_balancer, balancer_restarted;
	struct unit_state balancer; /* owned */
	size_t balancer_state_line; /* of the progress, or NO_LINE */

	/* The instances that should serve: neither refused nor masked, and wanted. */
	struct health *healths; /* owned */
	size_t *lines;          /* owned: of the progress, by health; or NO_LINE */
	size_t n, n_masked, n_refused;
	bool orphan; /* an instance without a settings file runs */
};

void apply_init(struct apply *apply, const struct apply_options *options);
void apply_done(struct apply *apply);

/* Connect to systemd and catch signals. */
int apply_open(struct apply *apply);

/* Remember what went wrong, unless something did before. */
void apply_note(struct apply *apply, const char *text);

/* Report why it is refused, and return 1. */
int apply_refuse(struct apply *apply, const char *format, ...) _printf_(2, 3);

/* Refuse because a unit is masked, with the command that unmasks it. Returns 1, or -ENOMEM. */
int apply_refuse_masked(struct apply *apply, const char *unit, const struct unit_state *state);

/* Return what was done so far, for messages: "nothing was done", "nothing was stopped" or NULL. */
const char *apply_extent(const struct apply *apply);

/*
 * Find the instances that should serve, and how they are. If `only` are given, these are wanted;
 * one that is refused or masked is refused here.
 */
int apply_choose(struct apply *apply);

/* Forget the instances that were found. */
void apply_forget(struct apply *apply);

/* Return 1 if an instance runs that has no settings file, and append its unit; 0; -errno. */
int apply_find_orphan(struct apply *apply, struct strbuf *ret_unit);

/* Give what follows the time of a whole step. */
void apply_extend_deadline(struct apply *apply);

/* Begin a step: a line of the progress, and a deadline. */
int apply_begin_step(struct apply *apply, const char *name, size_t *ret_line);

/* Show how a step ended: `error` 0, -ETIME, -EINTR or another negative errno. */
void apply_end_step(struct apply *apply, size_t line, int error);

/* Queue a job. */
int apply_add_job(struct apply *apply, enum job_verb verb, const char *unit);

/*
 * Reload systemd, read the settings again, and stop here if something keeps the services from being
 * started: errors, those of this machine too, or a unit that is masked or broken. Nothing has been
 * stopped yet.
 */
int apply_prepare(struct apply *apply);
