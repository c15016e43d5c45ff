/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From a directory to an installation with all findings: scan, read, parse, rules. */

#include "installation.h"
#include "root.h"

enum load_flags {
	/* Read the load balancer's settings where there is no instance too: for a machine of its
	   own. */
	LOAD_BALANCER_ALONE = 1 << 0,
};

/*
 * 0, or a negative errno where we failed: no memory, or the directory of the settings exists and
 * can't be listed. What is wrong with the documents is no failure. The caller calls
 * installation_done() in the first case.
 */
int load_installation(const struct root *root, enum load_flags flags,
		      struct installation *ret_installation);
