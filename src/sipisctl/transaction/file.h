/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files in a directory that is held open, read and made whole: by base name, links never followed,
 * nothing ever waited for.
 */

#include <dirent.h>
#include <stddef.h>

#include "sipisctl/transaction/attributes.h"

/* What is at a name, as far as a file that is to be replaced matters. */
enum file_fault {
	FILE_GOOD,
	FILE_IS_LINK,      /* a symbolic link */
	FILE_IS_SHARED,    /* several names lead to it */
	FILE_IS_NO_FILE,   /* a directory, FIFO, device or socket */
	FILE_IS_MOUNT,     /* something is mounted on it */
	FILE_IS_FIXED,     /* immutable, or only to be appended to */
	FILE_IS_TOO_LARGE, /* no settings file can be that large */
};

struct file {
	char *data; /* owned; NULL: there is no such file */
	size_t size;
	struct attributes attributes;
	enum file_fault fault; /* not FILE_GOOD: nothing was read */
};

void file_done(struct file *file);

/* 0 or a negative errno; that there is no file is no error. */
int file_read(int directory, const char *name, struct file *ret_file);

/*
 * Make a new file, of mode 0600 until it has all its bytes and, unless NULL, these attributes; then
 * it is synchronized. -EEXIST where there is something of that name; any other failure leaves
 * nothing there.
 */
int file_create(int directory, const char *name, const void *data, size_t size,
		const struct attributes *attributes);

/* Write all of it. 0 or a negative errno. */
int file_write(int fd, const char *data, size_t size);

/* 0 too where there is nothing of that name; else a negative errno. */
int file_remove(int directory, const char *name);

/* What is in the directory, for the caller to close; NULL and errno where it can't be read. */
DIR *directory_list(int directory);

/* The next entry, without `.` and `..`. NULL: errno is 0 where it was the last one. */
const struct dirent *directory_next(DIR *listing);
