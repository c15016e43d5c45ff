/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads files into sources: once, bounded in size and time. A file in its own directory, and
 * without symbolic links or mounts on its way, is read at once; all others by a child process that
 * has a deadline (slow-read.h), as their file system may not answer.
 */

#include "document/diagnostic.h"
#include "document/source.h"
#include "util/clock.h"
#include "util/root.h"

struct slow_read;

#define READ_FILE_MAX  ((size_t)1024 * 1024)
#define READ_TOTAL_MAX ((size_t)64 * 1024 * 1024)

/*
 * The longest wait for one file, for all files together, and the time that each file gets even if
 * the total is used up. Files that are read ahead share a wait.
 */
#define READ_FILE_USEC  (2 * USEC_PER_SEC)
#define READ_TOTAL_USEC (5 * USEC_PER_SEC)
#define READ_LEAST_USEC (50 * USEC_PER_MSEC)

/* Files that are read ahead at a time. */
#define READ_AHEAD_MAX 64

struct reader {
	size_t bytes;            /* left for further files */
	uint64_t usec;           /* of waiting, left for further files */
	struct slow_read *ahead; /* started with read_ahead() */
	size_t n_ahead;
	struct slow_read *lost; /* killed, and not ended yet */
	size_t n_lost;
};

#define READER_INIT                                              \
	{                                                        \
		.bytes = READ_TOTAL_MAX, .usec = READ_TOTAL_USEC \
	}

void reader_done(struct reader *reader);

/*
 * Start to read a file that read_source() is going to be called for, and may not answer. Files that
 * are read ahead wait at the same time: one that hangs does not delay the others. No error: a file
 * that cannot be read ahead is read in its turn.
 */
void read_ahead(const struct root *root, const char *path, struct reader *reader);

/*
 * Read `path`, absolute inside the tree, into `source`, and take its size and the time of
 * waiting off what is left. `directory` is an open descriptor of its directory if that reports a
 * regular file, else -1. 1: it was read. 0: it could not be read, and the diagnostic that says why
 * was added. Negative: -ENOMEM.
 */
int read_source(const struct root *root, const char *path, int directory, struct source *source,
		struct reader *reader, struct diagnostics *diagnostics);

/* Do the same for a file that may be missing, or a dangling link: return -ENOENT then. */
int read_source_if_exists(const struct root *root, const char *path, struct source *source,
			  struct reader *reader, struct diagnostics *diagnostics);

/* Copy bytes that are no file yet, within the same limits. 1, 0 or -ENOMEM as above. */
int read_bytes(const void *bytes, size_t size, struct source *source, struct reader *reader,
	       struct diagnostics *diagnostics);

/*
 * Make sure that a directory answers before it is opened: wait for it in a child process if it is
 * behind a symbolic link or on a mount. 0, or a negative errno: -ETIMEDOUT if it does not answer.
 */
int read_probe_directory(const struct root *root, const char *path, struct reader *reader);

/*
 * Read a file that had `expected` bytes when it was opened: until it ends, until one read has
 * returned just as many, or until it is longer than `max`; *ret_length is then more than `max`. The
 * caller frees the bytes, which end in a NUL that is not counted. 0 or a negative errno.
 */
int read_bounded(int fd, size_t expected, size_t max, char **ret_data, size_t *ret_length);
