/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From a directory to an installation with all findings: scan, read, parse, rules. */

#include "installation/installation.h"
#include "util/root.h"

enum load_flags {
	/* Read the load balancer's settings where there is no instance too: for a machine of its
	   own. */
	LOAD_BALANCER_ALONE = 1 << 0,
	/* Keep where the lines of a file begin, and not its bytes: findings can be told, the lines
	   around them can not be shown. */
	LOAD_FORGETS_BYTES = 1 << 1,
};

/*
 * 0, or a negative errno where we failed: no memory, or the directory of the settings exists and
 * can't be listed. What is wrong with the documents is no failure. The caller calls
 * installation_done() in the first case.
 */
int load_installation(const struct root *root, enum load_flags flags,
		      struct installation *ret_installation);

/* A file as it would be. All is borrowed. */
struct planned_file {
	const char *name; /* in the directory of the settings; NULL: the load balancer's settings */
	const char *data;
	size_t size;
};

/*
 * The installation that these files would be: they are all of it, and nothing is read. `root` is
 * what the paths in findings begin with. 0 or -ENOMEM.
 */
int load_planned(const struct root *root, const struct planned_file *files, size_t n_files,
		 struct installation *ret_installation);
