/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the generator says what is wrong: to the kernel's log when PID 1 runs it, as there is no
 * other log yet, and to standard error when a person does.
 */

#include <stdbool.h>

#include "util/macro.h"

/* Does PID 1 run us? Then only errors are worth a line. */
bool log_to_kernel(void);

/* Say one line, without a newline. What does not fit into one record is cut. */
void log_error(const char *format, ...) _printf_(1, 2);
