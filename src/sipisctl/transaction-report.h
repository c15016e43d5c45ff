/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the commands that replace settings ask, say, and log: split, sync and edit. */

#include "sipisctl/command.h"
#include "sipisctl/transaction/diff.h"
#include "sipisctl/transaction/transaction.h"

/*
 * Refuse to ask where no one can answer: without --yes, standard input must be a terminal, and the
 * answer must not be JSON. Returns EXIT_GOOD, or EXIT_USAGE.
 */
int require_answer(const struct options *options, const char *command);

/* Ask a question that ends in [y/N]. Returns EXIT_GOOD for yes or --yes, otherwise EXIT_ERRORS. */
int ask(const struct options *options, const char *question);

/* Print an interrupted split, or that this cannot be found out. Returns true if there is one. */
bool report_interrupted_split(const struct installation *installation);

/* Say why nothing was changed. Return EXIT_ERRORS; EXIT_FAILED. */
int report_rejected(const struct strbuf *reason);
int report_unchanged(const char *command, int error);

/* Say and log why a transaction did not end well. Returns an exit status. */
int report_transaction_failure(const struct options *options, const char *command,
			       enum transaction_end end, const struct transaction_result *result);

/* --dry-run: check whether the files can be replaced, and print what would change. */
int preview(const struct options *options, const char *command, struct changes *changes,
	    bool *ret_changed);

/*
 * Carry out changes, finish or take back what was begun; say how it ended, and log it. `command` is
 * "split", "sync" or "edit". *ret_changed becomes true if a file was changed. Return an exit
 * status.
 */
int carry_out(const struct options *options, const char *command,
	      const struct installation *installation, struct changes *changes, bool *ret_changed);
int resume_interrupted(const struct options *options, bool *ret_changed);
int undo_last(const struct options *options, const char *command, bool *ret_changed);

/* With --json, print the object that ends the output of `command`. Returns `status`. */
int end_with_json(const struct options *options, bool changed, int status);
