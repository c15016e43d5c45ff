/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tree that is read: the machine's own, or one below a directory (`--root`), inside which
 * symbolic links resolve. These functions take paths that are absolute inside the tree.
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

/* Open the tree below `directory`, or the machine's own if it is NULL. 0 or a negative errno. */
int root_open(struct root *root, const char *directory);
void root_done(struct root *root);

/*
 * Return the path by which others can open `path` followed by `file`, which may be empty. The
 * caller frees it. NULL on OOM.
 */
char *root_path(const struct root *root, const char *path, const char *file);

/* Like open(2), with O_CLOEXEC added, and stat(2). A file descriptor or 0, or a negative errno. */
int root_open_file(const struct root *root, const char *path, int flags);
int root_stat(const struct root *root, const char *path, struct stat *ret_stat);
