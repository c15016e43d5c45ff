/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What systemd says about units, asked over the system bus. No other file talks to the bus. */

#include <stdbool.h>
#include <sys/types.h>

#include "macro.h"

struct systemd; /* a connection */

/* 0, or a negative errno where there is no systemd that could be asked. */
int systemd_open(struct systemd **ret_systemd);
void systemd_close(struct systemd *systemd);
DEFINE_FREEP(struct systemd, systemd_closep, systemd_close)

struct unit_state {
	bool need_daemon_reload;
	pid_t main_pid; /* 0: none */
	char *program;  /* owned: what ExecStart= runs; NULL: nothing */
};

/* A unit that is not loaded is loaded for it. 0 or a negative errno. */
int systemd_unit_state(struct systemd *systemd, const char *unit, struct unit_state *ret_state);
void unit_state_done(struct unit_state *state);

/*
 * The names of all loaded units that match one of `patterns` (a NULL behind the last). The caller
 * frees them with names_free(). 0 or a negative errno.
 */
int systemd_list_units(struct systemd *systemd, const char *const *patterns, char ***ret_names);
void names_free(char **names);
DEFINE_FREEP(char *, names_freep, names_free)
