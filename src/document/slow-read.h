/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads what may not answer: a symbolic link may lead into NFS or FUSE, and a leased file waits for
 * its holder. A child process reads it, and is killed when the time is up; a process that waits for
 * a file system cannot always be killed, but the caller goes on.
 */

#include <stdint.h>
#include <sys/types.h>

#include "util/clock.h"
#include "util/escape.h"
#include "util/root.h"

/* A killed child has this long to end; one that waits in the kernel is left alone. */
#define SLOW_KILL_USEC (100 * USEC_PER_MSEC)

struct slow_file {
	char link[EXCERPT_MAX + 5]; /* where a symbolic link points, cut after some more bytes than
				       an excerpt has; "" if the path is not a symbolic link */
	int error;                  /* 0 or a negative errno; -ETIMEDOUT: no answer in time */
	bool opened;                /* `error` happened while the file was read */
	bool is_of_kernel;          /* a file of procfs, sysfs and the like: it was not read */
	mode_t mode;                /* 0 if the file could not be looked at */
	size_t size; /* more than the limit: the file is too large, and data is NULL */
	char *data;  /* `size` bytes and a NUL, owned; NULL on error */
};

void slow_file_done(struct slow_file *file);

/* A read that was started: a child process works on it. */
struct slow_read {
	struct slow_read *next; /* for lists of the owner */
	pid_t pid;
	int fd; /* the pipe from the child */
	uint64_t started;
	size_t max;
	char *path;
};

/* Start to read a file of at most `max` bytes. 0, or a negative errno, such as that of fork(). */
int slow_read_start(const struct root *root, const char *path, size_t max,
		    struct slow_read **ret_read);

/*
 * Receive the file, at the latest at `deadline`, which may have passed: what is there by then is
 * taken. What is wrong with the file is in *ret_file. 0 or -ENOMEM. The child is killed.
 */
int slow_read_receive(struct slow_read *read, uint64_t deadline, struct slow_file *ret_file);

/* Reap the child, if it ends until `deadline`, and free everything. NULL is allowed. */
void slow_read_end(struct slow_read *read, uint64_t deadline);

/*
 * Wait until a directory can be opened and listed, for at most `usec` microseconds. 0, or a
 * negative errno; -ETIMEDOUT: no answer in time.
 */
int slow_probe_directory(const struct root *root, const char *path, uint64_t usec);

/* Return true for a descriptor of procfs, sysfs and other file systems without files of users. */
bool is_file_of_kernel(int fd);
