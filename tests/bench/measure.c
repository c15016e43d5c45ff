/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Measure programs against each other: whole processes, from the fork to the end, in turns (A B C,
 * B C A, ...), so that what else the machine does meets all of them alike.
 *
 * usage: measure [OPTION...] LABEL SECONDS OUT -- NAME COMMAND... [-- NAME COMMAND...]...
 *
 *   --empty=DIR   DIR too is emptied before each run
 *   --seed=DIR    OUT begins each run as a copy of DIR
 *   --stdin=FILE  what the commands read
 *
 * Each command begins with an empty directory OUT, which stands for `{}` in its arguments. Emptying
 * is not timed. Each may take an equal part of SECONDS, and has at least ROUNDS_MIN rounds; who is
 * slow sits out the others. Prints a line for each of them: LABEL NAME ROUNDS MEDIAN MINIMUM
 * MEMORY, times in nanoseconds, peak memory in KiB. The memory of a process begins with that of
 * this one, so this one is small.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "util/macro.h"

#define CANDIDATES_MAX 16
#define EMPTIED_MAX    4
#define ROUNDS_MIN     5
#define ROUNDS_MAX     2000

struct candidate {
	const char *name;
	char **argv; /* ends with NULL */
	long memory;
	uint64_t spent; /* with what is not timed */
	size_t rounds;
	uint64_t times[ROUNDS_MAX];
};

static struct candidate candidates[CANDIDATES_MAX];
static size_t n_candidates;
static const char *emptied[EMPTIED_MAX], *seed, *standard_input = "/dev/null";
static size_t n_emptied;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* --- one run ------------------------------------------------------------------------------ */

static int remove_below(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return ftw->level ? remove(path) : 0;
}

static void empty(const char *directory)
{
	if (nftw(directory, remove_below, 8, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
		err(EXIT_FAILURE, "%s", directory);
}

static pid_t start(char **argv)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, standard_input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	errno = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (errno)
		err(EXIT_FAILURE, "%s", argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void wait_for(pid_t pid, const char *name, struct rusage *ret_usage)
{
	int status;

	if (wait4(pid, &status, 0, ret_usage) < 0)
		err(EXIT_FAILURE, "wait4");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(EXIT_FAILURE, "%s failed (%d)", name, status);
}

static void prepare(const char *out)
{
	const char *copy[] = {"cp", "-rT", seed, out, NULL};
	struct rusage usage;

	for (size_t i = 0; i < n_emptied; i++)
		empty(emptied[i]);
	if (seed)
		wait_for(start((char **)copy), copy[0], &usage);
}

static uint64_t run(struct candidate *candidate, const char *out)
{
	struct rusage usage;
	uint64_t began = now(), started, took;

	prepare(out);
	started = now();
	wait_for(start(candidate->argv), candidate->name, &usage);
	took = now() - started;
	candidate->spent += now() - began;
	if (usage.ru_maxrss > candidate->memory)
		candidate->memory = usage.ru_maxrss;
	return took;
}

/* --- all of them -------------------------------------------------------------------------- */

static bool wants_a_round(const struct candidate *candidate, uint64_t share)
{
	return candidate->rounds < ROUNDS_MIN ||
	       (candidate->rounds < ROUNDS_MAX && candidate->spent < share);
}

/* False: nobody wanted one. */
static bool run_round(size_t first, uint64_t share, const char *out)
{
	bool wanted = false;

	for (size_t i = 0; i < n_candidates; i++) {
		struct candidate *candidate = &candidates[(first + i) % n_candidates];

		if (!wants_a_round(candidate, share))
			continue;
		candidate->times[candidate->rounds] = run(candidate, out);
		candidate->rounds++;
		wanted = true;
	}
	return wanted;
}

static void run_rounds(double seconds, const char *out)
{
	uint64_t share = (uint64_t)(seconds * 1e9 / (double)n_candidates);
	size_t first = 0;

	for (size_t i = 0; i < n_candidates; i++)
		run(&candidates[i], out); /* warm */
	while (run_round(first, share, out))
		first++;
}

static int compare_times(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(struct candidate *candidate, const char *label)
{
	qsort(candidate->times, candidate->rounds, sizeof(*candidate->times), compare_times);
	printf("%s\t%s\t%zu\t%ju\t%ju\t%ld\n", label, candidate->name, candidate->rounds,
	       (uintmax_t)candidate->times[candidate->rounds / 2], (uintmax_t)candidate->times[0],
	       candidate->memory);
}

/* --- arguments ---------------------------------------------------------------------------- */

static const char *option_value(const char *argument, const char *option)
{
	size_t length = strlen(option);

	return strncmp(argument, option, length) != 0 ? NULL : argument + length;
}

static bool parse_option(const char *argument)
{
	const char *value;

	if ((value = option_value(argument, "--empty=")) && n_emptied + 1 < EMPTIED_MAX)
		emptied[n_emptied++] = value;
	else if ((value = option_value(argument, "--seed=")))
		seed = value;
	else if ((value = option_value(argument, "--stdin=")))
		standard_input = value;
	return value != NULL;
}

/* From `NAME COMMAND... -- NAME COMMAND...`: each `--` becomes the end of a command. */
static void parse_candidates(char **argv, char *out)
{
	while (*argv) {
		struct candidate *candidate = &candidates[n_candidates++];

		if (n_candidates > CANDIDATES_MAX || !argv[1])
			errx(EXIT_FAILURE, "too many commands, or an empty one");
		candidate->name = argv[0];
		candidate->argv = ++argv;
		for (; *argv && strcmp(*argv, "--") != 0; argv++)
			if (!strcmp(*argv, "{}"))
				*argv = out;
		if (*argv)
			*argv++ = NULL;
	}
}

int main(int argc, char **argv)
{
	const char *label;
	double seconds;
	char *out;

	argv++;
	while (*argv && parse_option(*argv))
		argv++;
	for (int i = 0; i < 4; i++)
		if (!argv[i])
			errx(EXIT_FAILURE, "usage: measure [OPTION...] LABEL SECONDS OUT -- ...");
	label = argv[0];
	seconds = strtod(argv[1], NULL);
	out = argv[2];
	emptied[n_emptied++] = out;
	parse_candidates(argv + 4, out);
	run_rounds(seconds, out);
	for (size_t i = 0; i < n_candidates; i++)
		print(&candidates[i], label);
	return EXIT_SUCCESS;
}
