/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Questions to systemd, on this machine or another one.
 *
 * Every call has a deadline, and so has connecting. A function that fails returns a negative errno,
 * which says nothing about the unit: only LoadState `not-found` means that a unit does not exist.
 * Calls are made through the event loop: after a signal they return -EINTR, see loop.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/clock.h"
#include "util/macro.h"
#include "util/strbuf.h"

struct sd_bus;
struct sd_bus_message;
struct systemd; /* a connection */

/* So long PID 1 refuses connections when it executes itself again. */
#define RECONNECT_USEC (2 * USEC_PER_SEC)

/* So long it may answer nothing while it reloads. */
#define SILENCE_USEC (10 * USEC_PER_SEC)

/* The manager to ask. Both NULL: that of this machine. */
struct systemd_target {
	const char *host;      /* [USER@]HOST, through ssh, as for systemctl -H */
	const char *container; /* as for systemctl -M */
};

/*
 * Connect. `target` NULL: this machine, where root uses systemd's private socket first and needs no
 * D-Bus daemon; if DBUS_SYSTEM_BUS_ADDRESS is set, only that bus is tried. Returns 0 or a negative
 * errno.
 */
int systemd_open(const struct systemd_target *target, struct systemd **ret_systemd);

/*
 * The same for this machine, tried again until `deadline` while PID 1 may be executing itself
 * again; it is the deadline of calls, too: see systemd_set_deadline(). If there is no socket, it
 * returns -ENOENT soon.
 */
int systemd_open_until(uint64_t deadline, struct systemd **ret_systemd);
void systemd_close(struct systemd *systemd);
DEFINE_FREEP(struct systemd, systemd_closep, systemd_close)

/*
 * Repeat calls that systemd does not answer until `deadline` (CLOCK_MONOTONIC, microseconds), and
 * connect again where the connection was lost: PID 1 answers nothing while it reloads, and closes
 * connections when it executes itself again. 0, the default: make each call once.
 */
void systemd_set_deadline(struct systemd *systemd, uint64_t deadline);

/* Return true if the last call failed because systemd did not answer: it may have done it. */
bool systemd_was_silent(const struct systemd *systemd);

/* Return what systemd said about the last call that failed, escaped, or NULL. */
const char *systemd_complaint(const struct systemd *systemd);

/* --- calls, for the other files of this folder ---------------------------------------------- */

#define SYSTEMD_DESTINATION "org.freedesktop.systemd1"
#define SYSTEMD_PATH        "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER     "org.freedesktop.systemd1.Manager"

struct systemd_call {
	const char *path, *interface; /* NULL: the manager's */
	const char *member;
	const char *texts[2];        /* the arguments, up to the first NULL */
	const char *const *patterns; /* the arguments of ListUnitsByPatterns, or NULL */
	uint64_t timeout;            /* of one try, in microseconds; 0: that of questions */
};

/*
 * Make a call. `ret_reply` may be NULL; otherwise the caller unrefs the reply. Returns 0 or a
 * negative errno.
 */
int systemd_call(struct systemd *systemd, const struct systemd_call *call,
		 struct sd_bus_message **ret_reply);

/*
 * Have `connected` called with every connection that is made again, and now. It must not make
 * calls. Returns what it returned now.
 */
int systemd_on_connect(struct systemd *systemd, int (*connected)(struct sd_bus *bus, void *context),
		       void *context);

/* --- units --------------------------------------------------------------------------------- */

#define UNKNOWN_MEMORY UINT64_MAX

/*
 * The state of a unit. Texts are owned, and NULL if systemd does not know them. They come from
 * outside and must be escaped before they are shown. Times are wall clock time in microseconds, 0:
 * never.
 */
struct unit_state {
	char *load;         /* `loaded`, `not-found`, `masked`, `bad-setting`, ... */
	char *active, *sub; /* `active` and `running`, ... */
	char *description;
	char *fragment;  /* path of the unit file */
	char **drop_ins; /* paths, up to a NULL */
	char **wants;    /* units, up to a NULL */
	char *freezer;   /* `running`, `frozen`, ...; NULL before systemd 246 */
	char *result;    /* of the last run: `success`, `exit-code`, ... */
	char *program;   /* the first program of ExecStart= */
	char *control_group;
	char *user, *group;          /* of User= and Group=; "" if not set */
	char **supplementary_groups; /* up to a NULL */
	char **after;                /* the units that it is ordered after, up to a NULL */
	char *network_path;          /* NetworkNamespacePath=; "" if not set */
	bool private_network;
	bool need_daemon_reload;
	bool has_job;          /* a job of the unit is queued or runs */
	pid_t main_pid;        /* 0: none */
	uint64_t memory;       /* bytes, or UNKNOWN_MEMORY */
	uint64_t active_usec;  /* when it became active */
	uint64_t started_usec; /* when its main process was started */
	uint32_t restarts;
};

/* Ask for a unit, which systemd loads for this. Returns 0 or a negative errno. */
int systemd_unit_state(struct systemd *systemd, const char *unit, struct unit_state *ret_state);
void unit_state_done(struct unit_state *state);

/* Return true if a text of it is this word. */
bool unit_text_is(const char *text, const char *word);

/*
 * Return true if the unit is frozen, or its slice is: its processes do not run, and cannot be
 * stopped.
 */
bool unit_is_frozen(const struct unit_state *state);

/* Append the command that unmasks a masked unit: of it, or of its template; now, or for good. */
void unit_append_unmask(struct strbuf *buf, const struct unit_state *state, const char *unit);

/* Return true if the unit wants `other`. */
bool unit_wants(const struct unit_state *state, const char *other);

/* A loaded unit, in a list. Texts are owned. */
struct listed_unit {
	char *name;
	char *load, *active;
	char *job; /* D-Bus path of its job, or NULL */
};

struct unit_list {
	struct listed_unit *items; /* owned; in the order of instances */
	size_t n, capacity;
};

/* No machine has more instances: a list that is longer is refused with -E2BIG. */
#define UNITS_MAX 16384

/*
 * List the loaded units that match one of `patterns`, which ends in a NULL. Returns 0 or a negative
 * errno.
 */
int systemd_list(struct systemd *systemd, const char *const *patterns, struct unit_list *ret_list);
void unit_list_done(struct unit_list *list);

/* Return the unit of this name, or NULL. */
const struct listed_unit *unit_list_find(const struct unit_list *list, const char *name);

/* Return true if the unit runs, or is starting or stopping. */
bool listed_unit_is_up(const struct listed_unit *unit);

/* Free names that end in a NULL. */
void names_free(char **names);
