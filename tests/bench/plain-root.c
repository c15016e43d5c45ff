/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A tree that is read with open(2) and stat(2), as the machine's own is: valgrind does not know
 * openat2(2) before 3.23. Linked into a generator of its own, in place of root.c.
 */

#include "util/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int root_open(struct root *root, const char *directory)
{
	if (!directory)
		return -EINVAL;
	root->prefix = strdup(directory);
	root->fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root->prefix && root->fd >= 0 ? 0 : -errno;
}

void root_done(struct root *root)
{
	free(root->prefix);
	closep(&root->fd);
}

char *root_path(const struct root *root, const char *path, const char *file)
{
	char *joined;

	return asprintf(&joined, "%s%s%s", root->prefix, path, file) < 0 ? NULL : joined;
}

int root_open_file(const struct root *root, const char *path, int flags)
{
	int fd = openat(root->fd, path + 1, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int root_stat(const struct root *root, const char *path, struct stat *ret_stat)
{
	return fstatat(root->fd, path + 1, ret_stat, 0) < 0 ? -errno : 0;
}
