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
 * The environment names the programs (GENERATOR, FAULT_SHIM), a directory (WORK) that is empty,
 * and where settings are (CONFDIR, LOADBALANCER_SETTINGS).
 */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format.h"
#include "server.h"
#include "tree.h"
#include "units.h"

static const char *tree, *work;
static unsigned n_tried, n_complaints;
static bool few, by_kernel, in_memory, dry; /* what is tried */

static char *work_path(const char *name)
{
	return format("%s/%s", work, name);
}

/* All of a file in WORK, for the caller to free. Empty where there is none. */
static char *read_work(const char *name)
{
	char *path = work_path(name), *text;
	size_t size;

	text = access(path, F_OK) == 0 ? read_file(path, &size) : format("%s", "");
	free(path);
	return text;
}

/* --- a run ------------------------------------------------------------------------------- */

struct outcome {
	int status; /* of waitpid() */
	struct units units;
	char *said;  /* what is wrong, a line each */
	char *shown; /* on standard output */
	char *leaks; /* what memory.c reports of it */
};

static void outcome_done(struct outcome *outcome)
{
	units_done(&outcome->units);
	free(outcome->said);
	free(outcome->shown);
	free(outcome->leaks);
}

static const struct server *find_generator(void)
{
	char *root = format("--root=%s", tree);
	char *variables[] = {work_path("count"), work_path("leaks"), work_path("kmsg")};
	char *arguments[] = {getenv("GENERATOR"), root,
			     dry ? format("--dry-run") : work_path("out"), NULL};
	char *environment[] = {
		format("SIPIS_FAULT_COUNT=%s", variables[0]),
		format("%s=%s", in_memory ? "SIPIS_FAULT_LEAKS" : "NO_LEAKS", variables[1]),
		format("%s=%s", by_kernel ? "SIPIS_FAULT_KMSG" : "NO_KMSG", variables[2]),
		NULL,
	};
	const struct server *server = find_server(arguments[0], arguments, environment);

	free(root);
	free(arguments[2]);
	for (size_t i = 0; i < 3; i++) {
		free(variables[i]);
		free(environment[i]);
	}
	return server;
}

/* A record of the kernel's log without its head: <27>sipis-generator[PID]: TEXT. */
static char *without_heads(char *records)
{
	char *to = records, *next;

	for (char *record = records; *record; record = next) {
		char *text = strstr(record, "]: ");

		next = strstr(record + 1, "<27>sipis-generator[");
		if (!next)
			next = record + strlen(record);
		if (!text || text > next)
			errx(1, "kmsg: %s", record);
		text += strlen("]: ");
		memmove(to, text, (size_t)(next - text));
		to += next - text;
		*to++ = '\n';
	}
	*to = 0;
	return records;
}

static void make_empty(const char *name, bool directory)
{
	char *path = work_path(name);

	remove_tree(path);
	if (directory ? mkdir(path, 0755) < 0 : close(creat(path, 0600)) < 0)
		err(1, "%s", path);
	free(path);
}

static struct outcome run(const char *wish)
{
	char *out = work_path("out");
	struct outcome outcome;
	struct run run;

	make_empty("out", true);
	make_empty("kmsg", false);
	run = run_server(find_generator(), wish);
	outcome = (struct outcome){
		.status = run.status,
		.units = read_units(out),
		.said = by_kernel ? without_heads(read_work("kmsg"))
				  : format("%s", run.output + run.errors),
		.shown = format("%.*s", (int)run.errors, run.output),
		.leaks = read_work("leaks"),
	};
	free(out);
	return outcome;
}

/* --- what can be: the tree as it is, and with a file that can't be read ------------------- */

static struct outcome possible[32]; /* the first is the tree as it is */
static size_t n_possible;

static void add_possible(void)
{
	if (n_possible == sizeof(possible) / sizeof(*possible))
		errx(1, "too many files");
	possible[n_possible] = run("");
	if (!WIFEXITED(possible[n_possible].status) || WEXITSTATUS(possible[n_possible].status) > 1)
		errx(1, "without any fault: %s", possible[n_possible].said);
	n_possible++;
}

/* A link to itself can't be opened. */
static void add_possible_without(const char *path)
{
	char *kept = work_path("kept");
	bool was_there = access(path, F_OK) == 0;

	if ((was_there && rename(path, kept) < 0) || symlink(basename(path), path) < 0)
		err(1, "%s", path);
	add_possible();
	if (unlink(path) < 0 || (was_there && rename(kept, path) < 0))
		err(1, "%s", path);
	free(kept);
}

static int is_settings(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "Settings", strlen("Settings"));
}

static void find_possible(void)
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
	free(entries);
	free(directory);
	free(balancer);
	free(state);
}

/* --- what may be, when something has failed ----------------------------------------------- */

struct license {
	bool nothing;     /* it makes no difference at all */
	bool everything;  /* that no unit is written, and this is said */
	bool lines;       /* that lines are lost, and this is said */
	unsigned silence; /* that so many lines are lost, as they can't be said */
	bool remains;     /* nobody can remove what was begun */
};

/* Lines of our own, not of a settings file. */
static bool is_own(const char *line)
{
	static const char head[] = "sipis-generator: ";

	return !strncmp(line, head, strlen(head)) && line[strlen(head)];
}

static bool has_line(const char *text, const char *line)
{
	char *copy = format("%s", text), *rest = copy, *other;
	bool found = false;

	while (!found && (other = strsep(&rest, "\n")))
		found = is_same_text(other, line);
	free(copy);
	return found;
}

static bool is_interruption(const char *line)
{
	return strstr(line, "[interrupted-split]") != NULL;
}

static bool has_such(const char *text, bool (*is_such)(const char *line))
{
	char *copy = format("%s", text), *rest = copy, *line;
	bool found = false;

	while (!found && (line = strsep(&rest, "\n")))
		found = is_such(line);
	free(copy);
	return found;
}

/* Every line of `text` is one of `other`, or is excused. */
static bool has_lines_of(const char *text, const char *other, bool (*is_excused)(const char *line),
			 unsigned may_lack)
{
	char *copy = format("%s", text), *rest = copy, *line;
	unsigned lacks = 0;

	while ((line = strsep(&rest, "\n")))
		lacks += !(rest ? has_line(other, line) || (is_excused && is_excused(line))
				: !*line);
	free(copy);
	return lacks <= may_lack;
}

static bool is_expected_of_us(const char *line)
{
	return is_own(line) || is_interruption(line);
}

static bool is_called_missing(const struct outcome *outcome, const char *name)
{
	char *text = format("sipis-generator: %s could not be generated in ", name);
	bool said = strstr(outcome->said, text) != NULL;

	free(text);
	return said;
}

/* The units of `like`, but for those that are called missing. */
static bool has_units_of(const struct outcome *outcome, const struct outcome *like)
{
	for (size_t i = 0; i < like->units.n; i++) {
		const struct unit *wanted = &like->units.items[i];
		const struct unit *unit = find_unit(&outcome->units, wanted->name);

		if (is_called_missing(outcome, wanted->name))
			continue;
		if (!unit || !is_whole(unit) || !is_same_text(unit->drop_in, wanted->drop_in))
			return false;
	}
	for (size_t i = 0; i < outcome->units.n; i++)
		if (!find_unit(&like->units, outcome->units.items[i].name))
			return false;
	return true;
}

static bool has_words_of(const struct outcome *outcome, const struct outcome *like,
			 const struct license *license)
{
	bool may_lose = license->lines && has_such(outcome->said, is_own);
	bool failed = like->status || has_such(outcome->said, is_expected_of_us);

	if (!has_lines_of(outcome->said, like->said, is_expected_of_us, 0))
		return false;
	if (!may_lose &&
	    !has_lines_of(like->said, outcome->said, is_interruption, license->silence))
		return false;
	return exited(&(struct run){.status = outcome->status}, failed);
}

static bool is_like(const struct outcome *outcome, const struct outcome *like,
		    const struct license *license)
{
	if (license->nothing && strcmp(outcome->said, like->said) != 0)
		return false;
	if (dry && strcmp(outcome->shown, like->shown) != 0)
		return false;
	return has_units_of(outcome, like) && has_words_of(outcome, like, license);
}

/* No unit at all, and a word about it. */
static bool gave_up(const struct outcome *outcome)
{
	return !outcome->units.n && !outcome->units.empty_wants && !*outcome->shown &&
	       WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == 1 &&
	       has_such(outcome->said, is_own) &&
	       has_lines_of(outcome->said, possible[0].said, is_own, 0);
}

/* Of what can not be, whatever has failed. */
static const char *complain_of_halves(const struct outcome *outcome, const struct license *license)
{
	for (size_t i = 0; i < outcome->units.n; i++) {
		const struct unit *unit = &outcome->units.items[i];

		if (is_whole(unit) && !is_called_missing(outcome, unit->name))
			continue;
		if (!license->remains || unit->linked || !is_called_missing(outcome, unit->name))
			return "a half unit";
	}
	if (outcome->units.empty_wants && !license->remains)
		return "a directory of links without any";
	return outcome->units.strange ? "something that is no unit" : NULL;
}

static bool is_leak(const char *line)
{
	/* a buffer of stdio's, which is there until the end */
	return !strncmp(line, "left:", strlen("left:")) && !strstr(line, "_IO_file_doallocate");
}

static const char *complain_of(const struct outcome *outcome, const struct license *license)
{
	const char *complaint = complain_of_halves(outcome, license);
	size_t n = license->nothing || license->lines ? 1 : n_possible;

	if (!WIFEXITED(outcome->status))
		return WTERMSIG(outcome->status) == SIGALRM ? "it hangs" : "a signal ended it";
	if (complaint)
		return complaint;
	if (has_such(outcome->leaks, is_leak))
		return "memory was not freed";
	if (license->everything && gave_up(outcome))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (is_like(outcome, &possible[i], license))
			return NULL;
	return "this can not be";
}

/* --- every point ------------------------------------------------------------------------- */

enum { COMPLAINTS_MAX = 20 };

static void complain(const char *wish, const char *what, const char *complaint,
		     const struct outcome *outcome)
{
	char *text = format("complaint %s (%s): %s; exit status %d; it said: %s%s", wish, what,
			    complaint, WEXITSTATUS(outcome->status), outcome->said, outcome->leaks);

	for (char *at = text; *at; at++)
		if (*at == '\n')
			*at = ' ';
	puts(text);
	free(text);
}

static void try(char *wish, const char *what, struct license license)
{
	struct outcome outcome = run(wish);
	const char *complaint = complain_of(&outcome, &license);

	n_tried++;
	if (complaint && n_complaints++ < COMPLAINTS_MAX)
		complain(wish, what, complaint, &outcome);
	outcome_done(&outcome);
	free(wish);
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

	while ((line = strsep(&rest, "\n")) && *line) {
		struct call *call = &calls[++n_calls];

		if (n_calls + 1 == sizeof(calls) / sizeof(*calls) ||
		    sscanf(line, "%*u %31s %c", call->function, &effect) != 2)
			errx(1, "count: %s", line);
		call->changes = effect == 'c';
		if (!n_names && !strcmp(call->function, "closedir"))
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
	{"open",      false, "EMFILE ENFILE ENOMEM EACCES ENOTDIR ELOOP EIO",                    ""         },
	{"openat2",   false, "EMFILE ENFILE ENOMEM EACCES EPERM ELOOP ENOTDIR ENOSYS EXDEV EIO",
	 "EINTR EAGAIN"										     },
	{"fdopendir", false, "ENOMEM ENOTDIR",						   ""         },
	{"readdir",   false, "EIO ESTALE",						       ""         },
	{"fstat",     false, "EIO ENOMEM ESTALE EOVERFLOW",                                      ""         },
	{"fstatat",   false, "EIO ENOMEM EACCES",						""         },
	{"read",      false, "EIO ENOMEM ESTALE EISDIR EACCES",                                  "EINTR"    },
	{"close",     false, "EIO ENOSPC EDQUOT",						"EINTR"    },
	{"closedir",  false, "",								 "EIO EINTR"},
	{"kmsg-open", false, "EACCES ENOENT",						    ""         },
	{"kmsg",      false, "EINVAL EIO",						       "EINTR"    },
	{"openat",    false, "EMFILE ENFILE ENOMEM EACCES ENOENT EIO",                           ""         },
	{"openat",    true,  "ENOSPC EDQUOT EMFILE ENFILE ENOMEM EACCES EROFS EEXIST EIO",       ""         },
	{"mkdirat",   true,  "ENOSPC EDQUOT EMLINK ENOMEM EACCES EROFS EIO",                     ""         },
	{"symlinkat", true,  "ENOSPC EDQUOT EEXIST ENOMEM EACCES EROFS EIO",                     ""         },
	{"write",     true,  "ENOSPC EDQUOT EFBIG ENOMEM EIO",                                   "EINTR"    },
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

static void try_list(unsigned number, const char *list, bool retried)
{
	const char *function = calls[number].function;
	char *copy = format("%s", list), *rest = copy, *error;
	unsigned n = 0;

	while ((error = strsep(&rest, " ")) && *error && (!few || !n++))
		try(format("errno:%s:%u", error, number), function,
		    (struct license){
			    .nothing = retried,
			    .everything = may_cost_everything(number, error),
			    .silence = retried ? 0 : silence_of(function),
		    });
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
	unsigned n = (unsigned)strtoul(possible[0].leaks, NULL, 10);

	for (unsigned i = 1; i <= n; i++) {
		try(format("memory:%u", i), "allocation", license);
		try(format("memory-from:%u", i), "allocations", license);
	}
}

int main(int argc, char **argv)
{
	work = getenv("WORK");
	if (argc != 3 || !work || !getenv("GENERATOR") || !getenv("FAULT_SHIM") ||
	    !getenv("CONFDIR") || !getenv("LOADBALANCER_SETTINGS"))
		errx(2, "see generator.c");
	by_kernel = !strcmp(argv[1], "kernel");
	few = by_kernel || !strcmp(argv[1], "few");
	dry = !strcmp(argv[1], "dry-run");
	in_memory = dry || !strcmp(argv[1], "memory");
	tree = argv[2];
	find_possible();
	add_possible(); /* the last count is of the tree as it is */
	if (in_memory)
		try_allocations();
	else
		try_calls();
	if (n_complaints > COMPLAINTS_MAX)
		printf("complaint and %u more\n", n_complaints - COMPLAINTS_MAX);
	printf("tried %u\n", n_tried);
	stop_servers();
	return 0;
}
