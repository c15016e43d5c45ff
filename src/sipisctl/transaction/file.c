/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "document/read.h"
#include "util/macro.h"
#include "util/write.h"

void file_done(struct file *file)
{
	free(file->data);
	attributes_done(&file->attributes);
	*file = (struct file){};
}

static enum file_fault file_judge(const struct statx *st)
{
	if (S_ISLNK(st->stx_mode))
		return FILE_IS_LINK;
	if (!S_ISREG(st->stx_mode))
		return FILE_IS_NO_FILE;
	if (st->stx_nlink > 1)
		return FILE_IS_SHARED;
	if (st->stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return FILE_IS_MOUNT;
	if (st->stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		return FILE_IS_FIXED;
	return st->stx_size > READ_FILE_MAX ? FILE_IS_TOO_LARGE : FILE_GOOD;
}

static int file_read_fd(int fd, struct file *file)
{
	struct statx st;
	int r;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) < 0)
		return -errno;
	file->fault = file_judge(&st);
	if (file->fault != FILE_GOOD)
		return 0;

	r = attributes_read(fd, &file->attributes);
	if (r < 0)
		return r;
	r = read_bounded(fd, (size_t)st.stx_size, READ_FILE_MAX, &file->data, &file->size);
	if (r < 0)
		return r;
	if (file->size > READ_FILE_MAX) { /* it has grown since statx() */
		file_done(file);
		file->fault = FILE_IS_TOO_LARGE;
	}
	return 0;
}

int file_read(int directory, const char *name, struct file *ret_file)
{
	_cleanup_(file_done) struct file file = {};
	_cleanup_close_ int fd = -1;
	struct statx st;
	int r;

	if (statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st) < 0)
		return errno == ENOENT ? 0 : -errno;

	file.fault = file_judge(&st);
	if (file.fault == FILE_GOOD) {
		fd = openat(directory, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		r = file_read_fd(fd, &file);
		if (r < 0)
			return r;
	}
	*ret_file = TAKE_STRUCT(file);
	return 0;
}

static int file_fill(int fd, const void *data, size_t size, const struct attributes *attributes)
{
	int r;

	r = write_all(fd, data, size);
	if (r < 0)
		return r;
	if (attributes) {
		r = attributes_apply(fd, attributes);
		if (r < 0)
			return r;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int file_create(int directory, const char *name, const void *data, size_t size,
		const struct attributes *attributes)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;

	r = file_fill(fd, data, size, attributes);
	if (close(TAKE_FD(fd)) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(directory, name, 0);
	return r;
}

int file_remove(int directory, const char *name)
{
	return unlinkat(directory, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

bool file_is_being_written(int directory, const char *name)
{
	_cleanup_close_ int fd = -1;

	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return false;

	/*
	 * The kernel refuses a read lease while the file is open for writing. If another program
	 * opens it before the lease ends, the kernel sends SIGIO, which would end this program.
	 */
	(void)signal(SIGIO, SIG_IGN);
	return fcntl(fd, F_SETLEASE, F_RDLCK) < 0 && errno == EAGAIN;
}

static int rename_with_flags(int directory, const char *name, const char *new_name, unsigned flags)
{
	if (renameat2(directory, name, directory, new_name, flags) == 0)
		return 0;
	return errno == ENOSYS || errno == ENOTSUP ? -EINVAL : -errno;
}

/* A file system without RENAME_NOREPLACE, such as NFS, has hard links. */
int rename_noreplace(int directory, const char *name, const char *new_name)
{
	int r;

	r = rename_with_flags(directory, name, new_name, RENAME_NOREPLACE);
	if (r != -EINVAL)
		return r;
	if (linkat(directory, name, directory, new_name, 0) < 0)
		return -errno;
	return unlinkat(directory, name, 0) < 0 ? -errno : 0;
}

int rename_exchange(int directory, const char *a, const char *b)
{
	return rename_with_flags(directory, a, b, RENAME_EXCHANGE);
}
