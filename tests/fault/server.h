/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A program with its arguments that is started once, with shim.c in it, and then forked for every
 * run. It writes to files, which begin anew with every run.
 */

#include <stdbool.h>
#include <stddef.h>

struct server;

struct run {
	int status;         /* of waitpid() */
	char output[65536]; /* standard output, and behind it standard error */
	size_t errors;      /* where that begins */
};

/* Started at the first call. Both lists end in a NULL, and `environment` is all there is. */
struct server *find_server(const char *program, char *const *arguments, char *const *environment);
void stop_servers(void);

struct run run_server(const struct server *server, const char *wanted_port);

/* As that, with a wish that pauses: then `paused` is called. */
struct run run_server_paused(const struct server *server, const char *wanted_port,
			     void (*paused)(void *userdata), void *userdata);

bool exited(const struct run *run, int status);
