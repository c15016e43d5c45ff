/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Checks of this machine: whether the instances can start and serve here. They refuse no instance.
 *
 * Every question that can hang (file systems, the name service, systemd, the generator) has a
 * deadline, and what is not answered is reported.
 */

#include "installation/installation.h"

/* Add the diagnostics that are found, unsorted. Returns 0 or a negative errno. */
int host_check(const struct installation *installation, struct diagnostics *diagnostics);

/*
 * The same for the diagnostics of the installation itself, which are sorted again. Returns 0 or a
 * negative errno; what was found before a failure is kept.
 */
int host_add_findings(struct installation *installation);
