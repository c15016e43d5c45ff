/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A finding as a terminal shows it: below the text form the line it points at, with a caret under
 * the place, and the same for the place that it is related to.
 *
 * Settings hold passwords. Of a line only markup, names and the values that are checked are shown,
 * all else is masked with `*`.
 */

#include "installation/installation.h"
#include "util/strbuf.h"

/* Append a finding, a newline behind each line. `color`: with escape sequences of a terminal. */
void caret_append(struct strbuf *buf, const struct installation *installation,
		  const struct diagnostic *diagnostic, bool color);
