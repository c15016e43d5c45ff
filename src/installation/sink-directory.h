/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whose the directory of a lock or log is: systemd's, which makes it for the unit, or anybody's. */

#include "util/pathname.h"

/* What the template unit has: RuntimeDirectory=sipis, LogsDirectory=sipis. */
#define RUNTIME_DIRECTORY "/run/sipis"
#define LOGS_DIRECTORY    "/var/log/sipis"

enum directory_kind {
	DIRECTORY_OF_TEMPLATE, /* one of the two above */
	DIRECTORY_RUNTIME,     /* systemd makes it: RuntimeDirectory=sipis/NAME */
	DIRECTORY_LOGS,        /* systemd makes it: LogsDirectory=sipis/NAME */
	DIRECTORY_OTHER,       /* never made or given away by systemd */
};

/*
 * `directory` is normalized, see pathname.h. `ret_name`, which points into it, is set for
 * DIRECTORY_RUNTIME and DIRECTORY_LOGS.
 */
enum directory_kind directory_kind(const char *directory, const char **ret_name);
