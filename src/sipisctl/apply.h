/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What both ways of applying share: the full sequence of the guide, and one instance at a time. */

#include "command.h"
#include "jobs.h"
#include "progress.h"
#include "serving.h"

#define LOAD_BALANCER_UNIT "LoadBalancer2.service"
#define UMBRELLA_UNIT      "sipis.service"
#define INSTANCE_UNITS     "sipis@*.service"

struct apply {
	const struct options *options;
	const struct installation *installation;
	struct systemd *systemd;
	struct jobs *jobs;
	struct progress progress;
	uint64_t deadline; /* of CLOCK_MONOTONIC, in microseconds */
	unsigned timeout;  /* in seconds: how far the deadline is away */
	const char *step;  /* what is being done, for who interrupts it */
	bool failed;       /* a step did not do what it should */

	/* The instances that should serve: not refused, not masked. */
	struct serving *servings; /* owned */
	size_t n;
	size_t *lines;   /* owned: of the progress, by serving; NO_LINE: not shown yet */
	size_t next;     /* rolling: the one whose turn it is */
	size_t n_active; /* counted for who interrupts it */
};

#define NO_LINE SIZE_MAX

/* The full sequence. 0 or a negative errno; what is wrong with an instance is no failure of ours.
 */
int apply_full(struct apply *apply);

/* One after the other, those that changed. The same; 1 where that is not enough, which has been
   said. */
int apply_rolling(struct apply *apply);

/* Find the instances that should serve. 0 or a negative errno. */
int apply_choose(struct apply *apply);

/* The time runs from now on. */
void apply_set_deadline(struct apply *apply);

/* A step: queue what `function` wants, wait for it, say how it went. 0 or a negative errno. */
int apply_step(struct apply *apply, const char *name, int (*function)(struct apply *apply));

int apply_reload(struct apply *apply);

/*
 * Until the instances from `first` on, `count` of them, serve or have failed, or the time is up;
 * how it ended is shown. 0 or a negative errno.
 */
int apply_verify(struct apply *apply, size_t first, size_t count);

/* Say of every instance in that range that does not serve why, with its last log lines. Returns how
   many these are. */
size_t apply_report_failed(const struct apply *apply, size_t first, size_t count);
