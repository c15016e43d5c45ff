/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/run.h"

#include <errno.h>
#include <string.h>

#include "sipisctl/apply/context.h"
#include "sipisctl/apply/full.h"
#include "sipisctl/apply/judge.h"
#include "sipisctl/apply/lock.h"
#include "sipisctl/apply/report.h"
#include "sipisctl/apply/rolling.h"
#include "sipisctl/apply/undo.h"
#include "sipisctl/running/journal.h"

typedef int apply_function(struct apply *apply);

static apply_function *apply_choose_function(const struct apply_options *options)
{
	if (options->rolling)
		return apply_rolling;
	if (options->n_instances)
		return apply_instances;
	return options->dry_run ? apply_dry_run_full : apply_full;
}

/* Load the settings, and connect to systemd. Returns false if that fails, which is reported. */
static bool apply_begin(struct apply *apply, enum apply_result *ret_result)
{
	int r;

	*ret_result = APPLY_BAD;
	r = judge_settings(apply);
	if (r > 0)
		return false;
	*ret_result = APPLY_FAILED;
	if (r < 0) {
		fprintf(stderr, "sipisctl: " SIPIS_CONFDIR ": %s; nothing was done\n",
			strerrordesc_np(-r));
		return false;
	}
	r = apply_open(apply);
	if (r < 0)
		fprintf(stderr, "sipisctl: cannot connect to systemd: %s; nothing was done\n",
			strerrordesc_np(-r));
	return r >= 0;
}

/* Run it to its end, and report that. `undo` NULL: none is wanted. */
static enum apply_result apply_once(struct apply *apply, apply_function *function,
				    struct apply_undo *undo)
{
	enum apply_result result;
	int r = 0;

	if (!apply_begin(apply, &result))
		return result;
	if (!apply->options->dry_run)
		journal_write(JOURNAL_APPLY_STARTED, NULL,
			      "The settings of SIPIS are being applied.");
	if (undo)
		r = undo_find(apply, undo);
	if (r > 0)
		return APPLY_FAILED;
	if (r == 0)
		r = function(apply);
	if (r > 0)
		return APPLY_BAD;
	if (r < 0)
		return apply_report_error(apply, r);
	return apply->options->dry_run ? APPLY_GOOD : apply_report(apply);
}

/*
 * Put the settings from before the last split back, and apply them even if they have errors: they
 * served before.
 */
static void apply_back(const struct apply *failed, const struct apply_undo *undo)
{
	struct apply_options options = *failed->options;
	_cleanup_(apply_done) struct apply apply;

	options.force = true;
	apply_init(&apply, &options);
	if (undo_split(failed, undo))
		(void)apply_once(&apply, failed->sent ? apply_full : apply_reload_only, NULL);
}

static enum apply_result apply_locked(const struct apply_options *options,
				      struct apply_locks *locks, bool *ret_changed)
{
	_cleanup_(apply_done) struct apply apply;
	struct apply_undo undo = {};
	enum apply_result result;

	apply_init(&apply, options);
	result = apply_once(&apply, apply_choose_function(options),
			    options->undo_on_failure && !options->dry_run ? &undo : NULL);
	if (result == APPLY_BAD && undo.possible && !apply.interrupted) {
		apply_locks_release_split(locks);
		apply_back(&apply, &undo);
	} else if (result == APPLY_BAD && undo.has_split && !apply.interrupted) {
		fputs("sipisctl: the last split was not taken back: it was in use already, or "
		      "nothing ran when apply began\n",
		      stderr);
	}
	*ret_changed = apply.sent;
	return result;
}

enum apply_result apply_run(const struct apply_options *options, bool *ret_changed)
{
	_cleanup_(apply_locks_done) struct apply_locks locks = APPLY_LOCKS_INIT;
	const char *holder;
	int r;

	if (options->dry_run)
		return apply_locked(options, &locks, ret_changed);
	if (geteuid() != 0) {
		fputs("sipisctl: apply needs root; nothing was done\n", stderr);
		return APPLY_FAILED;
	}
	r = apply_locks_take(&locks, &holder);
	if (r < 0) {
		if (r == -EWOULDBLOCK)
			fprintf(stderr, "sipisctl: %s is running; nothing was done\n", holder);
		else
			fprintf(stderr, "sipisctl: the lock of apply: %s; nothing was done\n",
				strerrordesc_np(-r));
		return APPLY_FAILED;
	}
	return apply_locked(options, &locks, ret_changed);
}
