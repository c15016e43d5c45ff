/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/planned-changes.h"

#include <stdio.h>

#include "sipisctl/transaction-report.h"

int load_to_change(const struct options *options, struct installation *ret_installation)
{
	if (command_load(options, 0, ret_installation) != EXIT_GOOD ||
	    report_unreadable(ret_installation))
		return EXIT_FAILED;
	if (report_interrupted_split(ret_installation))
		return EXIT_ERRORS;
	if (!ret_installation->n_instances) {
		report_no_instances(options, ret_installation);
		return EXIT_ERRORS;
	}
	return EXIT_GOOD;
}

/* Print the errors that planned settings have. Returns true if there are any. */
static bool report_planned_errors(const struct installation *planned)
{
	if (!report_errors(planned))
		return false;
	fputs("sipisctl: the settings would have these errors; nothing was changed\n", stderr);
	return true;
}

int plan_changes(const struct options *options, const char *command,
		 const struct installation *installation, const struct proposal *proposal,
		 struct installation *ret_planned, struct changes *ret_changes)
{
	int r;

	r = proposal_load(proposal, &options->root, ret_planned);
	if (r < 0)
		return report_unchanged(command, r);
	if (report_planned_errors(ret_planned))
		return EXIT_ERRORS;
	r = changes_make(installation, proposal, ret_changes);
	return r < 0 ? report_unchanged(command, r) : EXIT_GOOD;
}
