/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * race TREE FILE REPLACEMENT - run sipis-generator on the tree, and before each of its calls let
 * something else happen to FILE of the tree: it is replaced, rewritten, cut, removed, and becomes
 * what is no file. REPLACEMENT is other content for it.
 *
 * race storm TREE FILE REPLACEMENT - all of that, again and again, whenever it happens, and at
 * least once while the generator runs.
 *
 * The units are those of the tree before it, or of the tree after it, or of one whose FILE can't
 * be read, and never of a mixture. On standard output come lines `complaint ...` and at last one
 * `tried NUMBER`. FILE is as it was at the end. The environment: see outcome.h.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format.h"
#include "outcome.h"
#include "tree.h"

enum { STORM_RUNS = 100 };

static const char *path; /* of the file */

struct content {
	char *data;
	size_t size;
};

static struct content original, other;

/* --- what happens to the file -------------------------------------------------------------- */

static void check(bool done)
{
	if (!done)
		err(1, "%s", path);
}

static void write_content(const char *to, int flags, const struct content *content)
{
	int fd = open(to, O_WRONLY | O_CLOEXEC | flags, 0644);

	check(fd >= 0 && write(fd, content->data, content->size) == (ssize_t)content->size &&
	      close(fd) == 0);
}

static void replace(void)
{
	char *new = format("%s.new", path);

	write_content(new, O_CREAT | O_EXCL, &other);
	check(rename(new, path) == 0);
	free(new);
}

static void rewrite(void)
{
	write_content(path, O_TRUNC, &other);
}

/* Other bytes in the same place, and in the same number as far as they go. */
static void overwrite(void)
{
	write_content(path, 0, &other);
	check(truncate(path, (off_t)other.size) == 0);
}

static void extend(void)
{
	static char more[] = "\n<Sipis/>";

	write_content(path, O_APPEND, &(struct content){more, strlen(more)});
}

static void cut(void)
{
	check(truncate(path, (off_t)original.size / 2) == 0);
}

static void empty(void)
{
	check(truncate(path, 0) == 0);
}

static void grow(void)
{
	check(truncate(path, 2 * 1024 * 1024) == 0);
}

static void take_away(void)
{
	check(unlink(path) == 0);
}

static void make_fifo(void)
{
	take_away();
	check(mkfifo(path, 0644) == 0);
}

static void make_directory(void)
{
	take_away();
	check(mkdir(path, 0755) == 0);
}

static void make_link_to_nowhere(void)
{
	take_away();
	check(symlink("nowhere", path) == 0);
}

static void make_link_to_itself(void)
{
	take_away();
	check(symlink(basename(path), path) == 0);
}

static void make_link_to_a_device(void)
{
	take_away();
	check(symlink("/dev/zero", path) == 0);
}

/* Its address has no room for a long path. */
static void make_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *directory = format("%.*s", (int)(basename(path) - path), path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	take_away();
	check(strlen(basename(path)) < sizeof(address.sun_path));
	strcpy(address.sun_path, basename(path));
	check(chdir(directory) == 0);
	check(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	close(fd);
	free(directory);
}

struct change {
	const char *word;
	void (*make)(void);
};

static const struct change changes[] = {
	{"replaced", replace},
	{"rewritten", rewrite},
	{"overwritten", overwrite},
	{"extended", extend},
	{"cut", cut},
	{"emptied", empty},
	{"made too large", grow},
	{"removed", take_away},
	{"a FIFO", make_fifo},
	{"a directory", make_directory},
	{"a link to nowhere", make_link_to_nowhere},
	{"a link to itself", make_link_to_itself},
	{"a link to a device", make_link_to_a_device},
	{"a socket", make_socket},
};

static const size_t n_changes = sizeof(changes) / sizeof(*changes);

static void restore(void)
{
	remove_tree(path);
	write_content(path, O_CREAT | O_EXCL, &original);
}

/* --- before every call --------------------------------------------------------------------- */

static void make_change(void *userdata)
{
	const struct change *change = userdata;

	change->make();
}

/* Until something is written; races.sh looks that nothing is read then. */
static unsigned count_calls(void)
{
	char *count = read_work("count"), *rest = count, *line, effect = 'r';
	unsigned n = 0;

	while (effect == 'r' && (line = strsep(&rest, "\n")) && *line) {
		if (sscanf(line, "%u %*s %c", &n, &effect) != 2)
			errx(1, "count: %s", line);
	}
	free(count);
	return n;
}

static void try_change(const struct change *change, unsigned n_calls)
{
	forget_possible();
	add_possible();
	add_possible_without(path);
	change->make();
	add_possible();
	restore();
	for (unsigned i = 1; i <= n_calls; i++) {
		char *wanted_port = format("pause:%u", i);
		struct outcome outcome = run_generator(wanted_port, make_change, (void *)change);

		judge(wanted_port, change->word, &outcome, (struct license){});
		restore();
		free(wanted_port);
	}
}

static void try_changes(void)
{
	unsigned n_calls;

	add_possible();
	n_calls = count_calls();
	for (size_t i = 0; i < n_changes; i++)
		try_change(&changes[i], n_calls);
}

/* --- a storm --------------------------------------------------------------------------------- */

/*
 * Each state takes the place of the file, and gives it back, in one go. While it has it this is
 * said, unless nobody has listened for long.
 */
static _Noreturn void blow(char *const *states, size_t n, int told)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0;; i = (i + 1) % n) {
		check(renameat2(AT_FDCWD, states[i], AT_FDCWD, path, RENAME_EXCHANGE) == 0);
		check(write(told, "", 1) == 1 || errno == EAGAIN);
		check(renameat2(AT_FDCWD, states[i], AT_FDCWD, path, RENAME_EXCHANGE) == 0);
	}
}

struct storm {
	pid_t pid;
	int told; /* the end of a pipe: of one that died nothing more is heard */
	unsigned n_waits;
};

static struct storm begin_storm(char *const *states, size_t n)
{
	struct storm storm = {};
	int ends[2];

	check(pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
	storm.pid = fork();
	if (storm.pid == 0)
		blow(states, n, ends[1]);
	check(storm.pid > 0 && close(ends[1]) == 0);
	storm.told = ends[0];
	return storm;
}

/* First all that was said is read, and then what is said of an exchange that comes after it. */
static void wait_for_exchange(void *userdata)
{
	static char said[1 << 16]; /* as much as a pipe holds */
	struct storm *storm = userdata;

	check(read(storm->told, said, sizeof(said)) > 0);
	check(read(storm->told, said, sizeof(said)) > 0);
	storm->n_waits++;
}

/* It blew until now, and nothing else ends it. */
static void end_storm(const struct storm *storm)
{
	int status;

	check(waitpid(storm->pid, &status, WNOHANG) == 0);
	check(kill(storm->pid, SIGKILL) == 0 && waitpid(storm->pid, &status, 0) == storm->pid);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	check(storm->n_waits > 0 && close(storm->told) == 0);
}

/* Before one of its calls, each of them in turn, a run waits for the storm. */
static void run_in_storm(struct storm *storm, unsigned n_calls)
{
	for (unsigned i = 0; i < STORM_RUNS; i++) {
		char *wanted_port = format("pause:%u", i % n_calls + 1);
		struct outcome outcome = run_generator(wanted_port, wait_for_exchange, storm);

		judge(wanted_port, "a storm", &outcome, (struct license){});
		free(wanted_port);
	}
}

static void try_storm(void)
{
	char *states[sizeof(changes) / sizeof(*changes)];
	struct storm storm;
	unsigned n_calls;
	size_t n = 0;

	add_possible();
	n_calls = count_calls();
	add_possible_without(path);
	for (size_t i = 0; i < n_changes; i++) {
		changes[i].make();
		add_possible();
		if (changes[i].make != take_away) {
			states[n] = format("%s.%zu", path, i);
			check(rename(path, states[n++]) == 0);
		}
		restore();
	}
	storm = begin_storm(states, n);
	run_in_storm(&storm, n_calls);
	end_storm(&storm);
	for (size_t i = 0; i < n; i++) {
		remove_tree(states[i]);
		free(states[i]);
	}
	restore();
}

int main(int argc, char **argv)
{
	bool storm = argc == 5 && !strcmp(argv[1], "storm");

	if (argc != 4 && !storm)
		errx(2, "see race.c");
	argv += storm;
	path = argv[2];
	original.data = read_file(path, &original.size);
	other.data = read_file(argv[3], &other.size);
	begin_outcomes(argv[1], CALLS);
	if (storm)
		try_storm();
	else
		try_changes();
	end_outcomes();
	return 0;
}
