/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rules that look at more than one value: each reads the whole installation. */

#include "installation/installation.h"

/* Run all rules, and add unsorted diagnostics. Return 0 or -ENOMEM. */
int rules_apply(const struct installation *installation, struct diagnostics *diagnostics);
