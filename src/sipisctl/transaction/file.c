/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "document/read.h"
#include "util/macro.h"

void file_done(struct file *file)
{
	free(file->data);
	attributes_done(&file->attributes);
	*file = (struct file){};
}

/* What can't be replaced is better known before anything is. */
static enum file_fault judge_file(const struct statx *st)
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

int file_read(int directory, const char *name, struct file *ret_file)
{
	_cleanup_(file_done) struct file file = {};
	_cleanup_close_ int fd = -1;
	struct statx st;
	int r;

	if (statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	file.fault = judge_file(&st);
	if (file.fault == FILE_GOOD) {
		fd = openat(directory, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) < 0)
			return -errno;
		file.fault = judge_file(&st);
	}
	if (file.fault == FILE_GOOD) {
		r = attributes_read(fd, &file.attributes);
		if (r == 0)
			r = read_bounded(fd, (size_t)st.stx_size, READ_FILE_MAX, &file.data,
					 &file.size);
		if (r < 0)
			return r;
		if (file.size > READ_FILE_MAX)
			file.fault = FILE_IS_TOO_LARGE; /* it has grown since it was opened */
	}
	*ret_file = file;
	file = (struct file){};
	return 0;
}

int file_write(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

int file_create(int directory, const char *name, const void *data, size_t size,
		const struct attributes *attributes)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = file_write(fd, data, size);
	if (r == 0 && attributes)
		r = attributes_apply(fd, attributes);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(directory, name, 0);
	return r;
}

int file_remove(int directory, const char *name)
{
	return unlinkat(directory, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

DIR *directory_list(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);

	if (!listing && fd >= 0)
		close(fd);
	return listing;
}

const struct dirent *directory_next(DIR *listing)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(listing);
	} while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	return entry;
}
