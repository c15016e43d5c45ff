/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Loads an installation: scan, read, parse, rules. */

#include "installation/installation.h"
#include "util/root.h"

enum load_flags {
	/* Read the load balancer's settings even without instances: it may be on another machine.
	 */
	LOAD_BALANCER_ALONE = 1 << 0,
	/* Compare the content of settings files (settings-differ). PID 1 does not wait for this. */
	LOAD_COMPARES = 1 << 1,
};

/*
 * Load the installation. Errors in the files become diagnostics. Return 0, and the caller calls
 * installation_done(); or a negative errno: out of memory, or the directory cannot be listed.
 */
int load_installation(const struct root *root, enum load_flags flags,
		      struct installation *ret_installation);

/* The planned content of a file. All is borrowed. */
struct planned_file {
	const char *name; /* a settings file in CONFDIR; NULL: the load balancer's settings */
	const char *data;
	size_t size;
};

/*
 * Load the installation that consists of these files only; nothing is read from disk. The paths in
 * diagnostics begin with `root`. Return 0 or -ENOMEM.
 */
int load_planned(const struct root *root, const struct planned_file *files, size_t n_files,
		 struct installation *ret_installation);
