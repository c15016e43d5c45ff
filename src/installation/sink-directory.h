/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where locks and logs go: into a directory that the unit provides, below one, or elsewhere. */

#include <stdbool.h>

#include "util/pathname.h"

/* RuntimeDirectory=sipis and LogsDirectory=sipis of the template; PID 1 creates both. */
#define RUNTIME_DIRECTORY "/run/sipis"
#define LOGS_DIRECTORY    "/var/log/sipis"

enum sink_directory_kind {
	SINK_DIRECTORY_TEMPLATE, /* one of the two above: writable for every instance */
	SINK_DIRECTORY_BELOW,    /* below one of them: the instance's own user creates it */
	SINK_DIRECTORY_OTHER,    /* anywhere else: the administrator creates it */
};

/* Tell where a directory is. It must be normalized, see pathname.h. */
enum sink_directory_kind sink_directory_kind(const char *directory);

/*
 * Return true for an open file of a process: /dev/stdout, /dev/stderr, /dev/fd/N and
 * /proc/PID/fd/N. The path must be normalized.
 */
bool sink_is_stream(const char *path);

/* Return true for a stream and for /dev/null: instances can share it. */
bool sink_is_shareable(const char *path);
