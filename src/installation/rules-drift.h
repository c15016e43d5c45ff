/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Compares the whole content of settings files, so that a value is not changed in one file only. */

#include "installation/installation.h"

/*
 * Add one settings-differ for each settings file whose content differs from that of the first one:
 * at the first element or attribute that differs. What is unique to each instance is not compared.
 * The sources must have their bytes. Return 0 or -ENOMEM.
 */
int check_drift(const struct installation *installation, struct diagnostics *diagnostics);
