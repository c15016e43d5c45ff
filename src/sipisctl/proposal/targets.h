/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The instances that a split makes of those there are: which stay, which are new, and the names and
 * ports of all of them.
 */

#include "installation/installation.h"
#include "sipisctl/proposal/local-backends.h"

#define SPLIT_MAX 256

struct split_options {
	unsigned n;                /* how many instances: 1 to SPLIT_MAX */
	int steps[LISTENER_COUNT]; /* from port to port; not 0 */
	uint32_t max_imbalance;    /* see divide.h */
};

/* One instance as it will be. */
struct target {
	const struct instance *origin; /* whose settings it is made from */
	bool stays;                    /* origin is this instance itself, under whatever name */
	char *instance;                /* owned: its name */
	/*
	 * What takes the place of the origin's mark in Name, Lock and Log; NULL: they stay. "" in
	 * an installation of one.
	 */
	char *mark;                     /* owned */
	char *name;                     /* owned: its Server[Name], decoded */
	uint16_t ports[LISTENER_COUNT]; /* 0: it has none, or its origin's is no port */
};

struct targets {
	struct target *items; /* owned, in the order of the installation that they will be */
	size_t n;
};

void targets_done(struct targets *targets);

/*
 * `holdings` tells which names other machines have; NULL: there is no load balancer.
 * 1: made. 0: it can't be done, `reason` says why. -ENOMEM.
 */
int targets_make(const struct installation *installation, const struct holdings *holdings,
		 const struct split_options *options, struct targets *ret_targets,
		 struct strbuf *reason);

/* Its settings file, by base name. The caller frees it; NULL: no memory. */
char *target_file(const struct target *target);

/* What of an origin's Name, Lock and Log is its mark: its instance's name, nothing for default. */
const char *instance_mark(const struct instance *instance);
