/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two directories whose files a split replaces, held open. */

#include "util/root.h"

enum home { HOME_SETTINGS, HOME_LOAD_BALANCER, HOME_COUNT };

struct homes {
	int fds[HOME_COUNT]; /* -1: it is not there */
	const char *prefix;  /* borrowed: what paths in messages begin with */
};

#define HOMES_INIT                            \
	{                                     \
		.fds = {-1, -1}, .prefix = "" \
	}

/*
 * 0 or a negative errno, and *ret_path is the one that can't be opened. The load balancer's may be
 * missing, the settings' may not.
 */
int homes_open(const struct root *root, struct homes *ret_homes, const char **ret_path);
void homes_done(struct homes *homes);

/* The base name of the load balancer's settings. */
const char *load_balancer_file(void);
