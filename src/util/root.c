/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "util/root-walk.h"

int root_open(struct root *root, const char *directory)
{
	const char *path = directory ? directory : "/";
	size_t length = strlen(path);

	while (length && path[length - 1] == '/')
		length--;
	root->prefix = strndup(path, length);
	if (!root->prefix)
		return -ENOMEM;
	if (!length) /* `--root=/` is the machine's own tree too */
		return path[0] ? 0 : -EINVAL;

	root->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root->fd < 0 ? -errno : 0;
}

void root_done(struct root *root)
{
	free(root->prefix);
	closep(&root->fd);
	*root = (struct root)ROOT_INIT;
}

char *root_path(const struct root *root, const char *path, const char *file)
{
	char *joined = malloc(strlen(root->prefix) + strlen(path) + strlen(file) + 1);

	if (joined)
		(void)stpcpy(stpcpy(stpcpy(joined, root->prefix), path), file);
	return joined;
}

/*
 * Resolve by hand where openat2() is blocked (ENOSYS in units with RestrictSUIDSGID= or
 * DynamicUser=, EPERM in older container runtimes), and where a rename kept the kernel from making
 * sure that `..` stays inside the tree (EAGAIN). A file with a lease returns EAGAIN by hand too.
 */
static int root_open_below(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT,
	};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	if (fd >= 0)
		return fd;
	if (errno == ENOSYS || errno == EPERM || errno == EAGAIN)
		return root_walk(root, path, flags);
	return -errno;
}

static int root_open_machine(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int root_open_file(const struct root *root, const char *path, int flags)
{
	int fd;

	do
		fd = root->fd < 0 ? root_open_machine(path, flags)
				  : root_open_below(root->fd, path, flags);
	while (fd == -EINTR);
	return fd;
}

int root_stat(const struct root *root, const char *path, struct stat *ret_stat)
{
	_cleanup_close_ int fd = -1;

	if (root->fd < 0)
		return stat(path, ret_stat) < 0 ? -errno : 0;
	fd = root_open_file(root, path, O_PATH);
	if (fd < 0)
		return fd;
	return fstat(fd, ret_stat) < 0 ? -errno : 0;
}
