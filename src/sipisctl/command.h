/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every command of sipisctl gets and gives. */

#include <stdbool.h>

#include "root.h"

enum {
	EXIT_GOOD = 0,
	EXIT_ERRORS = 1,   /* errors found, or the command's goal not reached */
	EXIT_USAGE = 2,    /* wrong usage, an unknown instance too */
	EXIT_FAILED = 3,   /* could not do its work */
	EXIT_REFUSED = 78, /* what sipis@.service is not restarted on: EX_CONFIG of sysexits.h */
};

/* What stands before or after the command's name. */
struct options {
	struct root root;
	bool refused;
};

/* The rest of the command line. Returns an exit status; whatever is to be said has been said. */
int command_check(const struct options *options, int argc, char **argv);

/* Say why a command could not do its work, and return EXIT_FAILED. `error` is a negative errno. */
int report_failure(const char *what, int error);
