/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The text of one drop-in. Whatever comes from a settings file may try to be a directive: a value
 * is one line, has its specifiers doubled and ends in no backslash.
 *
 * Format: systemd.unit(5), systemd.exec(5), systemd.syntax(7).
 */

#include "installation/installation.h"

/* The caller frees `ret_text`. 0 or -ENOMEM. */
int drop_in_for_instance(const struct instance *instance, char **ret_text);
int drop_in_for_umbrella(char **ret_text);
