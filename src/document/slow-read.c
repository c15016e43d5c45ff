/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/slow-read.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "document/read.h"
#include "util/clock.h"
#include "util/close-others.h"
#include "util/write.h"

#define OPEN_FLAGS (O_RDONLY | O_NOCTTY)

/* The child sends a struct child_link, a struct child_outcome, and the bytes of the file. */
struct child_link {
	char target[EXCERPT_MAX + 5];
};

struct child_outcome {
	int error;
	bool opened, is_of_kernel;
	mode_t mode;
	size_t size;
};

void slow_file_done(struct slow_file *file)
{
	free(file->data);
	*file = (struct slow_file){};
}

bool is_file_of_kernel(int fd)
{
	static const uint32_t magics[] = {
		PROC_SUPER_MAGIC,    SYSFS_MAGIC,   DEBUGFS_MAGIC,  TRACEFS_MAGIC,
		SECURITYFS_MAGIC,    SELINUX_MAGIC, SMACK_MAGIC,    CGROUP_SUPER_MAGIC,
		CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,  PSTOREFS_MAGIC, EFIVARFS_MAGIC,
		BINFMTFS_MAGIC,      0x62656570, /* configfs: not in linux/magic.h */
	};
	struct statfs st;

	if (fstatfs(fd, &st) < 0)
		return false;
	for (size_t i = 0; i < ELEMENTSOF(magics); i++)
		if ((uint32_t)st.f_type == magics[i])
			return true;
	return false;
}

/* --- the child --------------------------------------------------------------------------- */

static void child_read_link(const struct root *root, const char *path, struct child_link *link)
{
	_cleanup_close_ int fd = root_open_file(root, path, O_PATH | O_NOFOLLOW);
	ssize_t length;

	*link = (struct child_link){};
	if (fd < 0)
		return;
	length = readlinkat(fd, "", link->target, sizeof(link->target) - 1);
	if (length < 0) /* not a link */
		link->target[0] = 0;
}

/*
 * Open a regular file. It is looked at before: opening a device may have an effect, and reading
 * /proc/kmsg empties it. A descriptor or a negative errno.
 */
static int child_open(const struct root *root, const char *path, struct child_outcome *outcome)
{
	_cleanup_close_ int look = root_open_file(root, path, O_PATH);
	struct stat st;
	int fd;

	if (look < 0)
		return look;
	if (fstat(look, &st) < 0)
		return -errno;

	outcome->mode = st.st_mode;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	outcome->is_of_kernel = is_file_of_kernel(look);
	if (outcome->is_of_kernel)
		return -EINVAL;

	fd = root_open_file(root, path, OPEN_FLAGS | O_NONBLOCK);
	if (fd == -EAGAIN) /* leased: wait for its holder */
		fd = root_open_file(root, path, OPEN_FLAGS);
	return fd;
}

static int child_read_data(int fd, size_t max, struct child_outcome *outcome, char **ret_data)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	outcome->mode = st.st_mode;
	if (!S_ISREG(st.st_mode)) /* another file was put in its place */
		return -EINVAL;

	outcome->opened = true;
	outcome->size = (size_t)st.st_size;
	if (outcome->size > max)
		return 0;
	return read_bounded(fd, (size_t)st.st_size, max, ret_data, &outcome->size);
}

static void child_read(const struct root *root, const char *path, size_t max, int pipe_fd)
{
	_cleanup_free_ char *data = NULL;
	_cleanup_close_ int fd = -1;
	struct child_outcome outcome = {};
	struct child_link link;

	child_read_link(root, path, &link);
	if (write_all(pipe_fd, &link, sizeof(link)) < 0)
		return;

	fd = child_open(root, path, &outcome);
	outcome.error = fd < 0 ? fd : child_read_data(fd, max, &outcome, &data);
	if (write_all(pipe_fd, &outcome, sizeof(outcome)) < 0)
		return;
	if (data && outcome.error == 0 && outcome.size <= max)
		(void)write_all(pipe_fd, data, outcome.size);
}

static int child_list(const struct root *root, const char *path)
{
	DIR *directory;
	int fd, error;

	fd = root_open_file(root, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	directory = fdopendir(fd);
	if (!directory)
		return -errno;

	errno = 0;
	while (readdir(directory))
		;
	error = errno;
	(void)closedir(directory);
	return -error;
}

static void child_probe(const struct root *root, const char *path, int pipe_fd)
{
	int error = child_list(root, path);

	(void)write_all(pipe_fd, &error, sizeof(error));
}

/* --- the parent -------------------------------------------------------------------------- */

/* Fork. In the child, return 0 and the write end of the pipe; in the parent, the pid and the read
 * end. Negative errno. */
static pid_t child_start(const struct root *root, int *ret_fd)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;

	pid = fork();
	if (pid < 0) {
		int error = errno;

		close(fds[0]);
		close(fds[1]);
		return -error;
	}
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		close_others(fds[1], root->fd);
		*ret_fd = fds[1];
		return 0;
	}

	close(fds[1]);
	*ret_fd = fds[0];
	return pid;
}

/* Wait until there is something to read. Looks once, even after the deadline. 0 or -errno. */
static int pipe_wait(int fd, uint64_t deadline)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};

	for (;;) {
		uint64_t now = now_usec(), left = now < deadline ? deadline - now : 0;
		int n;

		n = poll(&pollfd, 1, (int)((left + USEC_PER_MSEC - 1) / USEC_PER_MSEC));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!left)
			return -ETIMEDOUT;
	}
}

/* Read from the child. 0, -ETIMEDOUT, -EPIPE if it ended before, or another -errno. */
static int pipe_receive(int fd, void *bytes, size_t size, uint64_t deadline)
{
	char *at = bytes;

	while (size) {
		ssize_t n;
		int r;

		r = pipe_wait(fd, deadline);
		if (r < 0)
			return r;
		n = read(fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPIPE;

		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Reap a killed child: its pipe is closed when it ends. One that waits in the kernel is left alone.
 */
static void child_end(pid_t pid, int fd, uint64_t deadline)
{
	char rest[4096];

	while (pipe_wait(fd, deadline) == 0)
		if (read(fd, rest, sizeof(rest)) == 0) {
			(void)waitpid(pid, NULL, 0);
			break;
		}
	close(fd);
}

int slow_read_start(const struct root *root, const char *path, size_t max,
		    struct slow_read **ret_read)
{
	struct slow_read *read = calloc(1, sizeof(*read));

	if (!read)
		return -ENOMEM;
	read->path = strdup(path);
	if (!read->path) {
		free(read);
		return -ENOMEM;
	}

	read->max = max;
	read->started = now_usec();
	read->pid = child_start(root, &read->fd);
	if (read->pid < 0) {
		int error = read->pid;

		free(read->path);
		free(read);
		return error;
	}
	if (!read->pid) {
		child_read(root, path, max, read->fd);
		_exit(0);
	}

	*ret_read = read;
	return 0;
}

/* Receive all that the child sends. 0, -ETIMEDOUT, -EPIPE, or another -errno. */
static int receive_file(const struct slow_read *read, uint64_t deadline, struct slow_file *file)
{
	_cleanup_free_ char *data = NULL;
	struct child_outcome outcome;
	struct child_link link;
	int r;

	r = pipe_receive(read->fd, &link, sizeof(link), deadline);
	if (r < 0)
		return r;
	memcpy(file->link, link.target, sizeof(file->link));

	r = pipe_receive(read->fd, &outcome, sizeof(outcome), deadline);
	if (r < 0)
		return r;
	file->error = outcome.error;
	file->opened = outcome.opened;
	file->is_of_kernel = outcome.is_of_kernel;
	file->mode = outcome.mode;
	file->size = outcome.size;
	if (file->error < 0 || file->size > read->max)
		return 0;

	data = malloc(file->size + 1);
	if (!data)
		return -ENOMEM;
	r = pipe_receive(read->fd, data, file->size, deadline);
	if (r < 0)
		return r;

	data[file->size] = 0;
	file->data = TAKE_PTR(data);
	return 0;
}

int slow_read_receive(struct slow_read *read, uint64_t deadline, struct slow_file *ret_file)
{
	_cleanup_(slow_file_done) struct slow_file file = {};
	int r;

	r = receive_file(read, deadline, &file);
	(void)kill(read->pid, SIGKILL);
	if (r == -ENOMEM)
		return r;
	if (r < 0) /* -EPIPE: something killed the child */
		file.error = r == -EPIPE ? -EIO : r;

	*ret_file = TAKE_STRUCT(file);
	return 0;
}

void slow_read_end(struct slow_read *read, uint64_t deadline)
{
	if (!read)
		return;

	(void)kill(read->pid, SIGKILL);
	child_end(read->pid, read->fd, deadline);
	free(read->path);
	free(read);
}

int slow_probe_directory(const struct root *root, const char *path, uint64_t usec)
{
	uint64_t deadline = now_usec() + usec;
	int r, fd = -1, error = 0;
	pid_t pid;

	pid = child_start(root, &fd);
	if (pid < 0)
		return pid;
	if (!pid) {
		child_probe(root, path, fd);
		_exit(0);
	}

	r = pipe_receive(fd, &error, sizeof(error), deadline);
	(void)kill(pid, SIGKILL);
	child_end(pid, fd, now_usec() + SLOW_KILL_USEC);
	if (r < 0)
		return r == -EPIPE ? -EIO : r;
	return error;
}
