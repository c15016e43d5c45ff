/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interruption.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

bool split_is_at(const char *name, const char *step)
{
	size_t length = strlen(name), step_length = strlen(step);

	return length > step_length && !strcmp(name + length - step_length, step);
}

static int has_interrupted(DIR *directory)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(directory);
	} while (entry && !split_is_at(entry->d_name, SPLIT_PENDING) &&
		 !split_is_at(entry->d_name, SPLIT_UNDOING));
	return entry ? 1 : -errno;
}

/* 1: it is the caller's alone. 0: whatever it says is not believed. Negative errno. */
static int is_believed(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static int read_state(int fd)
{
	DIR *directory;
	int r;

	fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		close(fd);
		return r;
	}
	r = has_interrupted(directory);
	closedir(directory);
	return r;
}

/* Whose it is comes first: somebody else's need not let itself be read. */
int split_is_interrupted(const struct root *root)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = root_open_file(root, SPLIT_STATE_DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	if (fd < 0)
		return fd;
	r = is_believed(fd);
	return r > 0 ? read_state(fd) : r;
}
