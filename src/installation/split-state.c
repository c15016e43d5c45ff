/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/split-state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Names begin with the number of the split. */
const char *split_step(const char *name)
{
	static const char *const steps[] = {SPLIT_PREPARING, SPLIT_PENDING, SPLIT_UNDOING,
					    SPLIT_UNDONE};
	const char *dot = strchr(name, '.');

	if (name[0] < '0' || name[0] > '9' || strlen(name) >= SPLIT_NAME_MAX)
		return NULL;
	for (size_t i = 0; dot && i < ELEMENTSOF(steps); i++)
		if (!strcmp(dot, steps[i]))
			return steps[i];
	return dot ? NULL : SPLIT_COMPLETE;
}

bool split_is_trusted(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static bool is_interrupted(const char *name)
{
	const char *step = split_step(name);

	return step && (!strcmp(step, SPLIT_PENDING) || !strcmp(step, SPLIT_UNDOING));
}

static int has_interrupted(DIR *directory)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(directory);
	} while (entry && !is_interrupted(entry->d_name));
	return entry ? 1 : -errno;
}

/* 1: it is the caller's alone. 0: whatever it says is not believed. Negative errno. */
static int is_believed(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return split_is_trusted(&st);
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
