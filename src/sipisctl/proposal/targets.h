/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The instances that a split leads to: which of today's stay, which are new, and the names and
 * ports of all of them.
 */

#include "installation/installation.h"
#include "sipisctl/proposal/local-backends.h"

#define SPLIT_MAX 256

struct split_options {
	unsigned n;                /* instances: 1 to SPLIT_MAX */
	int steps[LISTENER_COUNT]; /* from one port to the next; not 0 */
	uint32_t max_imbalance;    /* see division.h */
	const bool *without; /* borrowed: which of today's instances go, by index; NULL: the last */
};

struct target {
	const struct instance *origin; /* borrowed: its settings are the model */
	bool stays;                    /* it is `origin` itself, perhaps under another name */
	char *instance;                /* owned: its name */
	char *suffix; /* owned: replaces the origin's in Name, Lock and Log; NULL: they stay */
	char *name;   /* owned: its Server[Name], decoded */
	uint16_t ports[LISTENER_COUNT]; /* 0: absent in the origin, or not a port */
};

struct targets {
	struct target *items; /* owned, in the order of instances */
	size_t n;
};

void targets_done(struct targets *targets);

/*
 * `local_backends` says which names other machines have; NULL: there are no load balancer settings.
 * Every instance must be parsed and have a good name.
 *
 * Return 1; 0 with a reason if there are not enough free ports; or -ENOMEM.
 */
int targets_make(const struct installation *installation,
		 const struct local_backends *local_backends, const struct split_options *options,
		 struct targets *ret_targets, struct strbuf *reason);

/* Return the base name of the target's settings file for the caller to free, or NULL on OOM. */
char *target_file(const struct target *target);

/* Return the suffix that the Name, Lock and Log of an instance have by convention; "" for default.
 */
const char *instance_suffix(const struct instance *instance);
