/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The commands of sipisctl, and what several of them need. */

#include <stdbool.h>

#include "installation/installation.h"
#include "installation/load.h"
#include "installation/scan.h"
#include "sipisctl/options.h"
#include "sipisctl/show/assignment.h"

enum {
	EXIT_GOOD = 0,
	EXIT_ERRORS = 1,   /* errors found, or the command's goal not reached */
	EXIT_USAGE = 2,    /* wrong usage, an unknown instance too */
	EXIT_FAILED = 3,   /* could not do its work */
	EXIT_REFUSED = 78, /* EX_CONFIG of sysexits.h: systemd does not restart the instance */
};

/* Run a command with the words after its name. Errors are reported. Return an exit status. */
int command_check(const struct options *options, int argc, char **argv);
int command_list(const struct options *options, int argc, char **argv);
int command_map(const struct options *options, int argc, char **argv);
int command_route(const struct options *options, int argc, char **argv);
int command_apply(const struct options *options, int argc, char **argv);
int command_status(const struct options *options, int argc, char **argv);
int command_reload(const struct options *options, int argc, char **argv);
int command_edit(const struct options *options, int argc, char **argv);
int command_sync(const struct options *options, int argc, char **argv);
int command_metrics(const struct options *options, int argc, char **argv);
int command_split(const struct options *options, int argc, char **argv);

/* Print the columns of a command, for its --help. */
void list_print_columns(void);
void route_print_columns(void);
void status_print_columns(void);

/* Return true if run without root and some settings file could not be read. */
bool installation_has_unreadable(const struct installation *installation);

/* Report that the caller may not read all settings. Return false, and print nothing, if it may. */
bool report_unreadable(const struct installation *installation);

/* Report backends whose instance is unknown; and those whose selectors are. */
void report_unknown_owner(const struct options *options, const struct assignment *assignment);
void report_bad_prefix(const struct options *options, const struct assignment *assignment);

/* Report why no backend is known: the load balancer's settings are absent or wrong. */
void report_no_assignment(const struct options *options, const struct installation *installation);

/* Print the table of `list` with all instances. Return an exit status. */
int list_installation(const struct options *options, const struct installation *installation);

/*
 * Return the instance that a word of the command line names: `1`, `sipis@1`, `sipis@1.service` or
 * `Settings1.xml`; NULL if there is none.
 */
const struct instance *command_find_instance(const struct installation *installation,
					     const char *word);

/* The same without an installation: return the word's instance, which need not exist. */
struct instance_name {
	char text[INSTANCE_LENGTH_MAX + 1];
};

struct instance_name command_instance_name(const char *word);

/* The instances named on the command line. */
struct selection {
	bool *wanted; /* owned, by index; NULL: all, as none was named */
	size_t n;     /* how many are selected */
};

/* Report an unknown instance and return EXIT_USAGE, or return EXIT_GOOD or EXIT_FAILED (OOM). */
int command_select(const struct installation *installation, int argc, char **argv,
		   struct selection *ret_selection);
void selection_done(struct selection *selection);

static inline size_t instance_index(const struct installation *installation,
				    const struct instance *instance)
{
	return (size_t)(instance - installation->instances);
}

static inline bool selection_has(const struct selection *selection, size_t at)
{
	return !selection->wanted || selection->wanted[at];
}

/* Report that there are no settings files, where, and why. */
void report_no_instances(const struct options *options, const struct installation *installation);

/* Report why a command could not do its work, and return EXIT_FAILED. `error` is an -errno. */
int report_failure(const char *what, int error);

/* Print a diagnostic to standard error, or all errors, and return how many these are. */
void report_diagnostic(const struct diagnostic *diagnostic);
size_t report_errors(const struct installation *installation);

/* Report wrong usage, and return EXIT_USAGE. */
int report_usage(const char *format, ...) _printf_(1, 2);

/*
 * Load the installation. Return EXIT_GOOD, and the caller calls installation_done(); or report why
 * it failed and return EXIT_FAILED.
 */
int command_load(const struct options *options, enum load_flags flags,
		 struct installation *ret_installation);
