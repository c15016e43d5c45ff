/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Taking a split from step to step: a new one to its end, an interrupted one to its end or back, a
 * complete one back. Each returns an exit status, and says what there is to say.
 */

#include "sipisctl/command.h"
#include "sipisctl/transaction/changes.h"

/* Can these files be replaced? */
int split_look(const struct options *options, struct changes *changes);

/* `installation` is what the plan was made of; all of its files must be like that still. */
int split_begin(const struct options *options, const struct installation *installation,
		struct changes *changes);
int split_resume(const struct options *options);
int split_undo(const struct options *options);

/* Say why nothing was changed: where we failed, EXIT_FAILED; where it can't be done, EXIT_ERRORS.
 */
int split_report_untouched(int error);
int split_report_reason(const struct strbuf *reason);
