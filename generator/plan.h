/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The units that the generator is going to write, in memory: one for the umbrella, and one for each
 * instance with a valid name.
 */

#include <stdbool.h>
#include <stddef.h>

#include "installation/installation.h"

/* A drop-in, UNIT.d/50-sipis-generator.conf, and its link in sipis.service.wants/. */
struct plan_unit {
	char *name;    /* owned: `sipis@1.service` */
	char *drop_in; /* owned: the content; NULL: there was no memory for it */
	bool wanted;   /* the umbrella wants it */
};

struct plan {
	struct plan_unit *units; /* owned: the umbrella, then instances in their order */
	size_t n;                /* 0 without a directory of settings */
};

/*
 * Make the plan. Return 0, or -ENOMEM without a plan; a unit without memory for its drop-in alone
 * does not stop the others.
 */
int plan_make(const struct installation *installation, struct plan *ret_plan);
void plan_done(struct plan *plan);

/*
 * Print the plan to standard output, sorted by path: the output of --dry-run. Return 0 or -ENOMEM;
 * the caller checks ferror(stdout).
 */
int plan_print(const struct plan *plan);
