/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/split-state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "util/listing.h"

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

/* Return true if only this user can write it. */
static bool state_is_of(const struct stat *st, uid_t uid)
{
	return st->st_uid == uid && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

bool split_state_is_trusted(const struct stat *st)
{
	return state_is_of(st, geteuid());
}

static bool name_is_interrupted(const char *name)
{
	const char *step = split_state_step(name);

	return step && (!strcmp(step, SPLIT_PENDING) || !strcmp(step, SPLIT_UNDOING));
}

/* Return 1, 0 or a negative errno. */
static int state_read(int state_fd)
{
	_cleanup_listing_ DIR *listing = listing_open(state_fd);
	const struct dirent *entry;

	if (!listing)
		return -errno;
	while ((entry = listing_next(listing)))
		if (name_is_interrupted(entry->d_name))
			return 1;
	return -errno;
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

	/*
	 * Check the owner before reading: another user's directory may not be readable. Only root
	 * splits the settings of the machine, but others check them.
	 */
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!split_state_is_trusted(&st) && !state_is_of(&st, 0))
		return 0;

	return state_read(fd);
}
