/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How an apply ended: the summary, what does not serve and why, and the journal. */

#include "sipisctl/apply/context.h"

/* Report what serves and what does not. */
enum apply_result apply_report(struct apply *apply);

/* Report why an apply ended early. */
enum apply_result apply_report_error(struct apply *apply, int error);
