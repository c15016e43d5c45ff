/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What can be wrong across files: each rule looks at the whole installation and adds findings. */

#include "installation/installation.h"

/* Run all rules. 0 or -ENOMEM. The findings come unsorted. */
int rules_apply(const struct installation *installation, struct diagnostics *diagnostics);
