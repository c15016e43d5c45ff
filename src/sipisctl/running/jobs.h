/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Jobs of systemd: start, stop and restart units, and wait for the results. All functions return 0
 * or a negative errno, -EACCES or -EPERM without the right to do it; systemd_complaint() has what
 * systemd said.
 */

#include <stdint.h>

#include "sipisctl/running/systemd.h"

enum job_verb { JOB_START, JOB_STOP, JOB_RESTART };

struct jobs;

/*
 * Called for every job that is waited for, when it ends. `result` is systemd's word, `done` for
 * success, or "" where its end was not seen because systemd executed itself again meanwhile.
 */
typedef void job_ended(const char *unit, const char *result, void *context);

/* Listen to the jobs and units of a connection, which must live longer. */
int jobs_open(struct systemd *systemd, job_ended *ended, void *context, struct jobs **ret_jobs);
void jobs_close(struct jobs *jobs);
DEFINE_FREEP(struct jobs, jobs_closep, jobs_close)

/* Queue a job, and have it waited for. */
int jobs_add(struct jobs *jobs, enum job_verb verb, const char *unit);

/* Wait also for a job that systemd itself queued, as for a unit that stops with another one. */
int jobs_expect(struct jobs *jobs, const char *unit, const char *path);

/* Wait until all these jobs have ended. -ETIME when `deadline` has passed; -EINTR after a signal.
 */
int jobs_wait(struct jobs *jobs, uint64_t deadline);

/* The same, but do not wait for the job of `unit`. */
int jobs_wait_but(struct jobs *jobs, const char *unit, uint64_t deadline);

/* Cancel the job of `unit` that is waited for, if there is one. */
int jobs_cancel(struct jobs *jobs, const char *unit);

/* Wait until something has happened to a unit since the last call, at most `usec`. */
int jobs_watch(struct jobs *jobs, uint64_t usec);

/* Have systemd run the generators and read all units again. */
int systemd_reload(struct systemd *systemd);

/* Forget that a unit has failed, and how often it was started. */
int systemd_reset_failed(struct systemd *systemd, const char *unit);
