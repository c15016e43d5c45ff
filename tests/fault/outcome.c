/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "outcome.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format.h"
#include "server.h"
#include "tree.h"

static const char *tree, *work;
static enum subject subject;
static unsigned n_tried, n_complaints;

char *work_path(const char *name)
{
	return format("%s/%s", work, name);
}

char *read_work(const char *name)
{
	char *path = work_path(name), *text;
	size_t size;

	text = access(path, F_OK) == 0 ? read_file(path, &size) : format("%s", "");
	free(path);
	return text;
}

/* --- a run ------------------------------------------------------------------------------- */

void outcome_done(struct outcome *outcome)
{
	units_done(&outcome->units);
	free(outcome->said);
	free(outcome->shown);
	free(outcome->leaks);
}

static const struct server *find_generator(void)
{
	const char *own = getenv("OWN");
	char *root = own ? format("SIPIS_FAULT_ROOT=%s", tree) : format("--root=%s", tree);
	char *variables[] = {work_path("count"), work_path("leaks"), work_path("kmsg"),
			     work_path("called")};
	char *out = subject == DRY_RUN ? format("--dry-run") : work_path("out");
	char *arguments[] = {getenv("GENERATOR"), out, own ? NULL : root, NULL};
	char *environment[] = {
		format("SIPIS_FAULT_COUNT=%s", variables[0]),
		format("%s=%s",
		       subject == MEMORY || subject == DRY_RUN ? "SIPIS_FAULT_LEAKS" : "NO_LEAKS",
		       variables[1]),
		format("%s=%s", subject == KERNEL ? "SIPIS_FAULT_KMSG" : "NO_KMSG", variables[2]),
		format("SIPIS_FAULT_CALLED=%s", variables[3]),
		format("WORK=%s", work),
		own ? root : NULL,
		NULL,
	};
	const struct server *server = find_server(arguments[0], arguments, environment);

	free(root);
	free(out);
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		free(variables[i]);
	for (size_t i = 0; i < 5; i++)
		free(environment[i]);
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

struct outcome run_generator(const char *wanted_port, void (*paused)(void *userdata),
			     void *userdata)
{
	char *out = work_path("out");
	struct outcome outcome;
	struct run run;

	make_empty("out", true);
	make_empty("kmsg", false);
	run = run_server_paused(find_generator(), wanted_port, paused, userdata);
	outcome = (struct outcome){
		.status = run.status,
		.units = read_units(out),
		.said = subject == KERNEL ? without_heads(read_work("kmsg"))
					  : format("%s", run.output + run.errors),
		.shown = format("%.*s", (int)run.errors, run.output),
		.leaks = read_work("leaks"),
	};
	free(out);
	return outcome;
}

/* --- what can be: the tree as it is, and with a file that can't be read ------------------- */

static struct outcome possible[32];
static size_t n_possible;

void add_possible(void)
{
	if (n_possible == sizeof(possible) / sizeof(*possible))
		errx(1, "too many files");
	possible[n_possible] = run_generator("", NULL, NULL);
	if (!WIFEXITED(possible[n_possible].status) || WEXITSTATUS(possible[n_possible].status) > 1)
		errx(1, "without any fault: %s", possible[n_possible].said);
	n_possible++;
}

void add_possible_without(const char *path)
{
	char *kept = work_path("kept");
	bool was_there = faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

	if ((was_there && rename(path, kept) < 0) || symlink(basename(path), path) < 0)
		err(1, "%s", path);
	add_possible();
	if (unlink(path) < 0 || (was_there && rename(kept, path) < 0))
		err(1, "%s", path);
	free(kept);
}

void forget_possible(void)
{
	while (n_possible)
		outcome_done(&possible[--n_possible]);
}

unsigned count_allocations(void)
{
	return (unsigned)strtoul(possible[0].leaks, NULL, 10);
}

/* --- what may be, when something has failed ----------------------------------------------- */

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

static bool contains(const char *text, bool (*matches)(const char *line))
{
	char *copy = format("%s", text), *rest = copy, *line;
	bool found = false;

	while (!found && (line = strsep(&rest, "\n")))
		found = matches(line);
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

/*
 * Return true for a message that comes with exit status 1. That an ordinary user may not read the
 * state of splits is none of these.
 */
static bool is_failure(const char *line)
{
	return is_expected_of_us(line) &&
	       !strstr(line, "a split was interrupted: run this as root");
}

/* The last record of the kernel log, if there were too many. */
static bool is_rest(const char *line)
{
	return strstr(line, "more errors: \"sipisctl check\" shows all of them");
}

static bool is_expected_extra(const char *line)
{
	return is_expected_of_us(line) || is_rest(line);
}

static bool is_called_missing(const struct outcome *outcome, const char *name)
{
	char *text = format("sipis-generator: %s: cannot generate in ", name);
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
		if (!unit || !is_whole(unit) || !is_same_drop_in(unit->drop_in, wanted->drop_in))
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
	/* Each message of our own takes the place of a finding if there are too many. */
	bool may_lose = (license->lines || contains(outcome->said, is_rest)) &&
			contains(outcome->said, is_own);
	bool failed = like->status || contains(outcome->said, is_failure);

	if (!has_lines_of(outcome->said, like->said, is_expected_extra, 0))
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
	if (subject == DRY_RUN && strcmp(outcome->shown, like->shown) != 0)
		return false;
	return has_units_of(outcome, like) && has_words_of(outcome, like, license);
}

/* No unit at all, and a word about it. */
static bool gave_up(const struct outcome *outcome)
{
	return !outcome->units.n && !outcome->units.empty_wants && !*outcome->shown &&
	       WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == 1 &&
	       contains(outcome->said, is_own) &&
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
	if (contains(outcome->leaks, is_leak))
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

static void complain(const char *wanted_port, const char *what, const char *complaint,
		     const struct outcome *outcome)
{
	char *text =
		format("complaint %s (%s): %s; exit status %d; it said: %s%s", wanted_port, what,
		       complaint, WEXITSTATUS(outcome->status), outcome->said, outcome->leaks);

	for (char *at = text; *at; at++)
		if (*at == '\n')
			*at = ' ';
	puts(text);
	free(text);
}

void judge(const char *wanted_port, const char *what, struct outcome *outcome,
	   struct license license)
{
	const char *complaint = complain_of(outcome, &license);

	if (!complaint && !license.nothing && !strcmp(what, "close-written") &&
	    !WEXITSTATUS(outcome->status))
		complaint = "a unit could not be closed, and it says that all is well";
	n_tried++;
	if (complaint && n_complaints++ < COMPLAINTS_MAX)
		complain(wanted_port, what, complaint, outcome);
	outcome_done(outcome);
}

void begin_outcomes(const char *of_tree, enum subject of_subject)
{
	work = getenv("WORK");
	if (!work || !getenv("GENERATOR") || !getenv("FAULT_SHIM"))
		errx(2, "outcome.c wants an environment");
	tree = of_tree;
	subject = of_subject;
}

void end_outcomes(void)
{
	if (n_complaints > COMPLAINTS_MAX)
		printf("complaint and %u more\n", n_complaints - COMPLAINTS_MAX);
	printf("tried %u\n", n_tried);
	stop_servers();
}
