/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is wrong with this machine: whether the settings can be lived by here. All warnings. */

#include "installation/installation.h"

/* Add what is found, unsorted. What can't be asked is not judged. 0 or -ENOMEM. */
int host_check(const struct installation *installation, struct diagnostics *diagnostics);
