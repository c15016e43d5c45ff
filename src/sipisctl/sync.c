/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl sync: make settings files copies of one of them, but for what is unique to each. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"
#include "sipisctl/planned-changes.h"
#include "sipisctl/proposal/copies.h"
#include "sipisctl/transaction-report.h"

/* Find the instance that the others are copied from. Returns EXIT_GOOD, or an exit status. */
static int find_model(const struct options *options, const struct installation *installation,
		      const struct instance **ret_model)
{
	if (!options->from) {
		*ret_model = &installation->instances[0];
		return EXIT_GOOD;
	}
	*ret_model = command_find_instance(installation, options->from);
	if (!*ret_model)
		return report_usage("there is no instance \"%s\": sipisctl list shows them",
				    options->from);
	return EXIT_GOOD;
}

static int sync_propose(const struct options *options, const struct installation *installation,
			int argc, char **argv, struct proposal *ret_proposal)
{
	_cleanup_(selection_done) struct selection selection = {};
	_cleanup_strbuf_ struct strbuf reason = STRBUF_INIT;
	const struct instance *model;
	int r, status;

	status = find_model(options, installation, &model);
	if (status != EXIT_GOOD)
		return status;
	status = command_select(installation, argc, argv, &selection);
	if (status != EXIT_GOOD)
		return status;
	if (selection.wanted && selection.n == 1 &&
	    selection.wanted[instance_index(installation, model)])
		return report_usage("instance %s is the one that the others become copies of: name "
				    "others, or another one with --from",
				    model->name);

	r = proposal_make_copies(installation, model, selection.wanted, ret_proposal, &reason);
	if (r < 0)
		return report_unchanged("sync", r);
	return r == 0 ? report_rejected(&reason) : EXIT_GOOD;
}

/* Describe the changes on a terminal, and ask. */
static int sync_confirm(const struct options *options, const struct changes *changes)
{
	int r = options->yes ? 0 : diff_print_stat(changes, VERSION_OLD);

	if (r < 0)
		return report_unchanged("sync", r);
	return ask(options, "Write these files?");
}

static int sync_write(const struct options *options, const struct installation *installation,
		      struct changes *changes, bool *ret_changed)
{
	int status;

	if (!changes->n) {
		if (!options->style.json)
			puts("The settings are already like this: there is nothing to do.");
		return EXIT_GOOD;
	}
	status = sync_confirm(options, changes);
	if (status != EXIT_GOOD)
		return status;
	return carry_out(options, "sync", installation, changes, ret_changed);
}

static int sync_run(const struct options *options, int argc, char **argv, bool *ret_changed)
{
	_cleanup_(installation_done) struct installation installation = {}, planned = {};
	_cleanup_(proposal_done) struct proposal proposal = {};
	_cleanup_(changes_done) struct changes changes = {};
	int status;

	status = load_to_change(options, &installation);
	if (status != EXIT_GOOD)
		return status;
	status = sync_propose(options, &installation, argc, argv, &proposal);
	if (status != EXIT_GOOD)
		return status;

	status = plan_changes(options, "sync", &installation, &proposal, &planned, &changes);
	if (status != EXIT_GOOD)
		return status;
	changes.origin = ORIGIN_SYNC;

	if (options->dry_run)
		return preview(options, "sync", &changes, ret_changed);
	return sync_write(options, &installation, &changes, ret_changed);
}

int command_sync(const struct options *options, int argc, char **argv)
{
	bool changed = false;
	int status;

	if (options->stat && !options->dry_run)
		return report_usage("--stat is for --dry-run");
	if (options->undo && (argc || options->from))
		return report_usage("sync --undo takes no instance");
	status = require_answer(options, options->undo ? "sync --undo" : "sync");
	if (status != EXIT_GOOD)
		return status;

	status = options->undo ? undo_last(options, "sync", &changed)
			       : sync_run(options, argc, argv, &changed);
	return end_with_json(options, changed, status);
}
