/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the generator is going to write: which units get which drop-in, and which of them the
 * umbrella unit pulls in.
 */

#include <stdbool.h>
#include <stddef.h>

#include "installation/installation.h"
#include "util/macro.h"

#define PLAN_UMBRELLA    "sipis.service"
#define PLAN_TEMPLATE    "sipis@.service"
#define PLAN_DROPIN_NAME "50-sipis-generator.conf"

/* A unit's drop-in, UNIT.d/50-sipis-generator.conf, and its link in sipis.service.wants/. */
struct plan_unit {
	char *name;    /* `sipis@1.service` */
	char *drop_in; /* the whole content; NULL: there was no memory for it */
	bool wanted;   /* the umbrella wants it */
};

/*
 * Make the units one after the other, the umbrella first and then in the order of the instances,
 * and hand each to `use`, which borrows it; none where there is no directory of settings. Stops
 * where `use` returns something negative, and returns that, or 0.
 */
int plan_each(const struct installation *installation,
	      int (*use)(const struct plan_unit *unit, void *userdata), void *userdata);

/* All of them in memory. */
struct plan {
	struct plan_unit *units; /* owned, and what is in them */
	size_t n;
};

/* 0 or -ENOMEM. The caller calls plan_done(). */
int plan_make(const struct installation *installation, struct plan *ret_plan);
void plan_done(struct plan *plan);

/*
 * Print it to standard output, sorted by path: what `--dry-run` shows. 0 or -ENOMEM; what is wrong
 * with the stream shows in ferror().
 */
int plan_print(const struct plan *plan);
