/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Loaded into a program with LD_PRELOAD, this counts its calls that read or change files, and at
 * one of them lets happen what seldom does. SIPIS_FAULT says what, N counts from 1:
 *
 *     kill-before:N       SIGKILL instead of call N; one more than there are is the program's end
 *     kill-after:N        SIGKILL when call N has been made
 *     errno:NAME:N        call N fails with this error, and is not made
 *     errno-from:NAME:N   so does every call from there on that changes anything
 *     full:NAME:N         so does every call from there on that needs room
 *     short:NAME:N        call N writes half of it, and the next write fails with this error
 *     part:N              call N reads or writes one byte
 *     part-from:N         so does every call from there on
 *     pause:N             before call N it is said on the server's second descriptor, see below,
 *                         and waited for a byte on the first
 *     run:FUNCTION:N      the shell command SIPIS_FAULT_COMMAND is run before call N of this
 *                         function
 *     run-from:FUNCTION:N and before every later one
 *     memory:N            allocation N fails, see memory.c
 *     memory-from:N       so does every allocation from there on
 *     power:N:MASK        the power fails before call N, see below
 *
 * Without that, SIPIS_FAULT_COUNT=FILE gets a line for every call: its number, the function, `c`
 * where it changes something or `r` where it does not, and what a power cut before it could lose,
 * as a MASK. The end of the program has a line too: `end`.
 *
 * A power cut loses what was not synchronized: for a directory, its entries since its last fsync(),
 * for a file, all of it. Which directories had theirs written all the same is up to the file
 * system, so a bit of MASK says of each directory, in the order of their first change, whether it
 * loses them; bit 0 stands for the files. What is lost is undone here, last things first, and then
 * comes SIGKILL. SIPIS_FAULT_SPARE is a directory on the same file system that keeps what is
 * removed.
 *
 * With SIPIS_FAULT_SERVER set the program does not run once but as often as it is asked to, by a
 * line on file descriptor 3 that is what SIPIS_FAULT would be. The answer on file descriptor 4 is
 * an int, the status as waitpid() has it. A run costs a fork() then, and most of a run is what
 * comes before main().
 *
 * SIPIS_FAULT_LEAKS=FILE gets the number of allocations, and a line for each that was never freed.
 * With SIPIS_FAULT_KMSG=FILE the program is told that PID 1 runs it, and has this file for
 * /dev/kmsg: what it does with that are calls of `kmsg-open` and `kmsg`.
 *
 * With SIPIS_FAULT_ROOT=TREE that tree stands in for the machine's own: absolute paths lead into
 * it, but for those below the directory WORK. To open one of them is a call of `open-in-tree`.
 *
 * SIPIS_FAULT_NO_EXCHANGE=1 stands for a file system that cannot exchange names, nor rename without
 * replacing: renameat2() with flags fails with EINVAL.
 *
 * SIPIS_FAULT_CALLED=FILE gets a line for each function that was called, from every run, and one
 * for an allocation that failed.
 *
 * A run that hangs is ended by SIGALRM.
 *
 * Time stands still, so that names that have a date in them are always the same. fsync() does
 * nothing: nobody cuts the power here, and it would cost most of the time.
 */

/* Every function under its own name, and none in the headers instead. */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

enum mode {
	NOTHING,
	KILL_BEFORE,
	KILL_AFTER,
	ERRNO,
	ERRNO_FROM,
	FULL,
	SHORT,
	PART,
	PART_FROM,
	PAUSE,
	RUN,
	RUN_FROM,
	MEMORY,
	MEMORY_FROM,
	POWER
};

static struct {
	enum mode mode;
	unsigned long at, count;
	int error;
	char function[32]; /* of RUN, RUN_FROM */
	uint64_t mask;
	FILE *log;
	int spare;      /* a directory; -1: there is none */
	int leaks;      /* a file; -1: there is none */
	int kmsg;       /* the program's; -1: it has not opened it */
	int called;     /* a file; -1: there is none */
	unsigned depth; /* 0: the program's own call; others are the shim's, and not counted */
} shim = {.spare = -1, .leaks = -1, .kmsg = -1, .called = -1};

static void *find(const char *name)
{
	void *next = dlsym(RTLD_NEXT, name);

	if (!next)
		abort();
	return next;
}

static _Noreturn void die(void)
{
	if (shim.log)
		fflush(shim.log);
	kill(getpid(), SIGKILL);
	abort();
}

/* --- what a power cut would lose --------------------------------------------------------- */

enum kind { MADE, MADE_DIRECTORY, RENAMED, EXCHANGED, REMOVED, REMOVED_DIRECTORY };

struct operation {
	enum kind kind;
	int directory;
	unsigned bit;
	char name[NAME_MAX + 1], new_name[NAME_MAX + 1];
	bool kept, synchronized; /* kept: what it removed has its number as name in the spare */
};

static struct operation operations[4096];
static size_t n_operations;

/* Files of this run whose bytes or attributes have not been synchronized yet. */
static int dirty[4096];
static size_t n_dirty;

struct identity {
	dev_t device;
	ino_t inode;
};

static struct identity directories[64];
static unsigned n_directories = 1; /* bit 0 stands for the files */

static struct identity identify(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		abort();
	return (struct identity){st.st_dev, st.st_ino};
}

static bool is_same(struct identity a, struct identity b)
{
	return a.device == b.device && a.inode == b.inode;
}

static unsigned bit_of(int directory)
{
	struct identity identity = identify(directory);

	for (unsigned i = 1; i < n_directories; i++)
		if (is_same(directories[i], identity))
			return i;
	if (n_directories == sizeof(directories) / sizeof(*directories))
		abort();
	directories[n_directories] = identity;
	return n_directories++;
}

static uint64_t pending(void)
{
	uint64_t mask = n_dirty ? 1 : 0;

	for (size_t i = 0; i < n_operations; i++)
		if (!operations[i].synchronized)
			mask |= UINT64_C(1) << operations[i].bit;
	return mask;
}

static void spare_name(const struct operation *operation, char ret[32])
{
	snprintf(ret, 32, "%zu", (size_t)(operation - operations));
}

/* Before the call, as what it removes must be kept. */
static struct operation *record(enum kind kind, int directory, const char *name,
				const char *new_name)
{
	struct operation *operation = &operations[n_operations];
	char spare[32];

	if (shim.spare < 0)
		return NULL;
	if (n_operations == sizeof(operations) / sizeof(*operations))
		abort();
	*operation = (struct operation){.kind = kind};
	operation->directory = fcntl(directory, F_DUPFD_CLOEXEC, 100);
	operation->bit = bit_of(directory);
	snprintf(operation->name, sizeof(operation->name), "%s", name);
	snprintf(operation->new_name, sizeof(operation->new_name), "%s", new_name);
	spare_name(operation, spare);
	if (kind == RENAMED || kind == REMOVED)
		operation->kept = linkat(directory, kind == RENAMED ? new_name : name, shim.spare,
					 spare, 0) == 0;
	return operation;
}

/* After it: it counts if it was done. */
static void settle(struct operation *operation, bool done)
{
	char spare[32];

	if (!operation)
		return;
	if (done) {
		n_operations++;
		return;
	}
	spare_name(operation, spare);
	if (operation->kept)
		unlinkat(shim.spare, spare, 0);
	close(operation->directory);
}

static void make_dirty(int fd)
{
	if (shim.spare < 0)
		return;
	for (size_t i = 0; i < n_dirty; i++)
		if (is_same(identify(dirty[i]), identify(fd)))
			return;
	if (n_dirty == sizeof(dirty) / sizeof(*dirty))
		abort();
	dirty[n_dirty++] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
}

static void synchronize(int fd)
{
	struct stat st;

	if (shim.spare < 0 || fstat(fd, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode)) {
		unsigned bit = bit_of(fd);

		for (size_t i = 0; i < n_operations; i++)
			operations[i].synchronized |= operations[i].bit == bit;
		return;
	}
	for (size_t i = 0; i < n_dirty; i++)
		if (is_same(identify(dirty[i]), identify(fd))) {
			close(dirty[i]);
			dirty[i] = dirty[--n_dirty];
			return;
		}
}

static void remove_tree(int directory, const char *name)
{
	const struct dirent *entry;
	DIR *listing;

	if (unlinkat(directory, name, 0) == 0)
		return;
	listing = fdopendir(openat(directory, name, O_RDONLY | O_DIRECTORY));
	while (listing && (entry = readdir(listing)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_tree(dirfd(listing), entry->d_name);
	if (listing)
		closedir(listing);
	if (unlinkat(directory, name, AT_REMOVEDIR) < 0)
		abort();
}

static void undo(const struct operation *operation)
{
	int directory = operation->directory;
	char spare[32];

	spare_name(operation, spare);
	switch (operation->kind) {
	case MADE:
	case MADE_DIRECTORY:
		remove_tree(directory, operation->name);
		break;
	case RENAMED:
		if (renameat(directory, operation->new_name, directory, operation->name) < 0 ||
		    (operation->kept &&
		     linkat(shim.spare, spare, directory, operation->new_name, 0) < 0))
			abort();
		break;
	case EXCHANGED:
		if (renameat2(directory, operation->new_name, directory, operation->name,
			      RENAME_EXCHANGE) < 0)
			abort();
		break;
	case REMOVED:
		if (linkat(shim.spare, spare, directory, operation->name, 0) < 0)
			abort();
		break;
	case REMOVED_DIRECTORY:
		if (mkdirat(directory, operation->name, 0700) < 0)
			abort();
		break;
	}
}

static _Noreturn void cut_power(void)
{
	for (size_t i = 0; shim.mask & 1 && i < n_dirty; i++)
		if (ftruncate(dirty[i], 0) < 0 || fchown(dirty[i], geteuid(), getegid()) < 0 ||
		    fchmod(dirty[i], 0600) < 0)
			abort();
	for (size_t i = n_operations; i-- > 0;)
		if (!operations[i].synchronized && shim.mask >> operations[i].bit & 1)
			undo(&operations[i]);
	for (size_t i = 0; i < n_operations; i++) {
		char spare[32];

		spare_name(&operations[i], spare);
		if (operations[i].kept && unlinkat(shim.spare, spare, 0) < 0)
			abort();
	}
	die();
}

/* --- what is wished ---------------------------------------------------------------------- */

static int error_of(const char *name)
{
	for (int error = 1; error < 200; error++) {
		const char *known = strerrorname_np(error);

		if (known && !strcmp(known, name))
			return error;
	}
	abort();
}

static void read_wish(const char *wanted_port)
{
	static const struct {
		const char *word;
		enum mode mode;
	} words[] = {
		{"kill-before", KILL_BEFORE},
		{"kill-after", KILL_AFTER},
		{"errno", ERRNO},
		{"errno-from", ERRNO_FROM},
		{"full", FULL},
		{"short", SHORT},
		{"part", PART},
		{"part-from", PART_FROM},
		{"pause", PAUSE},
		{"run", RUN},
		{"run-from", RUN_FROM},
		{"memory", MEMORY},
		{"memory-from", MEMORY_FROM},
		{"power", POWER},
	};
	char word[16], error[32];
	unsigned long long mask;

	if (sscanf(wanted_port, "%15[^:]:", word) != 1)
		abort();
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i].word, word))
			shim.mode = words[i].mode;
	wanted_port += strlen(word) + 1;
	switch (shim.mode) {
	case NOTHING:
		abort();
	case KILL_BEFORE:
	case KILL_AFTER:
	case PART:
	case PART_FROM:
	case PAUSE:
	case MEMORY:
	case MEMORY_FROM:
		if (sscanf(wanted_port, "%lu", &shim.at) != 1)
			abort();
		break;
	case ERRNO:
	case ERRNO_FROM:
	case FULL:
	case SHORT:
		if (sscanf(wanted_port, "%31[^:]:%lu", error, &shim.at) != 2)
			abort();
		shim.error = error_of(error);
		break;
	case RUN:
	case RUN_FROM:
		if (sscanf(wanted_port, "%31[^:]:%lu", shim.function, &shim.at) != 2)
			abort();
		break;
	case POWER:
		if (sscanf(wanted_port, "%lu:%llu", &shim.at, &mask) != 2)
			abort();
		shim.mask = mask;
		break;
	}
}

/* --- every call -------------------------------------------------------------------------- */

enum effect { READS, CHANGES, REMOVES };

static void pause_here(void)
{
	static const int paused = SHIM_PAUSED;
	char go;

	if (write(SHIM_ANSWERS, &paused, sizeof(paused)) != sizeof(paused) ||
	    read(SHIM_REQUESTS, &go, 1) != 1)
		abort();
}

static const char *called[32]; /* by this run, each of them once */
static size_t n_called;

static void remember_called(const char *function)
{
	for (size_t i = 0; i < n_called; i++)
		if (!strcmp(called[i], function))
			return;
	if (n_called == sizeof(called) / sizeof(*called))
		abort();
	called[n_called++] = function;
}

static void report_called(void)
{
	for (size_t i = 0; i < n_called; i++)
		dprintf(shim.called, "%s\n", called[i]);
	if (shim.called >= 0)
		memory_report_failed(shim.called);
}

/* Run a shell command, which this library is not loaded into. */
static void run_before(const char *function)
{
	static unsigned long seen;
	const char *text = getenv("SIPIS_FAULT_COMMAND");
	int status;
	pid_t pid;

	if (strcmp(function, shim.function) != 0 || ++seen < shim.at ||
	    (shim.mode == RUN && seen > shim.at))
		return;
	pid = vfork();
	if (pid == 0) {
		const char *const environment[] = {"PATH=/usr/bin:/bin:/usr/sbin:/sbin", NULL};

		execle("/bin/sh", "sh", "-c", text, NULL, environment);
		_exit(127);
	}
	if (!text || pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		abort();
}

static void count(const char *function, enum effect effect)
{
	shim.count++;
	if (shim.called >= 0)
		remember_called(function);
	if (shim.log)
		fprintf(shim.log, "%lu %s %c %llu\n", shim.count, function,
			effect == READS ? 'r' : 'c', (unsigned long long)pending());
	if (shim.mode == RUN || shim.mode == RUN_FROM)
		run_before(function);
	if (shim.count != shim.at)
		return;
	if (shim.mode == KILL_BEFORE)
		die();
	if (shim.mode == POWER)
		cut_power();
	if (shim.mode == PAUSE)
		pause_here();
}

static bool is_to_fail(enum effect effect)
{
	return (shim.mode == ERRNO && shim.count == shim.at) ||
	       (shim.mode == ERRNO_FROM && shim.count >= shim.at && effect != READS) ||
	       (shim.mode == FULL && shim.count >= shim.at && effect == CHANGES);
}

/* How much of it a call reads or writes. */
static size_t part_of(size_t size)
{
	bool here = shim.mode == PART && shim.count == shim.at;
	bool from_here = shim.mode == PART_FROM && shim.count >= shim.at;

	return size && shim.depth == 1 && (here || from_here) ? 1 : size;
}

static void call_if_there(const char *name)
{
	void (*function)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, name);

	if (function)
		function();
}

/*
 * What libxml2 keeps for as long as the program runs is no leak. It gives back only what it has
 * begun as a whole.
 */
static void report_leaks(void)
{
	memory_end();
	call_if_there("xmlInitParser");
	call_if_there("xmlCleanupParser");
	memory_report(shim.leaks);
}

/* What would still be done for libraries takes longer than all the rest. */
static void end(int status, void *unused)
{
	(void)unused;
	shim.depth = 1;
	count("end", READS);
	if (shim.mode == KILL_AFTER && shim.count == shim.at)
		die();
	fflush(NULL);
	if (shim.leaks >= 0)
		report_leaks();
	report_called(); /* that takes memory */
	call_if_there("coverage_dump");
	_exit(status);
}

void expect_end(void)
{
	on_exit(end, NULL);
}

/* False: it is not to be made, and errno says why. Else leave() follows when it has been made. */
static bool enter(const char *function, enum effect effect)
{
	int error = errno;

	if (shim.depth++)
		return true;
	if (!shim.count)
		expect_end();
	count(function, effect);
	errno = error;
	if (!is_to_fail(effect))
		return true;
	shim.depth--;
	errno = shim.error;
	return false;
}

static void leave(void)
{
	if (--shim.depth == 0 && shim.mode == KILL_AFTER && shim.count == shim.at)
		die();
}

/* --- the beginning and the end ----------------------------------------------------------- */

enum { PATIENCE = 20 }; /* seconds */

/* False at the end of it all. */
static bool read_line(char *line, size_t size)
{
	size_t length = 0;

	while (length + 1 < size && read(SHIM_REQUESTS, line + length, 1) == 1) {
		if (line[length] == '\n') {
			line[length] = 0;
			return true;
		}
		length++;
	}
	return false;
}

/* Returns once for every request, in a process of its own. */
static const char *serve(void)
{
	static char line[64];

	while (read_line(line, sizeof(line))) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			alarm(PATIENCE);
			return line;
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0 ||
		    write(SHIM_ANSWERS, &status, sizeof(status)) != sizeof(status))
			abort();
	}
	_exit(0);
}

static void tell_that_pid_1_runs_it(void)
{
	char pid[32];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("SYSTEMD_EXEC_PID", pid, 1);
}

static void open_files(void)
{
	const char *log = getenv("SIPIS_FAULT_COUNT"), *spare = getenv("SIPIS_FAULT_SPARE");
	const char *leaks = getenv("SIPIS_FAULT_LEAKS"), *all = getenv("SIPIS_FAULT_CALLED");

	if (shim.mode == NOTHING && log && !(shim.log = fopen(log, "we")))
		abort();
	if ((shim.mode == NOTHING || shim.mode == POWER) && spare &&
	    (shim.spare = open(spare, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		abort();
	if (all && (shim.called = open(all, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
		abort();
	if (leaks && (shim.leaks = open(leaks, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
		abort();
}

static void begin_with_memory(void)
{
	static char buffer[4096];

	if (shim.log)
		setvbuf(shim.log, buffer, _IOFBF, sizeof(buffer));
	if (shim.leaks >= 0)
		memory_begin(shim.mode == MEMORY ? shim.at : 0,
			     shim.mode == MEMORY_FROM ? shim.at : 0);
}

__attribute__((constructor)) static void begin(void)
{
	const char *wanted_port = getenv("SIPIS_FAULT");
	bool serves = getenv("SIPIS_FAULT_SERVER");

	shim.depth++;
	if (serves)
		wanted_port = serve();
	if (wanted_port && *wanted_port)
		read_wish(wanted_port);
	if (serves && shim.mode != PAUSE) {
		close(SHIM_REQUESTS);
		close(SHIM_ANSWERS);
	}
	open_files();
	unsetenv("LD_PRELOAD"); /* not for programs that it runs: diff, the editor */
	if (getenv("SIPIS_FAULT_KMSG"))
		tell_that_pid_1_runs_it();
	if (on_exit(end, NULL) != 0)
		abort();
	begin_with_memory();
	shim.depth--;
}

/* --- calls that change nothing, or nothing that lasts ------------------------------------ */

#define CALL(effect, type, failed, name, parameters, arguments) \
	type name parameters                                    \
	{                                                       \
		static type(*next) parameters;                  \
		type result;                                    \
                                                                \
		if (!next)                                      \
			next = (type(*) parameters)find(#name); \
		if (!enter(#name, effect))                      \
			return failed;                          \
		result = next arguments;                        \
		leave();                                        \
		return result;                                  \
	}

/* Where the program finds it: good until the next call. */
static const char *in_tree(const char *path)
{
	static char longer[PATH_MAX];
	const char *tree = getenv("SIPIS_FAULT_ROOT"), *work = getenv("WORK");

	if (!tree || !work || *path != '/' || !strncmp(path, work, strlen(work)))
		return path;
	if ((size_t)snprintf(longer, sizeof(longer), "%s%s", tree, path) >= sizeof(longer))
		abort();
	return longer;
}

#define STAT_PATH                              (const char *path, struct stat *st), (in_tree(path), st)
#define STAT_PATH64                            (const char *path, struct stat64 *st), (in_tree(path), st)
#define CALL_(effect, type, failed, name, ...) CALL(effect, type, failed, name, __VA_ARGS__)

CALL(READS, int, -1, fstat, (int fd, struct stat *st), (fd, st))
CALL(READS, int, -1, fstat64, (int fd, struct stat64 *st), (fd, st))
CALL(READS, int, -1, fstatat, (int fd, const char *path, struct stat *st, int flags),
     (fd, path, st, flags))
CALL(READS, int, -1, fstatat64, (int fd, const char *path, struct stat64 *st, int flags),
     (fd, path, st, flags))
CALL_(READS, int, -1, stat, STAT_PATH)
CALL_(READS, int, -1, stat64, STAT_PATH64)
CALL_(READS, int, -1, lstat, STAT_PATH)
CALL_(READS, int, -1, lstat64, STAT_PATH64)
CALL(READS, int, -1, access, (const char *path, int mode), (path, mode))
CALL(READS, ssize_t, -1, readlinkat, (int fd, const char *path, char *buffer, size_t size),
     (fd, path, buffer, size))
CALL(READS, ssize_t, -1, read, (int fd, void *buffer, size_t size), (fd, buffer, part_of(size)))

/* What _FORTIFY_SOURCE=3 makes of read(); the same call. */
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
	if (size > room)
		abort();
	return read(fd, buffer, size);
}

CALL(READS, ssize_t, -1, flistxattr, (int fd, char *list, size_t size), (fd, list, size))
CALL(READS, ssize_t, -1, fgetxattr, (int fd, const char *name, void *value, size_t size),
     (fd, name, value, size))
CALL(READS, ssize_t, -1, getxattr, (const char *path, const char *name, void *value, size_t size),
     (path, name, value, size))
CALL(READS, DIR *, NULL, opendir, (const char *path), (path))
CALL(READS, DIR *, NULL, fdopendir, (int fd), (fd))
CALL(READS, struct dirent *, NULL, readdir, (DIR * directory), (directory))
CALL(READS, struct dirent64 *, NULL, readdir64, (DIR * directory), (directory))
CALL(READS, FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode))
CALL(READS, FILE *, NULL, fopen64, (const char *path, const char *mode), (path, mode))
CALL(READS, int, -1, flock, (int fd, int operation), (fd, operation))
CALL(CHANGES, char *, NULL, mkdtemp, (char *template), (template))
CALL(READS, int, -1, memfd_create, (const char *name, unsigned flags), (name, flags))

/* Descriptors that were written to: closing one is a call of `close-written`. */
static bool is_written[1024];

static void remember_written(int fd)
{
	if (fd >= 0 && (size_t)fd < sizeof(is_written) / sizeof(*is_written))
		is_written[fd] = true;
}

static bool forget_written(int fd)
{
	bool written =
		fd >= 0 && (size_t)fd < sizeof(is_written) / sizeof(*is_written) && is_written[fd];

	if (written)
		is_written[fd] = false;
	return written;
}

/* It is closed even where that fails. */
int close(int fd)
{
	static int (*next)(int);
	bool written = !shim.depth && forget_written(fd);
	int error, result;

	if (!next)
		next = (int (*)(int))find("close");
	if (enter(written ? "close-written" : "close", written ? CHANGES : READS)) {
		result = next(fd);
		leave();
		return result;
	}
	error = errno;
	next(fd);
	errno = error;
	return -1;
}

int closedir(DIR *listing)
{
	static int (*next)(DIR *);
	int error, result;

	if (!next)
		next = (int (*)(DIR *))find("closedir");
	if (enter("closedir", READS)) {
		result = next(listing);
		leave();
		return result;
	}
	error = errno;
	next(listing);
	errno = error;
	return -1;
}

CALL(READS, int, -1, pipe2, (int fds[2], int flags), (fds, flags))
CALL(READS, int, -1, poll, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))
CALL(READS, int, -1, fstatfs, (int fd, struct statfs *st), (fd, st))
CALL(READS, int, -1, fstatfs64, (int fd, struct statfs64 *st), (fd, st))

/* The calls of a child are not counted: it ends, and its parent says what became of it. */
pid_t fork(void)
{
	static pid_t (*next)(void);
	pid_t pid;

	if (!next)
		next = (pid_t(*)(void))find("fork");
	if (shim.depth)
		return next();
	if (!enter("fork", READS))
		return -1;
	pid = next();
	if (pid != 0)
		leave();
	return pid;
}

/* The tree may be on a mount, which the machine's own tree is not. */
static void lead_into_tree(long *path, long *how, struct open_how *changed_how)
{
	const char *there = in_tree((const char *)*path);

	if (there == (const char *)*path)
		return;
	*changed_how = *(const struct open_how *)*how;
	changed_how->resolve &= ~(__u64)RESOLVE_NO_XDEV;
	*path = (long)there;
	*how = (long)changed_how;
}

/* The one that has no function of its own is openat2(); a child closes descriptors too. */
long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long arguments[6], result;
	struct open_how how;
	va_list list;

	va_start(list, number);
	for (size_t i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (!next)
		next = (long (*)(long, ...))find("syscall");
	if (!enter(number == SYS_openat2 ? "openat2" : "syscall", READS))
		return -1;
	if (number == SYS_openat2 && (int)arguments[0] == AT_FDCWD)
		lead_into_tree(&arguments[1], &arguments[2], &how);
	result = next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
		      arguments[5]);
	leave();
	return result;
}

time_t time(time_t *ret_time)
{
	static const time_t never = 1000000000;

	if (ret_time)
		*ret_time = never;
	return never;
}

/* --- calls that change something --------------------------------------------------------- */

static int make_or_open(const char *function, int fd, const char *path, int flags, mode_t mode)
{
	static int (*next)(int, const char *, int, ...);
	const char *kmsg = strcmp(path, "/dev/kmsg") == 0 ? getenv("SIPIS_FAULT_KMSG") : NULL;
	const char *there = kmsg ? kmsg : in_tree(path);
	struct operation *operation = NULL;
	int result;

	if (!next)
		next = (int (*)(int, const char *, int, ...))find("openat");
	if (!kmsg && there != path)
		function = "open-in-tree";
	if (!enter(kmsg ? "kmsg-open" : function, flags & O_CREAT ? CHANGES : READS))
		return -1;
	if (flags & O_CREAT && fd >= 0 && shim.depth == 1)
		operation = record(MADE, fd, path, "");
	result = next(fd, there, flags, mode);
	if (kmsg)
		shim.kmsg = result;
	settle(operation, result >= 0);
	leave();
	return result;
}

#define MODE_OF(flags, mode)                              \
	do {                                              \
		va_list list;                             \
                                                          \
		va_start(list, flags);                    \
		if ((flags) & (O_CREAT | O_TMPFILE))      \
			mode = (mode_t)va_arg(list, int); \
		va_end(list);                             \
	} while (0)

#define OPENAT(name)                                               \
	int name(int fd, const char *path, int flags, ...)         \
	{                                                          \
		mode_t mode = 0;                                   \
                                                                   \
		MODE_OF(flags, mode);                              \
		return make_or_open(#name, fd, path, flags, mode); \
	}

#define OPEN(name)                                                       \
	int name(const char *path, int flags, ...)                       \
	{                                                                \
		mode_t mode = 0;                                         \
                                                                         \
		MODE_OF(flags, mode);                                    \
		return make_or_open(#name, AT_FDCWD, path, flags, mode); \
	}

/* What the headers make of open() where they check it. */
#define OPENAT_2(name)                                          \
	int name(int fd, const char *path, int flags);          \
	int name(int fd, const char *path, int flags)           \
	{                                                       \
		return make_or_open(#name, fd, path, flags, 0); \
	}

#define OPEN_2(name)                                                  \
	int name(const char *path, int flags);                        \
	int name(const char *path, int flags)                         \
	{                                                             \
		return make_or_open(#name, AT_FDCWD, path, flags, 0); \
	}

OPENAT(openat)
OPENAT(openat64)
OPEN(open)
OPEN(open64)
OPENAT_2(__openat_2)
OPENAT_2(__openat64_2)
OPEN_2(__open_2)
OPEN_2(__open64_2)

int symlinkat(const char *target, int fd, const char *path)
{
	static int (*next)(const char *, int, const char *);
	struct operation *operation;
	int result;

	if (!next)
		next = (int (*)(const char *, int, const char *))find("symlinkat");
	if (!enter("symlinkat", CHANGES))
		return -1;
	operation = record(MADE, fd, path, "");
	result = next(target, fd, path);
	settle(operation, result == 0);
	leave();
	return result;
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	static int (*next)(int, const char *, mode_t);
	struct operation *operation;
	int result;

	if (!next)
		next = (int (*)(int, const char *, mode_t))find("mkdirat");
	if (shim.depth)
		return next(fd, path, mode);
	if (!enter("mkdirat", CHANGES))
		return -1;
	operation = record(MADE_DIRECTORY, fd, path, "");
	result = next(fd, path, mode);
	settle(operation, result == 0);
	leave();
	return result;
}

int renameat(int old_fd, const char *old_path, int new_fd, const char *new_path)
{
	static int (*next)(int, const char *, int, const char *);
	struct operation *operation;
	int result;

	if (!next)
		next = (int (*)(int, const char *, int, const char *))find("renameat");
	if (shim.depth)
		return next(old_fd, old_path, new_fd, new_path);
	if (!enter("renameat", CHANGES))
		return -1;
	if (old_fd != new_fd)
		abort(); /* what is recorded has one directory */
	operation = record(RENAMED, old_fd, old_path, new_path);
	result = next(old_fd, old_path, new_fd, new_path);
	settle(operation, result == 0);
	leave();
	return result;
}

int renameat2(int old_fd, const char *old_path, int new_fd, const char *new_path, unsigned flags)
{
	static int (*next)(int, const char *, int, const char *, unsigned);
	struct operation *operation;
	int result;

	if (!next)
		next = (int (*)(int, const char *, int, const char *, unsigned))find("renameat2");
	if (shim.depth)
		return next(old_fd, old_path, new_fd, new_path, flags);
	if (!enter("renameat2", CHANGES))
		return -1;
	if (old_fd != new_fd)
		abort(); /* what is recorded has one directory */
	if (flags && getenv("SIPIS_FAULT_NO_EXCHANGE")) {
		leave();
		errno = EINVAL;
		return -1;
	}
	operation =
		record(flags & RENAME_EXCHANGE ? EXCHANGED : RENAMED, old_fd, old_path, new_path);
	result = next(old_fd, old_path, new_fd, new_path, flags);
	settle(operation, result == 0);
	leave();
	return result;
}

int linkat(int old_fd, const char *old_path, int new_fd, const char *new_path, int flags)
{
	static int (*next)(int, const char *, int, const char *, int);
	struct operation *operation;
	int result;

	if (!next)
		next = (int (*)(int, const char *, int, const char *, int))find("linkat");
	if (shim.depth)
		return next(old_fd, old_path, new_fd, new_path, flags);
	if (!enter("linkat", CHANGES))
		return -1;
	operation = record(MADE, new_fd, new_path, "");
	result = next(old_fd, old_path, new_fd, new_path, flags);
	settle(operation, result == 0);
	leave();
	return result;
}

int unlinkat(int fd, const char *path, int flags)
{
	static int (*next)(int, const char *, int);
	struct operation *operation;
	int result;

	if (!next)
		next = (int (*)(int, const char *, int))find("unlinkat");
	if (shim.depth)
		return next(fd, path, flags);
	if (!enter("unlinkat", REMOVES))
		return -1;
	operation = record(flags & AT_REMOVEDIR ? REMOVED_DIRECTORY : REMOVED, fd, path, "");
	result = next(fd, path, flags);
	settle(operation, result == 0);
	leave();
	return result;
}

ssize_t write(int fd, const void *data, size_t size)
{
	static ssize_t (*next)(int, const void *, size_t);
	ssize_t result;

	if (!next)
		next = (ssize_t(*)(int, const void *, size_t))find("write");
	if (!enter(fd == shim.kmsg ? "kmsg" : "write", fd == shim.kmsg ? READS : CHANGES))
		return -1;
	if (shim.mode == SHORT && shim.count == shim.at && size > 1) {
		size /= 2;
		shim.mode = ERRNO;
		shim.at++;
	}
	if (fd != shim.kmsg) { /* a record is whole or is none */
		size = part_of(size);
		if (shim.depth == 1)
			remember_written(fd);
		make_dirty(fd);
	}
	result = next(fd, data, size);
	leave();
	return result;
}

int fsync(int fd)
{
	if (!enter("fsync", CHANGES))
		return -1;
	synchronize(fd);
	leave();
	return 0;
}

#define CALL_ON_FILE(name, parameters, arguments)              \
	int name parameters                                    \
	{                                                      \
		static int(*next) parameters;                  \
		int result;                                    \
                                                               \
		if (!next)                                     \
			next = (int(*) parameters)find(#name); \
		if (shim.depth)                                \
			return next arguments;                 \
		if (!enter(#name, CHANGES))                    \
			return -1;                             \
		make_dirty(fd);                                \
		result = next arguments;                       \
		leave();                                       \
		return result;                                 \
	}

CALL_ON_FILE(fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
CALL_ON_FILE(fchmod, (int fd, mode_t mode), (fd, mode))
CALL_ON_FILE(fremovexattr, (int fd, const char *name), (fd, name))
CALL_ON_FILE(fsetxattr, (int fd, const char *name, const void *value, size_t size, int flags),
	     (fd, name, value, size, flags))
