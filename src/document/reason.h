/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why something is not done: one sentence, with the place that it is about. */

#include "document/source.h"
#include "util/strbuf.h"

/* Set the reason. What `format` is given must be fit to be shown. Returns 0, or -ENOMEM. */
int reason_set(struct strbuf *reason, const struct place *place, const char *format, ...)
	_printf_(3, 4);
