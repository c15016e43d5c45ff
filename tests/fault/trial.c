/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * trial all|changes|memory START BEFORE AFTER ARGUMENT... - run `sipisctl ARGUMENT...` on copies of
 * the tree START, and let something happen at every one of its calls, or at those that change
 * something, or let every one of its allocations fail, with the help of shim.c. BEFORE and AFTER
 * are how the settings were before the split that it is about, and how they are after it.
 *
 * Whatever happened, the installation has to be as it was or as it was to be, or everybody says
 * that it is a mixture, and then it can be finished and taken back. On standard output, for each
 * kind of trial (kill, power, fault; or memory) lines `complaint KIND ...` and at last one `tried
 * KIND NUMBER`.
 *
 * trial mark FILE - give it extended attributes.
 *
 * The environment names the programs (SIPISCTL, GENERATOR, FAULT_SHIM) and a directory (WORK). With
 * SIPIS_FAULT_HOST sipisctl looks at the machine instead of the copy of START.
 */

#include <dirent.h>
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "format.h"
#include "sample.h"
#include "server.h"
#include "tree.h"

#define STATE    ".sipisctl-split"
#define LEFTOVER STATE "."

static const char *start, *work;
static bool counts_memory;
static char **command; /* the arguments that are tried, with room for a root before them */

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

static bool begins_with(const char *text, const char *begin)
{
	return !strncmp(text, begin, strlen(begin));
}

/* --- trees ------------------------------------------------------------------------------- */

/* A tree as text: everything that matters of every entry. */
struct picture {
	char *all;        /* owned */
	char *settings;   /* owned: without what a split keeps for itself */
	bool leftovers;   /* something that no finished run leaves */
	bool interrupted; /* as the names in the state directory have it */
	bool undoing;
};

static void picture_done(struct picture *picture)
{
	free(picture->all);
	free(picture->settings);
	*picture = (struct picture){};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, as file systems list them in orders of their own. */
static void print_xattrs(FILE *out, const char *path)
{
	char names[1024], value[1024];
	const char *sorted[sizeof(names) / 2];
	ssize_t size = llistxattr(path, names, sizeof(names));
	size_t n = 0;

	for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1)
		sorted[n++] = name;
	if (n > 1)
		qsort(sorted, n, sizeof(*sorted), compare_names);

	for (size_t i = 0; i < n; i++) {
		ssize_t length = lgetxattr(path, sorted[i], value, sizeof(value));

		fprintf(out, " %s=", sorted[i]);
		for (ssize_t at = 0; at < length; at++)
			fprintf(out, "%02x", (unsigned char)value[at]);
	}
}

static void print_entry(FILE *out, const char *path, const char *shown)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		err(1, "%s", path);
	fprintf(out, "%s %o %lu:%lu %lu", shown, st.st_mode, (unsigned long)st.st_uid,
		(unsigned long)st.st_gid, S_ISDIR(st.st_mode) ? 0 : (unsigned long)st.st_nlink);
	print_xattrs(out, path);
	fputc('\n', out);
	if (S_ISREG(st.st_mode)) {
		size_t size;
		char *data = read_file(path, &size);

		fwrite(data, size, 1, out);
		free(data);
	}
}

static void print_tree(FILE *all, FILE *settings, struct picture *picture, const char *path,
		       const char *shown)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);

	if (n < 0)
		err(1, "%s", path);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		bool leftover = begins_with(name, LEFTOVER) || ends_in(name, ".preparing");
		bool own = leftover || !strcmp(name, STATE) || !settings;
		char *below = format("%s/%s", path, name),
		     *shown_below = format("%s/%s", shown, name);

		picture->leftovers |= leftover;
		picture->undoing |= ends_in(name, ".undoing");
		picture->interrupted |= ends_in(name, ".pending") || ends_in(name, ".undoing");
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			print_entry(all, below, shown_below);
			if (!own)
				print_entry(settings, below, shown_below);
			if (entries[i]->d_type == DT_DIR)
				print_tree(all, own ? NULL : settings, picture, below, shown_below);
		}
		free(below);
		free(shown_below);
		free(entries[i]);
	}
	free(entries);
}

static struct picture take_picture(const char *tree)
{
	struct picture picture = {};
	size_t size;
	FILE *all = open_memstream(&picture.all, &size);
	FILE *settings = open_memstream(&picture.settings, &size);

	if (!all || !settings)
		err(1, "open_memstream");
	print_tree(all, settings, &picture, tree, "");
	if (fclose(all) != 0 || fclose(settings) != 0)
		err(1, "open_memstream");
	return picture;
}

/* The program of this variable, on a tree. The arguments end in a NULL. */
static struct run run_on(const char *variable, const char *tree, ...)
{
	char *root = format("--root=%s", tree);
	char *arguments[8] = {getenv(variable), root}, *nothing[] = {NULL};
	struct run run;
	va_list list;

	va_start(list, tree);
	for (size_t i = 2; (arguments[i] = va_arg(list, char *)); i++)
		;
	va_end(list);
	run = run_server(find_server(arguments[0], arguments, nothing), "");
	free(root);
	return run;
}

/* An empty directory for temporary files. */
static void make_temporary(void)
{
	char *path = format("%s/temporary", work);

	remove_tree(path);
	if (mkdir(path, 0700) < 0)
		err(1, "%s", path);
	free(path);
}

/* Copies of settings are left over, and it does not say that they are kept. */
static bool is_left_over(const char *output)
{
	char *path = format("%s/temporary", work);
	bool is_empty = rmdir(path) == 0; /* it is made again for the next run */

	free(path);
	return !is_empty && !strstr(output, "the edited copy is kept in");
}

static void renew_tree(const char *tree, const char *from)
{
	remove_tree(tree);
	copy_tree(from, tree);
}

/* The command that is tried, on a tree, with a wish for the shim. */
static struct run run_command(const char *tree, const char *wanted_port)
{
	char *spare = format("%s/spare", work);
	char *keeps = format("SIPIS_FAULT_SPARE=%s", spare);
	char *counts = format("SIPIS_FAULT_COUNT=%s/count", work);
	char *leaks = format("SIPIS_FAULT_LEAKS=%s/leaks", work);
	char *temporary = format("TMPDIR=%s/temporary", work), editor[] = "EDITOR=/bin/true";
	char *environment[] = {temporary, editor, counts, counts_memory ? leaks : keeps, NULL};
	struct run run;

	remove_tree(spare);
	if (mkdir(spare, 0700) < 0)
		err(1, "%s", spare);
	free(spare);
	make_temporary();
	command[0] = getenv("SIPISCTL");
	command[1] =
		getenv("SIPIS_FAULT_HOST") ? format("--color=never") : format("--root=%s", tree);
	run = run_server(find_server(command[0], command, environment), wanted_port);
	free(command[1]);
	free(keeps);
	free(counts);
	free(leaks);
	free(temporary);
	return run;
}

/* --- what is left when something happened ------------------------------------------------ */

static struct picture at_start, before, after, at_end;

/* What was said of a tree that looked like this; most calls leave one that is known already. */
static struct {
	char *all, *complaint;
} known[4096];
static size_t n_known;

static char *tree_of(const char *name)
{
	return format("%s/%s", work, name);
}

/* What check says of a whole installation; most end in one that is known already. */
static char *complain_of_check(const char *tree, const char *what, const struct picture *picture)
{
	static char *good[64];
	static size_t n_good;
	struct run check;

	for (size_t i = 0; i < n_good; i++)
		if (!strcmp(good[i], picture->all))
			return NULL;
	check = run_on("SIPISCTL", tree, "check", NULL);
	if (strstr(check.output, "[interrupted-split]"))
		return format("%s: it is still called interrupted", what);
	if (!exited(&check, 0))
		return format("%s: check says %s", what, check.output);
	if (n_good < sizeof(good) / sizeof(*good))
		good[n_good++] = format("%s", picture->all);
	return NULL;
}

/* The installation is as `wanted` has it, and nothing but the history of splits is left. */
static char *complain_of_end(const char *tree, const char *what, const struct picture *wanted)
{
	struct picture picture = take_picture(tree);
	char *complaint = NULL;

	if (strcmp(picture.settings, wanted->settings) != 0)
		complaint = format("%s: the files are not what they have to be", what);
	else if (picture.leftovers || picture.interrupted)
		complaint = format("%s: something is left over", what);
	else
		complaint = complain_of_check(tree, what, &picture);
	picture_done(&picture);
	return complaint;
}

static char *complain_of_taking_up(const char *tree, const char *option,
				   const struct picture *wanted)
{
	char *copy = tree_of("taken-up");
	struct run run;
	char *complaint;

	renew_tree(copy, tree);
	run = run_on("SIPISCTL", copy, "split", option, "--yes", NULL);
	complaint = exited(&run, 0) ? complain_of_end(copy, option, wanted)
				    : format("%s then says %s", option, run.output);
	free(copy);
	return complaint;
}

static char *complain_of_mixture(const char *tree, const struct picture *picture)
{
	struct run run = run_on("SIPISCTL", tree, "split", "3", "--yes", NULL);
	struct picture then = take_picture(tree);
	char *complaint = NULL;

	if (!exited(&run, 1) || !strstr(run.output, "--resume"))
		complaint = format("split on the mixture says %s", run.output);
	else if (strcmp(then.all, picture->all) != 0)
		complaint = format("split has changed the mixture");
	if (!complaint)
		complaint = complain_of_taking_up(tree, "--resume",
						  picture->undoing ? &before : &after);
	if (!complaint)
		complaint = complain_of_taking_up(tree, "--undo", &before);
	picture_done(&then);
	return complaint;
}

/* Not begun, or complete: then the same again goes as if nothing had been. */
static char *complain_of_whole(const char *tree, const struct picture *picture)
{
	char *copy, *complaint;
	struct run run;

	if (!strcmp(picture->settings, at_end.settings))
		return complain_of_end(tree, "complete", &at_end);
	if (strcmp(picture->settings, at_start.settings) != 0)
		return format("a mixture, and nobody says so");
	copy = tree_of("again");
	renew_tree(copy, tree);
	run = run_command(copy, "");
	complaint = exited(&run, 0) ? complain_of_end(copy, "again", &at_end)
				    : format("the same again says %s", run.output);
	free(copy);
	return complaint;
}

static char *complain_anew(const char *tree, const struct picture *picture)
{
	struct run check = run_on("SIPISCTL", tree, "check", NULL);
	struct run generator = run_on("GENERATOR", tree, "--dry-run", NULL);
	bool said = strstr(check.output, "[interrupted-split]");
	char *complaint = NULL;

	if (said != !!strstr(generator.output, "[interrupted-split]"))
		complaint = format("check and the generator do not agree");
	else if (said && !(exited(&check, 1) && exited(&generator, 1)))
		complaint = format("an interrupted split is no failure");
	else
		complaint = said ? complain_of_mixture(tree, picture)
				 : complain_of_whole(tree, picture);
	return complaint;
}

/* Of what is left at a tree. NULL: all good. */
static const char *complain_of_tree(const char *tree, const struct picture *picture)
{
	for (size_t i = 0; i < n_known; i++)
		if (!strcmp(known[i].all, picture->all))
			return known[i].complaint;
	if (n_known == sizeof(known) / sizeof(*known))
		errx(1, "too many ways to end");
	known[n_known].all = format("%s", picture->all);
	known[n_known].complaint = complain_anew(tree, picture);
	return known[n_known++].complaint;
}

/* --- what a run says when a call has failed ---------------------------------------------- */

/* The same as at the start, as far as anybody else can see. */
static bool is_untouched(const struct picture *picture)
{
	return !strcmp(picture->settings, at_start.settings) &&
	       picture->interrupted == at_start.interrupted && picture->undoing == at_start.undoing;
}

/* A call whose failure can mean that bytes are not on the disk: it must not be passed over. */
static bool is_about_bytes(const char *function)
{
	return !strcmp(function, "fsync") || !strcmp(function, "close-written");
}

static const char *complain_of_words(const struct run *run, const struct picture *picture,
				     const char *function, bool for_good)
{
	const char *output = run->output;

	if (!WIFEXITED(run->status))
		return "it was killed by a signal";
	if (exited(run, 0) && is_about_bytes(function))
		return "bytes may be lost, and it says that all is well";
	if (is_left_over(output))
		return "a copy of settings is left over";
	if (exited(run, 0))
		return strcmp(picture->all, at_end.all) != 0 ? "it says that all is well" : NULL;
	if (!exited(run, 1) && !exited(run, 3))
		return "a strange exit status";
	if (!*output)
		return "it fails without a word";
	if (strstr(output, "there is no split"))
		return "it says that there is no split";
	if (exited(run, 1) && !is_untouched(picture))
		return "exit status 1, and something was changed";
	if (strstr(output, "nothing was changed") && !is_untouched(picture))
		return "it says that nothing was changed";
	if (strstr(output, "mixture") && !picture->interrupted)
		return "it says that this is a mixture";
	if (picture->interrupted && !at_start.interrupted && !strstr(output, "--resume"))
		return "it does not say that it was interrupted";
	/* A device that fails for good does not let anybody clean up. */
	if (!picture->interrupted && picture->leftovers && !at_start.leftovers && !for_good)
		return "something is left over";
	return NULL;
}

/* --- what a run says when an allocation has failed ---------------------------------------- */

static struct run good; /* without any fault */

static char *read_leaks(void)
{
	char *path = format("%s/leaks", work);
	size_t size;
	char *leaks = read_file(path, &size);

	free(path);
	return leaks;
}

/* It ends as if nothing had been, or says that there is no memory. */
static const char *complain_of_memory(const struct run *run, const struct picture *picture)
{
	const char *output = run->output;

	if (!WIFEXITED(run->status))
		return "it was killed by a signal";
	if (is_left_over(output))
		return "a copy of settings is left over";
	if (exited(run, 0))
		return strcmp(picture->all, at_end.all) != 0 ||
				       (strcmp(output, good.output) != 0 &&
					!strstr(output, "Done. The settings were replaced."))
			       ? "it says that all is well"
			       : NULL;
	if (run->status == good.status && !strcmp(output, good.output))
		return NULL;
	if (!exited(run, 3) && run->status != good.status)
		return "a strange exit status";
	if (!strstr(output, "Cannot allocate memory"))
		return "it does not say that there is no memory";
	if (strstr(output, "nothing was changed") && !is_untouched(picture))
		return "it says that nothing was changed";
	if (picture->interrupted && !at_start.interrupted && !strstr(output, "--resume"))
		return "it does not say that it was interrupted";
	return NULL;
}

/* --- all points -------------------------------------------------------------------------- */

struct call {
	char function[32];
	bool changes;
	uint64_t pending;
};

static struct call calls[4096]; /* from 1; the last one is the end of the program */
static unsigned n_calls;
static unsigned n_tried, n_complaints; /* of one kind */

static void read_calls(void)
{
	char *path = format("%s/count", work), effect;
	FILE *in = fopen(path, "re");
	unsigned long long mask;
	unsigned number;

	if (!in)
		err(1, "%s", path);
	while (n_calls + 1 < sizeof(calls) / sizeof(*calls) &&
	       fscanf(in, "%u %31s %c %llu", &number, calls[n_calls + 1].function, &effect,
		      &mask) == 4) {
		n_calls++;
		calls[n_calls].changes = effect == 'c';
		calls[n_calls].pending = mask;
		if (number != n_calls)
			errx(1, "%s: not what was expected", path);
	}
	if (!n_calls || strcmp(calls[n_calls].function, "end") != 0)
		errx(1, "%s: no end", path);
	fclose(in);
	free(path);
}

enum trial { KILL, POWER_CUT, FAULT, FAULT_FOR_GOOD, MEMORY };

static const char *const words[] = {[KILL] = "kill",
				    [POWER_CUT] = "power",
				    [FAULT] = "fault",
				    [FAULT_FOR_GOOD] = "fault",
				    [MEMORY] = "memory"};

enum { COMPLAINTS_MAX = 20 };

/* In one line. */
static void complain(enum trial trial, unsigned number, const char *wanted_port,
		     const char *complaint, const char *output)
{
	char *text = format("complaint %s %s (%s): %s; it said: %s", words[trial], wanted_port,
			    trial == MEMORY ? "" : calls[number].function, complaint, output);

	for (char *at = text; *at; at++)
		if (*at == '\n')
			*at = ' ';
	puts(text);
	free(text);
}

/* Copy the tree anew only if the run before has changed it: most do not. */
static void try_point(enum trial trial, unsigned number, const char *wanted_port)
{
	static bool is_as_at_start;
	char *tree = tree_of("tree");
	const char *complaint = NULL;
	struct picture picture;
	struct run run;

	if (!is_as_at_start)
		renew_tree(tree, start);
	run = run_command(tree, wanted_port);
	picture = take_picture(tree);
	is_as_at_start = !strcmp(picture.all, at_start.all);

	n_tried++;
	if (trial == MEMORY)
		complaint = complain_of_memory(&run, &picture);
	else if (trial == FAULT || trial == FAULT_FOR_GOOD)
		complaint = complain_of_words(&run, &picture, calls[number].function,
					      trial == FAULT_FOR_GOOD);
	else if (!WIFSIGNALED(run.status) || WTERMSIG(run.status) != SIGKILL)
		complaint = "it was to be killed and was not";
	if (!complaint && !(trial == MEMORY && is_untouched(&picture)))
		complaint = complain_of_tree(tree, &picture);
	if (complaint && n_complaints++ < COMPLAINTS_MAX)
		complain(trial, number, wanted_port, complaint, run.output);
	picture_done(&picture);
	free(tree);
}

static void try(enum trial trial, unsigned number, char *wanted_port)
{
	if (next_is_tried())
		try_point(trial, number, wanted_port);
	free(wanted_port);
}

static void try_kills(bool all)
{
	for (unsigned i = 1; i <= n_calls; i++) {
		if (all || calls[i].changes || i == n_calls)
			try(KILL, i, format("kill-before:%u", i));
		/* A call that changes nothing leaves what the kill before the next one does. */
		if (calls[i].changes)
			try(KILL, i, format("kill-after:%u", i));
	}
}

static void try_power_cut(unsigned number, uint64_t lost)
{
	try(POWER_CUT, number, format("power:%u:%llu", number, (unsigned long long)lost));
}

/* Between these a file gets its bytes and attributes, which are lost as a whole. */
static bool is_turning_point(unsigned number)
{
	static const char *const functions[] = {"fsync",  "mkdirat",  "renameat", "renameat2",
						"linkat", "unlinkat", "end"};

	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (!strcmp(functions[i], calls[number].function))
			return true;
	return false;
}

/* All is lost that was not synchronized; or one directory's part of it; or all but that. */
static void try_power_cuts(void)
{
	if (calls[n_calls].pending) {
		n_complaints++;
		puts("complaint power it says that all is well, and a power cut could still lose "
		     "it");
	}
	for (unsigned i = 1; i <= n_calls; i++) {
		uint64_t pending = calls[i].pending;
		int n = __builtin_popcountll(pending);

		if (!pending || !is_turning_point(i))
			continue;
		try_power_cut(i, pending);
		for (unsigned bit = 0; n > 1 && bit < 64; bit++) {
			uint64_t one = pending & UINT64_C(1) << bit;

			if (one)
				try_power_cut(i, one);
			if (one && n > 2) /* of two that is the other one */
				try_power_cut(i, pending & ~one);
		}
	}
}

/* What can be expected of a call: a disk that is full or broken, a table that is full, a guard. */
static const struct {
	const char *function;
	bool changes;
	const char *errors;
} errors[] = {
	{"openat", false, "EMFILE"},
	{"openat2", false, "EIO"},
	{"open", false, "EMFILE"},
	{"fdopendir", false, "ENOMEM"},
	{"readdir", false, "EIO"},
	{"close", false, "EIO"},
	{"closedir", false, "EIO"},
	{"fstat", false, "EIO"},
	{"fstatat", false, "EACCES"},
	{"stat", false, "EIO"},
	{"read", false, "EIO EINTR"},
	{"flistxattr", false, "EIO"},
	{"fgetxattr", false, "EIO"},
	{"flock", false, "EAGAIN ENOLCK"},
	{"openat", true, "ENOSPC EMFILE"},
	{"mkdirat", true, "ENOSPC EACCES"},
	{"write", true, "ENOSPC EIO EINTR"},
	{"close-written", true, "EIO ENOSPC"},
	{"fsync", true, "EIO ENOSPC"},
	{"fchown", true, "EPERM"},
	{"fchmod", true, "EPERM"},
	{"fsetxattr", true, "ENOSPC EOPNOTSUPP"},
	{"fremovexattr", true, "EIO"},
	{"renameat", true, "EIO ENOSPC EACCES ENOENT"},
	{"renameat2", true, "EIO ENOSPC EACCES ENOENT EINVAL"},
	{"linkat", true, "EIO ENOSPC EPERM"},
	{"unlinkat", true, "EIO EACCES"},
};

static const char *errors_of(const struct call *call)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (errors[i].changes == call->changes &&
		    !strcmp(errors[i].function, call->function))
			return errors[i].errors;
	errx(1, "%s: what errors can that have?", call->function);
}

static void try_errors(unsigned number)
{
	char *list = format("%s", errors_of(&calls[number])), *rest = list, *error;

	while ((error = strsep(&rest, " ")))
		try(FAULT, number, format("errno:%s:%u", error, number));
	free(list);
}

static void try_faults(bool all)
{
	for (unsigned i = 1; i < n_calls; i++) {
		if (all || calls[i].changes)
			try_errors(i);
		if (!strcmp(calls[i].function, "write"))
			try(FAULT, i, format("short:ENOSPC:%u", i));
		/* what a file system does that finds itself damaged */
		if (calls[i].changes)
			try(FAULT_FOR_GOOD, i, format("errno-from:EROFS:%u", i));
	}
}

static void try_memory(void)
{
	char *leaks = read_leaks();
	unsigned n = (unsigned)strtoul(leaks, NULL, 10);

	for (unsigned i = 1; i <= n; i++) {
		try(MEMORY, i, format("memory:%u", i));
		try(MEMORY, i, format("memory-from:%u", i));
	}
	free(leaks);
}

static void report(enum trial trial)
{
	if (n_complaints > COMPLAINTS_MAX)
		printf("complaint %s and %u more\n", words[trial], n_complaints - COMPLAINTS_MAX);
	printf("tried %s %u\n", words[trial], n_tried);
	n_tried = n_complaints = 0;
	restart_sample();
}

static void try_all(bool all)
{
	read_calls();
	try_kills(all);
	report(KILL);
	try_power_cuts();
	report(POWER_CUT);
	try_faults(all);
	report(FAULT);
}

/* Extended attributes for a file: an access control list, and one of nobody's. */
static int mark(const char *path)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[5];
	} list = {2,
		  {{0x01, 6, UINT32_MAX},
		   {0x02, 4, 3456},
		   {0x04, 0, UINT32_MAX},
		   {0x10, 4, UINT32_MAX},
		   {0x20, 0, UINT32_MAX}}};

	if (setxattr(path, "system.posix_acl_access", &list, sizeof(list), 0) < 0 ||
	    setxattr(path, "user.mark", "\0\xff\n", 3, 0) < 0) {
		warn("%s", path);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct run run;
	char *tree;

	if (argc == 3 && !strcmp(argv[1], "mark"))
		return mark(argv[2]);
	work = getenv("WORK");
	if (argc < 6 || !work || !getenv("SIPISCTL") || !getenv("GENERATOR") ||
	    !getenv("FAULT_SHIM"))
		errx(2, "see trial.c");
	counts_memory = !strcmp(argv[1], "memory");
	start = argv[2];
	command = argv + 3; /* the program and its root take the places of BEFORE and AFTER */
	at_start = take_picture(start);
	before = take_picture(argv[3]);
	after = take_picture(argv[4]);
	tree = tree_of("tree");
	renew_tree(tree, start);
	run = run_command(tree, "");
	if (!counts_memory && !exited(&run, 0))
		errx(1, "without any fault: %s", run.output);
	at_end = take_picture(tree);
	good = run;
	if (counts_memory) {
		try_memory();
		report(MEMORY);
	} else {
		try_all(!strcmp(argv[1], "all"));
	}
	stop_servers();
	return 0;
}
