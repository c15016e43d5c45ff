/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two directories whose files a split replaces, held open. */

#include "util/root.h"
#include "util/strbuf.h"

enum split_directory {
	SPLIT_DIRECTORY_SETTINGS,
	SPLIT_DIRECTORY_LOAD_BALANCER,
	SPLIT_DIRECTORY_COUNT
};

struct split_directories {
	int fds[SPLIT_DIRECTORY_COUNT]; /* -1: missing */
	const char *prefix;             /* borrowed: the root's, for paths in messages */
};

#define SPLIT_DIRECTORIES_INIT                \
	{                                     \
		.fds = {-1, -1}, .prefix = "" \
	}

/*
 * Open both. The load balancer's may be missing, the settings' may not. Returns 0, or a negative
 * errno with *ret_path, a constant, set to the path that cannot be opened. The caller calls
 * split_directories_done() in either case.
 */
int split_directories_open(const struct root *root, struct split_directories *ret_directories,
			   const char **ret_path);
void split_directories_done(struct split_directories *directories);

/* Return the path of one for messages, with the prefix, escaped; NULL on OOM. The caller frees it.
 */
char *split_directory_path(const struct split_directories *directories,
			   enum split_directory split_directory);

/*
 * Return 1 if files of the directory can be replaced; 0 with a reason if it is immutable or
 * append-only; or a negative errno.
 */
int split_directory_check(const struct split_directories *directories,
			  enum split_directory split_directory, struct strbuf *reason);

/* Return the base name of the load balancer's settings. */
const char *load_balancer_file(void);
