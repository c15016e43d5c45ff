/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The reason why something is not done: one sentence, after the place that it is about. */

#include "document/source.h"
#include "util/strbuf.h"

/* Set the reason. `place` may be NULL. The arguments of `format` must be escaped. 0 or -ENOMEM. */
int reason_set(struct strbuf *reason, const struct place *place, const char *format, ...)
	_printf_(3, 4);
