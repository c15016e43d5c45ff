/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the generator is going to write, in memory: which units get which drop-in, and which of
 * them the umbrella unit pulls in.
 */

#include <stdbool.h>
#include <stddef.h>

#include "installation.h"
#include "macro.h"

#define PLAN_UMBRELLA    "sipis.service"
#define PLAN_TEMPLATE    "sipis@.service"
#define PLAN_DROPIN_NAME "50-sipis-generator.conf"

/* A unit's drop-in, UNIT.d/50-sipis-generator.conf, and its link in sipis.service.wants/. */
struct plan_unit {
	char *name;    /* owned: `sipis@1.service` */
	char *drop_in; /* owned: the whole content */
	bool wanted;   /* the umbrella wants it */
};

struct plan {
	struct plan_unit *units; /* owned; in the order of the instances */
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
