/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

DIR *listing_open(int directory)
{
	_cleanup_close_ int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);

	if (listing)
		(void)TAKE_FD(fd);
	return listing;
}

const struct dirent *listing_next(DIR *listing)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(listing);
	} while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	return entry;
}
