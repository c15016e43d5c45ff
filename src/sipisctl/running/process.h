/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel says about a process. The process may end at any time. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Room for the name of a process. Those of kernel threads are the longest. */
#define PROCESS_NAME_MAX 64

/* Set `name` to the name of a process as the process itself chose it, or to "?". */
void process_name(pid_t pid, char name[PROCESS_NAME_MAX]);

/*
 * Return true if the process is in this control group or below it. `group` is the ControlGroup of a
 * unit as systemd has it, or NULL. Only this says to which unit a process belongs: any user with a
 * control group can create one below it that is called like a unit.
 */
bool process_is_in_group(pid_t pid, const char *group);

/* The same for one line of /proc/PID/cgroup, which it changes. */
bool group_line_is_below(char *line, const char *group);

/*
 * Return the unit that the control group of a process is called after, for messages alone, or NULL.
 * The caller frees it.
 */
char *process_unit(pid_t pid);

/*
 * Find a variable in the environment that the process was started with. Returns 1 and sets
 * *ret_value, which the caller frees; 0 if it is not set; or a negative errno, -EACCES if the
 * caller may not see it.
 */
int process_environment(pid_t pid, const char *name, char **ret_value);

/*
 * Set *ret_network to a number that is the same for all processes in the same network namespace.
 * Needs no rights. Returns 0 or a negative errno.
 */
int process_network(pid_t pid, uint64_t *ret_network);
