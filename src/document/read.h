/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading a file into a source: once, bounded, and never waiting for anybody. */

#include "document/diagnostic.h"
#include "document/source.h"
#include "util/root.h"

#define READ_FILE_MAX  ((size_t)1024 * 1024)
#define READ_TOTAL_MAX ((size_t)64 * 1024 * 1024)

/*
 * Read `path`, absolute inside the tree, into `source`, and take its size off `budget`. `directory`
 * is its own, open, which says that it is a regular file and saves a look, or -1. 1: read. 0: it
 * could not be read, and the finding that says why was added. Negative: -ENOMEM.
 */
int read_source(const struct root *root, const char *path, int directory, struct source *source,
		size_t *budget, struct diagnostics *diagnostics);

/*
 * Read the file, which had `expected` bytes when it was opened, until it ends, until one read has
 * given just as many, or until it is longer than `max`: *ret_length is then more than `max`. A NUL
 * stands behind the bytes, which the caller frees. 0, or a negative errno.
 */
int read_bounded(int fd, size_t expected, size_t max, char **ret_data, size_t *ret_length);

/*
 * As read_source(), for bytes that are no file yet: they are copied, and bound by the same limits.
 * 1, 0 or -ENOMEM.
 */
int read_bytes(const void *bytes, size_t size, struct source *source, size_t *budget,
	       struct diagnostics *diagnostics);
