/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/write.h"

#include <errno.h>
#include <unistd.h>

int write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0) /* otherwise this would loop for ever */
			return -EIO;

		at += n;
		size -= (size_t)n;
	}
	return 0;
}
