/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/split-state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

const char *split_state_step(const char *name)
{
	static const char *const steps[] = {SPLIT_PREPARING, SPLIT_PENDING, SPLIT_UNDOING,
					    SPLIT_UNDONE};
	const char *dot = strchr(name, '.');

	/* A name begins with the number of the split. */
	if (name[0] < '0' || name[0] > '9' || strlen(name) >= SPLIT_NAME_MAX)
		return NULL;

	for (size_t i = 0; dot && i < ELEMENTSOF(steps); i++)
		if (!strcmp(dot, steps[i]))
			return steps[i];

	return dot ? NULL : SPLIT_COMPLETE;
}

bool split_state_is_trusted(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* Only root splits the machine's settings, but others check them. */
static bool state_is_of_root(const struct stat *st)
{
	return st->st_uid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static bool name_is_interrupted(const char *name)
{
	const char *step = split_state_step(name);

	return step && (!strcmp(step, SPLIT_PENDING) || !strcmp(step, SPLIT_UNDOING));
}

/* Return 1, 0 or a negative errno. */
static int directory_has_interrupted(DIR *directory)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(directory);
	} while (entry && !name_is_interrupted(entry->d_name));

	return entry ? 1 : -errno;
}

static int state_read(int state_fd)
{
	DIR *directory;
	int fd, r;

	fd = openat(state_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		close(fd);
		return r;
	}

	r = directory_has_interrupted(directory);
	closedir(directory);
	return r;
}

int split_state_is_interrupted(const struct root *root)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	fd = root_open_file(root, SPLIT_STATE_DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	if (fd < 0)
		return fd;

	/* Check the owner before reading: another user's directory may not be readable. */
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!split_state_is_trusted(&st) && !state_is_of_root(&st))
		return 0;

	return state_read(fd);
}
