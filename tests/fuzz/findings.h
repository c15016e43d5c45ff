/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What must hold of every finding: it is fit to be shown, and its place is in its file. */

#include "diagnostic.h"

void check_findings(const struct diagnostics *diagnostics);

/* One line of UTF-8 that can't move a cursor. */
void check_shown(const char *text);
