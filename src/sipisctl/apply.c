/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl apply: make the running services match the settings, and verify them. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sipisctl/apply/run.h"
#include "sipisctl/command.h"
#include "sipisctl/transaction-report.h"

#define DEFAULT_TIMEOUT_SECONDS 60

static bool parse_timeout(const struct options *options, unsigned *ret_seconds)
{
	const char *text = options->timeout;
	char *end;
	unsigned long seconds;

	*ret_seconds = DEFAULT_TIMEOUT_SECONDS;
	if (!text)
		return true;
	seconds = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !seconds || seconds > 86400)
		return false;
	*ret_seconds = (unsigned)seconds;
	return true;
}

/* Set the instances that are to be restarted, in the order in which all are shown. */
static int select_instances(const struct installation *installation, int argc, char **argv,
			    struct apply_options *apply)
{
	_cleanup_(selection_done) struct selection selection = {};
	const char **names;
	int status;

	if (!argc)
		return EXIT_GOOD;
	status = command_select(installation, argc, argv, &selection);
	if (status != EXIT_GOOD)
		return status;
	names = calloc(selection.n + 1, sizeof(*names));
	if (!names)
		return report_failure("apply", -ENOMEM);
	for (size_t i = 0; i < installation->n_instances; i++)
		if (selection_has(&selection, i))
			names[apply->n_instances++] = installation->instances[i].name;
	apply->instances = names;
	return EXIT_GOOD;
}

static const int statuses[] = {
	[APPLY_GOOD] = EXIT_GOOD,
	[APPLY_BAD] = EXIT_ERRORS,
	[APPLY_FAILED] = EXIT_FAILED,
};

int command_apply(const struct options *options, int argc, char **argv)
{
	_cleanup_(installation_done) struct installation installation = {};
	struct apply_options apply = {
		.root = &options->root,
		.dry_run = options->dry_run,
		.force = options->force,
		.rolling = options->rolling,
		.no_stop = options->no_stop,
		.undo_on_failure = options->undo_on_failure,
		.terminal = options->terminal,
		.json = options->style.json,
	};
	bool changed = false;
	int status;

	if (!parse_timeout(options, &apply.timeout))
		return report_usage("--timeout is a number from 1 to 86400, not \"%s\"",
				    options->timeout);
	if (argc && (apply.rolling || apply.no_stop))
		return report_usage(
			"--rolling and --no-stop are for all instances: they take no INSTANCE");
	if (apply.undo_on_failure && (argc || apply.rolling || apply.no_stop))
		return report_usage(
			"--undo-on-failure is for the full sequence: not with INSTANCE, "
			"--rolling or --no-stop");
	if (command_load(options, 0, &installation) != EXIT_GOOD)
		return end_with_json(options, false, EXIT_FAILED);
	if (installation_has_unreadable(&installation)) {
		fputs("sipisctl: apply: some settings cannot be read: run it as root; nothing was "
		      "done\n",
		      stderr);
		return end_with_json(options, false, EXIT_FAILED);
	}
	status = select_instances(&installation, argc, argv, &apply);
	if (status == EXIT_GOOD)
		status = statuses[apply_run(&apply, &changed)];
	free((void *)apply.instances);
	return end_with_json(options, changed, status);
}
