/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * cost SECONDS MIB FILE PROGRAM [ARGUMENT...] - run the program with no more than this time of a
 * processor and this much of an address space, and write into the file what it took: milliseconds
 * of a processor, and MiB of memory at most. The exit status is the program's, 128 and the number
 * of a signal if that ended it. One that waits takes no time of a processor: SIGALRM ends it.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 10 }; /* as many times the processor's; others may want that too */

static void limit(int resource, rlim_t most)
{
	struct rlimit limit = {most, most};

	if (setrlimit(resource, &limit) < 0)
		err(127, "setrlimit");
}

static long milliseconds(struct timeval time)
{
	return (long)time.tv_sec * 1000 + (long)time.tv_usec / 1000;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t pid;
	FILE *out;

	if (argc < 5)
		errx(127, "see cost.c");
	out = fopen(argv[3], "we");
	pid = out ? fork() : -1;
	if (pid < 0)
		err(127, "%s", argv[3]);
	if (pid == 0) {
		limit(RLIMIT_CPU, strtoul(argv[1], NULL, 10));
		alarm(PATIENCE * (unsigned)strtoul(argv[1], NULL, 10));
		limit(RLIMIT_AS, strtoul(argv[2], NULL, 10) << 20);
		execv(argv[4], argv + 4);
		err(127, "%s", argv[4]);
	}
	if (waitpid(pid, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &usage) < 0)
		err(127, "waitpid");
	fprintf(out, "%ld %ld\n", milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
		usage.ru_maxrss / 1024);
	if (fclose(out) != 0)
		err(127, "%s", argv[3]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
