/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files in a directory that is held open: read and created whole, by base name. Symbolic links are
 * never followed, and FIFOs and devices are never opened.
 */

#include <stddef.h>

#include "sipisctl/transaction/attributes.h"

/* Why a file cannot be replaced. */
enum file_fault {
	FILE_GOOD,
	FILE_IS_LINK,      /* a symbolic link */
	FILE_IS_SHARED,    /* it has more than one hard link */
	FILE_IS_NO_FILE,   /* a directory, FIFO, device or socket */
	FILE_IS_MOUNT,     /* a mount point */
	FILE_IS_FIXED,     /* immutable or append-only */
	FILE_IS_TOO_LARGE, /* over READ_FILE_MAX */
};

struct file {
	char *data; /* owned, with a NUL after `size` bytes; NULL: there is no such file */
	size_t size;
	struct attributes attributes;
	enum file_fault fault; /* unless FILE_GOOD, nothing was read */
};

void file_done(struct file *file);

/* Read a file. Returns 0, also if it does not exist, or a negative errno. */
int file_read(int directory, const char *name, struct file *ret_file);

/*
 * Create a file with these bytes and, unless NULL, these attributes, and fsync it. Its mode is 0600
 * until it is complete. Returns 0 or a negative errno; -EEXIST if the name is taken. After any
 * failure this function leaves no file.
 */
int file_create(int directory, const char *name, const void *data, size_t size,
		const struct attributes *attributes);

/* Remove a file. Returns 0, also if it does not exist, or a negative errno. */
int file_remove(int directory, const char *name);

/*
 * Return true if a process has the file open for writing. A file system that cannot tell (no
 * leases, as on NFS) counts as false.
 */
bool file_is_being_written(int directory, const char *name);

/*
 * Rename without replacing anything, and exchange two names; atomic if the file system can do that.
 * Return 0 or a negative errno. -EEXIST: the new name is taken. rename_exchange() returns -EINVAL
 * if the file system cannot exchange names.
 */
int rename_noreplace(int directory, const char *name, const char *new_name);
int rename_exchange(int directory, const char *a, const char *b);
