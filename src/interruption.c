/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interruption.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

bool split_is_at(const char *name, const char *step)
{
	size_t length = strlen(name), step_length = strlen(step);

	return length > step_length && !strcmp(name + length - step_length, step);
}

static bool has_interrupted(DIR *directory)
{
	const struct dirent *entry;

	while ((entry = readdir(directory)))
		if (split_is_at(entry->d_name, SPLIT_PENDING) ||
		    split_is_at(entry->d_name, SPLIT_UNDOING))
			return true;
	return false;
}

bool split_is_interrupted(const struct root *root)
{
	DIR *directory;
	struct stat st;
	bool found;
	int fd;

	fd = root_open_file(root, SPLIT_STATE_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH)) {
		close(fd);
		return false;
	}
	directory = fdopendir(fd);
	if (!directory) {
		close(fd);
		return false;
	}
	found = has_interrupted(directory);
	closedir(directory);
	return found;
}
