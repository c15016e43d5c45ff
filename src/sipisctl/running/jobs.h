/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Jobs of systemd: units are started, stopped and restarted, and what came of each is told by a
 * signal. All of this needs rights; who is not root may be asked by polkit.
 */

#include <stdint.h>

#include "sipisctl/running/systemd.h"

enum job_verb { JOB_START, JOB_STOP, JOB_RESTART };

struct jobs;

/* Told of every job that was added, when it ends: `result` is systemd's word, `done` for good. */
typedef void job_ended(const char *unit, const char *result, void *context);

/* Listen to the jobs of this connection. 0 or a negative errno. */
int jobs_open(struct systemd *systemd, job_ended *ended, void *context, struct jobs **ret_jobs);
void jobs_close(struct jobs *jobs);
DEFINE_FREEP(struct jobs, jobs_closep, jobs_close)

/*
 * Queue a job that jobs_wait() waits for. 0; -EACCES without the right to do that; another negative
 * errno. What systemd says to it, systemd_complaint() knows; of the two calls below too.
 */
int jobs_add(struct jobs *jobs, enum job_verb verb, const char *unit);

/*
 * Until all jobs have ended that were added. 0; -ETIME when `deadline` (of CLOCK_MONOTONIC, in
 * microseconds) has passed; -EINTR when a signal arrived; another negative errno.
 */
int jobs_wait(struct jobs *jobs, uint64_t deadline);

/* Until something happens to a unit, at most `usec`. 0, -EINTR or another negative errno. */
int jobs_watch(struct jobs *jobs, uint64_t usec);

/* Let systemd read all units again, generators and all. 0 or a negative errno. */
int systemd_reload(struct systemd *systemd);

/* Forget that a unit has failed, and how often it was started. 0 or a negative errno. */
int systemd_reset_failed(struct systemd *systemd, const char *unit);

/* Microseconds of CLOCK_MONOTONIC. */
uint64_t now_usec(void);
