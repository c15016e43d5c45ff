/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/diff.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Passwords are in these files: no name in any directory leads to the copies. */
static int in_memory(const struct version *version)
{
	int fd = memfd_create("settings", 0), r;

	if (fd < 0)
		return -errno;
	r = file_write(fd, version->data, version->size);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

static void append_label(struct strbuf *buf, const char *side, const struct change *change,
			 const struct version *version)
{
	if (!version->data) {
		strbuf_append(buf, "/dev/null");
		return;
	}
	strbuf_append(buf, side);
	change_append_path(buf, change);
}

/* diff's own status: 0 and 1 are good. */
static int run(char **arguments)
{
	pid_t pid;
	int status, r;

	signal(SIGCHLD, SIG_DFL); /* whoever started us may ignore it, and then nobody can wait */
	r = posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ);
	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? 0 : -EIO;
}

static int print_change(const struct change *change)
{
	_cleanup_close_ int before = in_memory(&change->versions[BEFORE]);
	_cleanup_close_ int after = in_memory(&change->versions[AFTER]);
	struct strbuf old = STRBUF_INIT, new = STRBUF_INIT;
	char paths[2][sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	int r = before < 0 ? before : after < 0 ? after : 0;

	append_label(&old, "a", change, &change->versions[BEFORE]);
	append_label(&new, "b", change, &change->versions[AFTER]);
	if (r == 0)
		r = strbuf_error(&old) ? strbuf_error(&old) : strbuf_error(&new);
	if (r == 0) {
		char program[] = "diff", options[] = "-au", label[] = "--label";
		char *arguments[] = {program,  options,  label,    old.text, label,
				     new.text, paths[0], paths[1], NULL};

		snprintf(paths[0], sizeof(paths[0]), "/proc/self/fd/%d", before);
		snprintf(paths[1], sizeof(paths[1]), "/proc/self/fd/%d", after);
		r = run(arguments);
	}
	strbuf_done(&old);
	strbuf_done(&new);
	return r;
}

int diff_print(const struct changes *changes)
{
	int r = fflush(stdout) ? -errno : 0;

	for (size_t i = 0; r == 0 && i < changes->n; i++)
		r = print_change(&changes->items[i]);
	return r;
}
