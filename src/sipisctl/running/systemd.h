/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What systemd says about units, asked over the system bus of this machine or of another. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/macro.h"

struct systemd; /* a connection */
struct sd_bus;

/* Whose manager is asked. Both NULL: this machine's. */
struct systemd_target {
	const char *host;      /* [USER@]HOST, through ssh, as systemctl -H has it */
	const char *container; /* as systemctl -M has it */
};

/* `target` NULL: this machine's. 0, or a negative errno where no systemd could be asked. */
int systemd_open(const struct systemd_target *target, struct systemd **ret_systemd);
void systemd_close(struct systemd *systemd);
DEFINE_FREEP(struct systemd, systemd_closep, systemd_close)

/* The bus itself, for what else is done over it. It belongs to the connection. */
struct sd_bus *systemd_bus(struct systemd *systemd);

/* What systemd said when it did not do what it was last told to; NULL: nothing. */
const char *systemd_complaint(const struct systemd *systemd);
void systemd_set_complaint(struct systemd *systemd, const char *text); /* copied */

#define SYSTEMD_DESTINATION "org.freedesktop.systemd1"
#define SYSTEMD_PATH        "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER     "org.freedesktop.systemd1.Manager"

#define UNKNOWN_MEMORY UINT64_MAX

/* Texts are owned, and NULL where systemd did not tell. Times are of the wall clock, 0: never. */
struct unit_state {
	char *load;         /* `loaded`, `not-found`, `masked`, ... */
	char *active, *sub; /* `active` and `running`, ... */
	char *description;
	char *result;  /* of the last run: `success`, `exit-code`, ... */
	char *program; /* what ExecStart= runs */
	bool need_daemon_reload;
	bool has_job;          /* systemd has yet to do something with it */
	pid_t main_pid;        /* 0: none */
	uint64_t memory;       /* bytes, or UNKNOWN_MEMORY */
	uint64_t active_usec;  /* since when it is active */
	uint64_t started_usec; /* when its main process was started */
	uint32_t restarts;
};

/* A unit that is not loaded is loaded for it. 0 or a negative errno. */
int systemd_unit_state(struct systemd *systemd, const char *unit, struct unit_state *ret_state);
void unit_state_done(struct unit_state *state);

/* Is a text of it this word? */
bool unit_text_is(const char *text, const char *word);

/*
 * The names of all loaded units that match one of `patterns` (a NULL behind the last). The caller
 * frees them with names_free(). 0 or a negative errno.
 */
int systemd_list_units(struct systemd *systemd, const char *const *patterns, char ***ret_names);
void names_free(char **names);
DEFINE_FREEP(char *, names_freep, names_free)
