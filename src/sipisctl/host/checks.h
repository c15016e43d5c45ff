/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The single checks of the machine, and what they share: host.c lists and runs them. */

#include <stdbool.h>

#include "installation/installation.h"
#include "sipisctl/host/user-access.h"
#include "sipisctl/running/systemd.h"

struct host {
	const struct installation *installation;
	struct diagnostics *diagnostics;

	struct user user; /* whom SIPIS runs as */
	bool has_user;
	char *group; /* owned: the name of its primary group, fit to be shown */

	/* The settings files that were read, and behind them the load balancer's if it was. */
	struct source **documents; /* owned */
	size_t n_documents;

	struct systemd *systemd;  /* NULL: it can't be asked */
	struct unit_state *units; /* by instance; all zero where systemd did not tell */
};

/* Findings that are about no settings file have these: the directory of the settings, the unit. */
extern struct source host_confdir, host_template;

/* Add a finding about a whole file. 0 or -ENOMEM. */
int host_add(const struct host *host, enum diagnostic_code code, struct source *source,
	     const char *format, ...) _printf_(4, 5);

/* The checks: 0 or -ENOMEM. */
int check_program(const struct host *host);
int check_stale_units(const struct host *host);
int check_load_balancer_read(const struct host *host);

int check_settings_readable(const struct host *host);
int check_secrets(const struct host *host);
int check_settings_writable(const struct host *host);
int check_directories(const struct host *host);

int check_ports_in_use(const struct host *host);
int check_ephemeral_ports(const struct host *host);
