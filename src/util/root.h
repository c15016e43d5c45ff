/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tree that is read: the machine's own, or one below a directory (`--root`), inside which
 * symbolic links resolve. Paths given to these functions are absolute inside the tree.
 */

#include <sys/stat.h>

#include "util/macro.h"

struct root {
	char *prefix; /* "" for the machine's own tree; never ends in a slash */
	int fd;       /* the tree's directory; -1 for the machine's own */
};

#define ROOT_INIT        \
	{                \
		.fd = -1 \
	}

/* `directory` NULL: the machine's own tree. 0 or a negative errno. */
int root_open(struct root *root, const char *directory);
void root_done(struct root *root);

/*
 * The path as it can be opened from outside: `path`, and what it ends with, maybe nothing. The
 * caller frees it; NULL: no memory.
 */
char *root_path(const struct root *root, const char *path, const char *file);

/* As open(2) and stat(2); a file descriptor or a negative errno, 0 or a negative errno. */
int root_open_file(const struct root *root, const char *path, int flags);
int root_stat(const struct root *root, const char *path, struct stat *ret_stat);
