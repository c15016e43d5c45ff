/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

int root_open(struct root *root, const char *directory)
{
	size_t length = directory ? strlen(directory) : 0;

	while (length && directory[length - 1] == '/')
		length--;
	root->prefix = strndup(directory ? directory : "", length);
	if (!root->prefix)
		return -ENOMEM;
	if (!length) /* `--root=/` is the machine's own tree too */
		return directory && !directory[0] ? -EINVAL : 0;
	root->fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
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
		stpcpy(stpcpy(stpcpy(joined, root->prefix), path), file);
	return joined;
}

/* EAGAIN: something was renamed while the kernel made sure that `..` stays inside the tree. */
int root_open_file(const struct root *root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT,
	};
	int fd;

	do
		fd = root->fd < 0 ? open(path, flags | O_CLOEXEC)
				  : (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || (errno == EAGAIN && root->fd >= 0)));
	return fd < 0 ? -errno : fd;
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
