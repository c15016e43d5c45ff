/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The generator's messages: to the kernel log if PID 1 runs it, because no other log exists yet,
 * else to standard error. The kernel log gets errors only, in at most LOG_RECORDS_MAX records of at
 * most 900 bytes.
 */

#include "document/diagnostic.h"
#include "util/macro.h"

#define LOG_RECORDS_MAX 20

/* Log one line, without a newline. Needs no memory, so it can report that there is none. */
void log_error(const char *format, ...) _printf_(1, 2);

/* Log all diagnostics. Return 0 or -ENOMEM, which has been logged. */
int log_diagnostics(const struct diagnostics *diagnostics);

/* Write the last record: the kernel log is told how many records did not fit. */
void log_finish(void);
