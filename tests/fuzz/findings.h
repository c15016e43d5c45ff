/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What must hold of every finding: it is fit to be shown, and its place is in its file. */

#include "document/diagnostic.h"

void check_findings(const struct diagnostics *diagnostics);

/* One line of UTF-8 without controls. */
void check_line(const char *text);

/* And without what reorders the text around it: what people are shown. */
void check_shown(const char *text);
