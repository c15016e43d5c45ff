/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * generator calls|few|kernel|memory|dry-run TREE - run sipis-generator on the tree, and let fail
 *
 *     calls    each of its calls, in every way that can be expected
 *     few      each of them, in one way
 *     kernel   those that change something or say something, as PID 1 runs it: then what is wrong
 *              goes another way
 *     memory   each of its allocations
 *     dry-run  each of those that it makes with --dry-run
 *
 * Whatever failed, the units are those of a tree that could be: this one, or one with a file that
 * can't be read. A unit that is missing was called so, nothing is left of it, and no other one is
 * missing. The exit status says whether there was an error, and every error has its line. On
 * standard output come lines `complaint ...` and at last one `tried NUMBER`. Files of the tree are
 * moved for a moment, and it is as it was at the end.
 *
 * The environment says where settings are (CONFDIR, LOADBALANCER_SETTINGS), and see outcome.h.
 */

#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "outcome.h"
#include "sample.h"

static bool few, by_kernel; /* what is tried */

static void try(char *wanted_port, const char *what, struct license license)
{
	if (next_is_tried()) {
		struct outcome outcome = run_generator(wanted_port, NULL, NULL);

		judge(wanted_port, what, &outcome, license);
	}
	free(wanted_port);
}

/* --- what can be: the tree as it is, and with a file that can't be read ------------------- */

static int is_settings(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "Settings", strlen("Settings"));
}

static void find_possible(const char *tree)
{
	char *directory = format("%s%s", tree, getenv("CONFDIR"));
	char *balancer = format("%s%s", tree, getenv("LOADBALANCER_SETTINGS"));
	char *state = format("%s/.sipisctl-split", directory);
	struct dirent **entries;
	int n = scandir(directory, &entries, is_settings, alphasort);

	if (n < 0)
		err(1, "%s", directory);
	add_possible();
	for (int i = 0; i < n; i++) {
		char *path = format("%s/%s", directory, entries[i]->d_name);

		add_possible_without(path);
		free(path);
		free(entries[i]);
	}
	add_possible_without(balancer);
	add_possible_without(state);
	add_possible(); /* the last count of calls is of the tree as it is */
	free(entries);
	free(directory);
	free(balancer);
	free(state);
}

/* --- calls ------------------------------------------------------------------------------- */

struct call {
	char function[32];
	bool changes;
};

static struct call calls[1024];   /* from 1; the last one is the end of the program */
static unsigned n_calls, n_names; /* n_names: the calls until all names are known */

static void read_calls(void)
{
	char *count = read_work("count"), *rest = count, *line, effect;
	bool read = false;

	while ((line = strsep(&rest, "\n")) && *line) {
		struct call *call = &calls[++n_calls];

		if (n_calls + 1 == sizeof(calls) / sizeof(*calls) ||
		    sscanf(line, "%*u %31s %c", call->function, &effect) != 2)
			errx(1, "count: %s", line);
		call->changes = effect == 'c';
		read = read || !strcmp(call->function, "read");
		if (!read && !strcmp(call->function, "readdir"))
			n_names = n_calls;
	}
	if (!n_names || strcmp(calls[n_calls].function, "end") != 0)
		errx(1, "count: not what was expected");
	free(count);
}

/* What can be expected of a call; `retried` makes no difference. */
static const struct {
	const char *function;
	bool changes;
	const char *errors, *retried;
} errors[] = {
	{"open", false, "EMFILE ENFILE ENOMEM EACCES ENOTDIR ELOOP EIO", ""},
	{"openat2", false, "EMFILE ENFILE ENOMEM EACCES EPERM ELOOP ENOTDIR ENOSYS EXDEV EIO",
	 "EINTR EAGAIN"},
	{"open-in-tree", false, "EMFILE ENFILE ENOMEM EACCES EPERM ELOOP ENOTDIR EIO", "EINTR"},
	{"stat", false, "EACCES ELOOP ENOMEM ENOTDIR EOVERFLOW EIO", ""},
	{"readlinkat", false, "EACCES EIO EINVAL ENOMEM", ""},
	{"fdopendir", false, "ENOMEM ENOTDIR", ""},
	{"readdir", false, "EIO ESTALE", ""},
	{"pipe2", false, "EMFILE ENFILE", ""},
	{"fork", false, "EAGAIN ENOMEM", ""},
	{"poll", false, "ENOMEM", "EINTR"},
	{"fstatfs", false, "", "EIO ENOSYS"},
	{"fstat", false, "EIO ENOMEM ESTALE EOVERFLOW", ""},
	{"fstatat", false, "EIO ENOMEM EACCES", ""},
	{"read", false, "EIO ENOMEM ESTALE EISDIR EACCES", "EINTR"},
	{"close", false, "EIO ENOSPC EDQUOT", "EINTR"},
	{"close-written", true, "EIO ENOSPC EDQUOT", "EINTR"},
	{"closedir", false, "", "EIO EINTR"},
	{"kmsg-open", false, "EACCES ENOENT", ""},
	{"kmsg", false, "EINVAL EIO", "EINTR"},
	{"openat", false, "EMFILE ENFILE ENOMEM EACCES ENOENT EIO", ""},
	{"__openat_2", false, "EMFILE ENFILE ENOMEM EACCES EIO", "EINTR"},
	{"openat", true, "ENOSPC EDQUOT EMFILE ENFILE ENOMEM EACCES EROFS EEXIST EIO", ""},
	{"mkdirat", true, "ENOSPC EDQUOT EEXIST EMLINK ENOMEM EACCES EROFS EIO", ""},
	{"symlinkat", true, "ENOSPC EDQUOT EEXIST ENOMEM EACCES EROFS EIO", ""},
	{"write", true, "ENOSPC EDQUOT EFBIG ENOMEM EIO", "EINTR"},
};

/* Without names there are no units, nor without memory, a tree or a directory for them. */
static bool may_cost_everything(unsigned number, const char *error)
{
	return number <= n_names || !strcmp(error, "ENOMEM") ||
	       !strcmp(calls[number].function, "open");
}

/* Without the kernel's log there is nobody to tell; a record that it refuses costs no other. */
static unsigned silence_of(const char *function)
{
	if (!strcmp(function, "kmsg-open"))
		return UINT_MAX;
	return !strcmp(function, "kmsg");
}

/* A settings directory that does not exist is no error: there is nothing to do. */
static bool is_absence(unsigned number, const char *error)
{
	return number <= n_names && !strcmp(error, "ENOENT");
}

static void try_list(unsigned number, const char *list, bool retried)
{
	const char *function = calls[number].function;
	char *copy = format("%s", list), *rest = copy, *error;
	unsigned n = 0;

	while ((error = strsep(&rest, " ")) && *error && (!few || !n++)) {
		if (is_absence(number, error))
			continue;
		try(format("errno:%s:%u", error, number), function,
		    (struct license){
			    .nothing = retried,
			    .everything = may_cost_everything(number, error),
			    .silence = retried ? 0 : silence_of(function),
		    });
	}
	free(copy);
}

static void try_errors(unsigned number)
{
	const struct call *call = &calls[number];

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (errors[i].changes == call->changes &&
		    !strcmp(errors[i].function, call->function)) {
			try_list(number, errors[i].errors, false);
			try_list(number, errors[i].retried, true);
			return;
		}
	errx(1, "%s: what errors can that have?", call->function);
}

static void try_calls(void)
{
	static const struct license nothing = {.nothing = true}, remains = {.remains = true};

	read_calls();
	try(format("part-from:1"), "each byte by itself", nothing);
	for (unsigned i = 1; i < n_calls; i++) {
		const char *function = calls[i].function;

		if (by_kernel && !calls[i].changes &&
		    strncmp(function, "kmsg", strlen("kmsg")) != 0)
			continue;
		try_errors(i);
		if (!strcmp(function, "read") || !strcmp(function, "write"))
			try(format("part:%u", i), function, nothing);
		if (!strcmp(function, "write"))
			try(format("short:ENOSPC:%u", i), function, (struct license){});
		if (calls[i].changes) {
			try(format("full:ENOSPC:%u", i), function, (struct license){});
			try(format("errno-from:EROFS:%u", i), function, remains);
		}
	}
}

/* --- allocations ------------------------------------------------------------------------- */

static void try_allocations(void)
{
	static const struct license license = {.everything = true, .lines = true};
	unsigned n = count_allocations();

	for (unsigned i = 1; i <= n; i++) {
		try(format("memory:%u", i), "allocation", license);
		try(format("memory-from:%u", i), "allocations", license);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *word;
		enum subject subject;
		void (*try)(void);
	} modes[] = {
		{"calls", CALLS, try_calls},           {"few", CALLS, try_calls},
		{"kernel", KERNEL, try_calls},         {"memory", MEMORY, try_allocations},
		{"dry-run", DRY_RUN, try_allocations},
	};

	if (argc != 3 || !getenv("CONFDIR") || !getenv("LOADBALANCER_SETTINGS"))
		errx(2, "see generator.c");
	by_kernel = !strcmp(argv[1], "kernel");
	few = by_kernel || !strcmp(argv[1], "few");
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(argv[1], modes[i].word)) {
			begin_outcomes(argv[2], modes[i].subject);
			find_possible(argv[2]);
			modes[i].try();
			end_outcomes();
		}
	return 0;
}
