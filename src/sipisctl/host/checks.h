/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The single checks of the machine, and what they share. host.c lists and runs them. */

#include <stdbool.h>

#include "installation/installation.h"
#include "installation/unit-names.h"
#include "sipisctl/host/user-access.h"
#include "sipisctl/running/systemd.h"

/* Users whom some instances run as: one, unless the administrator has changed units. */
struct host_user {
	struct user user;
	struct user_names names; /* borrowed from a unit, or as configured */
	int error;               /* 0, or why `user` could not be found */
};

/* An instance as the checks see it. */
struct host_instance {
	const struct instance *instance;
	struct unit_name unit;
	struct unit_state state; /* load NULL: systemd could not be asked */
	bool is_checked;         /* false: no unit, or masked */
	bool is_stale;           /* set by check_stale_units() */
	bool is_missing;         /* the same: systemd has no unit of it at all */
	size_t user;             /* index in host.users */
};

/* A unit that runs and has no settings file. */
struct host_orphan {
	char *unit; /* owned */
	struct unit_state state;
};

struct host {
	const struct installation *installation;
	struct diagnostics *diagnostics;

	struct systemd *systemd; /* NULL: cannot be asked */
	int systemd_error;       /* 0, or why not */

	struct host_instance *instances; /* owned, by instance of the installation */
	struct host_orphan *orphans;     /* owned */
	size_t n_orphans, orphans_capacity;
	struct unit_state umbrella, load_balancer; /* load NULL: unknown */

	struct host_user *users; /* owned */
	size_t n_users, users_capacity;
};

/* Sources of diagnostics about no settings file: CONFDIR, the template, the umbrella. */
extern struct source host_confdir, host_template, host_umbrella;

/* Add a diagnostic about a whole file. Returns 0 or -ENOMEM. */
int host_add(const struct host *host, enum diagnostic_code code, struct source *source,
	     const char *format, ...) _printf_(4, 5);

/* Return the load balancer settings, or NULL if they were not read. */
struct source *host_load_balancer_source(const struct host *host);

/*
 * Return true if `path` is a directory of the system, or something that many programs share: it
 * must never be the advice to change its owner or mode.
 */
bool host_is_shared(const char *path);

/*
 * Return true between a split and "sipisctl apply": instances run that have no settings file, and
 * systemd has no units of others. Those cannot start while the former hold their ports. Known
 * after check_stale_units().
 */
bool host_needs_apply(const struct host *host);

/* The checks. They return 0 or a negative errno. */
int check_systemd(const struct host *host);
int check_program(const struct host *host);
int check_foreign_units(const struct host *host);
int check_masked_instances(const struct host *host);
int check_orphans(const struct host *host);
int check_load_balancer(const struct host *host);
int check_hidden_drop_ins(const struct host *host);
int check_restart_due(const struct host *host);
int check_stale_units(const struct host *host);

int check_users(const struct host *host);
int check_settings_readable(const struct host *host);
int check_secrets(const struct host *host);
int check_settings_writable(const struct host *host);
int check_directories(const struct host *host);
int check_linked_directories(const struct host *host);

int check_ports_in_use(const struct host *host);
int check_ephemeral_ports(const struct host *host);
