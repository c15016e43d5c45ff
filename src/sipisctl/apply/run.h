/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Make the running services match the settings, and verify that they serve. */

#include <stdbool.h>
#include <stddef.h>

#include "util/root.h"

struct apply_options {
	const struct root *root;      /* must be that of this machine */
	const char *const *instances; /* restart these alone; each must exist */
	size_t n_instances;           /* 0: all */
	unsigned timeout;             /* of each step, in seconds */
	bool dry_run;
	bool force;           /* go on despite errors */
	bool rolling;         /* only the instances that changed, one after the other */
	bool no_stop;         /* keep what runs */
	bool undo_on_failure; /* of the last split */
	bool terminal;        /* standard output is one */
	bool json;            /* nothing on standard output */
};

enum apply_result {
	APPLY_GOOD,   /* all that should serve does */
	APPLY_BAD,    /* something does not, or errors stopped it before */
	APPLY_FAILED, /* it could not do its work */
};

/*
 * Everything is reported, to standard output, standard error and the journal. *ret_changed is set
 * to true if systemd was asked to change something.
 */
enum apply_result apply_run(const struct apply_options *options, bool *ret_changed);
