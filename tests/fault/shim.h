/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What shim.c, its other half memory.c, and those who talk to it have in common. */

/* The server's file descriptors. What comes by the second is the status of a run, or SHIM_PAUSED:
 * then the run waits for a byte by the first. */
enum { SHIM_REQUESTS = 3, SHIM_ANSWERS = 4, SHIM_PAUSED = -1 };

/* From here on allocations count; number `at` is to fail, or all from there on. 0: none. */
void memory_begin(unsigned long at, unsigned long from);

/* Until the next memory_begin() they don't. How many there have been. */
unsigned long memory_end(void);

/* Everything that has not been freed, a line each, into this file. */
void memory_report(int fd);
