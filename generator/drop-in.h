/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The text of one drop-in. Everything that comes from a settings file is hostile: a value is one
 * line, has its specifiers and variables doubled, and does not end in a backslash.
 *
 * Format: systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.syntax(7).
 */

#include "installation/installation.h"

/* Return 0 and a text for the caller to free, or -ENOMEM. */
int drop_in_for_instance(const struct instance *instance, char **ret_text);
int drop_in_for_umbrella(char **ret_text);
