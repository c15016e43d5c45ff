/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server.h"

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format.h"
#include "shim.h"

struct server {
	char *key; /* owned: all that it was started with */
	int requests, answers, output, errors;
	pid_t pid;
};

static struct server servers[64];
static size_t n_servers;

static void append_words(char **text, char *const *words)
{
	for (; *words; words++) {
		char *longer = format("%s %s", *text, *words);

		free(*text);
		*text = longer;
	}
}

static char *make_key(const char *program, char *const *arguments, char *const *environment)
{
	char *key = format("%s", program);

	append_words(&key, arguments);
	append_words(&key, environment);
	return key;
}

static pid_t spawn(const char *program, char *const *arguments, char *const *environment,
		   const struct server *server, int requests, int answers)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, server->output, 1);
	posix_spawn_file_actions_adddup2(&actions, server->errors, 2);
	posix_spawn_file_actions_adddup2(&actions, requests, SHIM_REQUESTS);
	posix_spawn_file_actions_adddup2(&actions, answers, SHIM_ANSWERS);
	r = posix_spawn(&pid, program, &actions, NULL, arguments, environment);
	if (r)
		errx(1, "%s: %s", program, strerror(r));
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Pipes of which no other program gets an end, and none of which is among those it is given. */
static void make_pipe(int ends[2])
{
	int low[2];

	if (pipe(low) < 0)
		err(1, "pipe");
	for (size_t i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 10);
		if (ends[i] < 0)
			err(1, "fcntl");
		close(low[i]);
	}
}

/* A file that has no name any more. */
static int make_file(void)
{
	char *path = format("%s/output.XXXXXX", getenv("WORK"));
	int low = mkostemp(path, O_APPEND | O_CLOEXEC);
	int fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, 10);

	if (fd < 0 || unlink(path) < 0)
		err(1, "%s", path);
	close(low);
	free(path);
	return fd;
}

/* The environment with what shim.c needs. */
static char **make_environment(char *const *environment)
{
	size_t n = 0;
	char **all;

	while (environment[n])
		n++;
	all = calloc(n + 5, sizeof(*all));
	if (!all)
		err(1, "calloc");
	for (size_t i = 0; i < n; i++)
		all[i] = format("%s", environment[i]);
	all[n] = format("LD_PRELOAD=%s", getenv("FAULT_SHIM"));
	all[n + 1] = format("SIPIS_FAULT_SERVER=1");
	all[n + 2] = format("LD_BIND_NOW=1");
	all[n + 3] = format("LC_ALL=C");
	return all;
}

static struct server *start_server(char *key, const char *program, char *const *arguments,
				   char *const *environment)
{
	struct server *server = &servers[n_servers];
	char **all = make_environment(environment);
	int requests[2], answers[2];

	if (n_servers++ == sizeof(servers) / sizeof(*servers))
		errx(1, "too many programs");
	server->output = make_file();
	server->errors = make_file();
	make_pipe(requests);
	make_pipe(answers);
	server->pid = spawn(program, arguments, all, server, requests[0], answers[1]);
	close(requests[0]);
	close(answers[1]);
	server->requests = requests[1];
	server->answers = answers[0];
	server->key = key;
	for (size_t i = 0; all[i]; i++)
		free(all[i]);
	free(all);
	return server;
}

struct server *find_server(const char *program, char *const *arguments, char *const *environment)
{
	char *key = make_key(program, arguments, environment);

	for (size_t i = 0; i < n_servers; i++)
		if (!strcmp(servers[i].key, key)) {
			free(key);
			return &servers[i];
		}
	return start_server(key, program, arguments, environment);
}

void stop_servers(void)
{
	for (size_t i = 0; i < n_servers; i++) {
		close(servers[i].requests);
		if (waitpid(servers[i].pid, NULL, 0) < 0)
			err(1, "waitpid");
	}
}

bool exited(const struct run *run, int status)
{
	return WIFEXITED(run->status) && WEXITSTATUS(run->status) == status;
}

static int read_answer(const struct server *server)
{
	int answer;

	if (read(server->answers, &answer, sizeof(answer)) != sizeof(answer))
		err(1, "%s", server->key);
	return answer;
}

/* How much that was; the rest of `text` is as it was. */
static size_t read_text(const struct server *server, int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size, 0);

	if (n < 0 || (size_t)n == size)
		err(1, "%s: %zd", server->key, n);
	return (size_t)n;
}

struct run run_server_paused(const struct server *server, const char *wanted_port,
			     void (*paused)(void *userdata), void *userdata)
{
	struct run run;
	size_t end;

	if (ftruncate(server->output, 0) < 0 || ftruncate(server->errors, 0) < 0 ||
	    dprintf(server->requests, "%s\n", wanted_port) < 0)
		err(1, "%s", server->key);
	while ((run.status = read_answer(server)) == SHIM_PAUSED) {
		paused(userdata);
		if (write(server->requests, "\n", 1) != 1)
			err(1, "%s", server->key);
	}
	run.errors = read_text(server, server->output, run.output, sizeof(run.output));
	end = run.errors + read_text(server, server->errors, run.output + run.errors,
				     sizeof(run.output) - run.errors);
	run.output[end] = 0;
	return run;
}

struct run run_server(const struct server *server, const char *wanted_port)
{
	return run_server_paused(server, wanted_port, NULL, NULL);
}
