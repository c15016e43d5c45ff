/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every command of sipisctl gets and gives. */

#include <stdbool.h>

#include "installation/installation.h"
#include "installation/load.h"
#include "sipisctl/running/systemd.h"
#include "sipisctl/show/table.h"
#include "util/root.h"

enum {
	EXIT_GOOD = 0,
	EXIT_ERRORS = 1,   /* errors found, or the command's goal not reached */
	EXIT_USAGE = 2,    /* wrong usage, an unknown instance too */
	EXIT_FAILED = 3,   /* could not do its work */
	EXIT_REFUSED = 78, /* what sipis@.service is not restarted on: EX_CONFIG of sysexits.h */
};

/* So many machines at once. */
#define TARGETS_MAX 64

/* What stands before or after the command's name. */
struct options {
	struct root root;
	struct table_style style;
	bool rooted;   /* --root was given: this machine itself is not looked at */
	bool terminal; /* standard output is one */
	bool color;
	bool refused, strict, count, svg;
	bool dry_run, yes, undo, resume;
	bool no_stop, force, rolling, watch;
	const char *app_id; /* never NULL */
	/* NULL: not given */
	const char *server_port_step, *http_port_step, *max_imbalance, *timeout;
	struct systemd_target targets[TARGETS_MAX]; /* of -H and -M; none: this machine */
	size_t n_targets;
};

/* The rest of the command line. Returns an exit status; whatever is to be said has been said. */
int command_check(const struct options *options, int argc, char **argv);
int command_list(const struct options *options, int argc, char **argv);
int command_map(const struct options *options, int argc, char **argv);
int command_route(const struct options *options, int argc, char **argv);
int command_apply(const struct options *options, int argc, char **argv);
int command_status(const struct options *options, int argc, char **argv);
int command_split(const struct options *options, int argc, char **argv);

/* Who is not root may not see all of it: are there settings that he can't read? */
bool command_is_blind(const struct installation *installation);

/* The table of `list`, for an installation that is loaded. Returns an exit status. */
int list_installation(const struct options *options, const struct installation *installation);

/* Say why a command could not do its work, and return EXIT_FAILED. `error` is a negative errno. */
int report_failure(const char *what, int error);

/* Print a finding to standard error; all errors of an installation, and how many these are. */
void report_diagnostic(const struct diagnostic *diagnostic);
size_t report_errors(const struct installation *installation);

/* Say that a command was called wrongly, and return EXIT_USAGE. */
int report_usage(const char *format, ...) _printf_(1, 2);

/*
 * Load the installation, and say it where that fails. EXIT_GOOD, and the caller calls
 * installation_done(); or EXIT_FAILED.
 */
int command_load(const struct options *options, enum load_flags flags,
		 struct installation *ret_installation);
