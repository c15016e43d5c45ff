/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A drop-in, read as systemd.syntax(7) has it, and nothing in it that the generator never writes.
 */

#include <stdbool.h>

/* `instance` is what its unit is called after; NULL: the umbrella. */
void check_drop_in(const char *text, const char *instance, bool refused);
