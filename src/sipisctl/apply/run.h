/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An apply in progress, whichever way it goes: what it is about, its steps, and the proof that what
 * was started serves.
 */

#include "sipisctl/command.h"
#include "sipisctl/running/health.h"
#include "sipisctl/running/jobs.h"
#include "sipisctl/show/progress.h"

#define LOAD_BALANCER_UNIT "LoadBalancer2.service"
#define UMBRELLA_UNIT      "sipis.service"
#define INSTANCE_UNITS     "sipis@*.service"

/* No line of the progress. */
#define NO_LINE SIZE_MAX

/* How many instances are in which state. */
struct census {
	size_t active, coming, going, down;
};

struct apply {
	const struct options *options;
	const struct installation *installation;
	struct systemd *systemd;
	struct jobs *jobs;
	struct progress progress;
	uint64_t deadline;  /* of the last step: CLOCK_MONOTONIC, in microseconds */
	unsigned timeout;   /* in seconds: how long each step may take */
	const char *step;   /* what is being done, for who interrupts it */
	size_t n_done;      /* how many steps were done */
	bool step_failed;   /* the one that is being done */
	bool stray;         /* something runs that should not */
	size_t failed_line; /* of the progress: the first step that failed; NO_LINE: none */

	/* The load balancer, where there is one and the full sequence restarted it. */
	bool balanced;
	struct unit_state balancer;
	size_t balancer_line; /* of the progress, or NO_LINE */

	/* The instances that should serve: not refused, not masked. */
	struct serving *servings; /* owned */
	size_t n, n_masked;
	size_t *lines;        /* owned: of the progress, by serving; NO_LINE: not shown yet */
	size_t next;          /* rolling: the one whose turn it is */
	struct census census; /* for who ends it early */
};

/* Say why nothing was done. Returns 1. */
int apply_refuse(const struct apply *apply, const char *why);

/* Release what it holds. */
void apply_done(struct apply *apply);

/* Find the instances that should serve. 0 or a negative errno. */
int apply_choose(struct apply *apply);

/*
 * Every loaded unit that matches, in order, until the function does not return 0: that is returned
 * then.
 */
int apply_each_unit(struct apply *apply, const char *pattern,
		    int (*function)(struct apply *apply, const char *unit,
				    const struct unit_state *state));

/* Does an instance run that no settings file describes? 1, 0 or -ENOMEM. */
int apply_is_stray(const struct apply *apply, const char *unit, const struct unit_state *state);

/*
 * A step: queue what `function` wants, wait for it as long as a step may take, say how it went. 0
 * or a negative errno.
 */
int apply_step(struct apply *apply, const char *name, int (*function)(struct apply *apply));

int apply_reload(struct apply *apply);

/*
 * Until the instances from `first` on, `count` of them, serve or have failed, or the time of the
 * last step is up; how it ended is shown. 0 or a negative errno.
 */
int apply_verify(struct apply *apply, size_t first, size_t count);

/* Was the load balancer restarted, and does not run? */
bool apply_balancer_failed(const struct apply *apply);

/* Say of what does not serve why, with its last log lines. Returns how many instances these are. */
size_t apply_report_failed(const struct apply *apply);
