/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What shim.c, its other half memory.c, and those who talk to it have in common. */

/* The server's file descriptors. What comes by the second is the status of a run, or SHIM_PAUSED:
 * then the run waits for a byte by the first. */
enum { SHIM_REQUESTS = 3, SHIM_ANSWERS = 4, SHIM_PAUSED = -1 };

/* From here on allocations count; number `at` is to fail, or all from there on. 0: none. */
void memory_begin(unsigned long at, unsigned long from);

/* Of shim.c, at the first call and at the first allocation: what is expected last comes first,
 * before the ends of all libraries. */
void expect_end(void);

/* And from here on they don't any more. */
void memory_end(void);

/* Into this file: how many there have been, and a line `left:` for each that was not freed. */
void memory_report(int fd);

/* And a line `allocation OFFSET` if one has failed that the program itself asked for: the address
 * after its call, as objdump has it. */
void memory_report_failed(int fd);
