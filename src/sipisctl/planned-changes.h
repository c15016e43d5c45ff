/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What split and sync do before they ask: load the settings, plan the changes and check them. */

#include "sipisctl/command.h"
#include "sipisctl/transaction/changes.h"

/*
 * Load settings that are going to be replaced: there are some, the caller can read all of them, and
 * no split is interrupted. Returns EXIT_GOOD, or another exit status after a message.
 */
int load_to_change(const struct options *options, struct installation *ret_installation);

/*
 * Check what the settings would be, and work out the changes. Returns EXIT_GOOD, or another exit
 * status after a message. The caller releases both results.
 */
int plan_changes(const struct options *options, const char *command,
		 const struct installation *installation, const struct proposal *proposal,
		 struct installation *ret_planned, struct changes *ret_changes);
