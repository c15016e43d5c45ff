/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int reject(struct source *source, enum diagnostic_code code, const char *text,
		  struct diagnostics *diagnostics)
{
	struct place place = place_of_file(source);

	return diagnostics_add(diagnostics, code, &place, NULL, "%s", text);
}

static int reject_unreadable(struct source *source, const char *verb, int error,
			     struct diagnostics *diagnostics)
{
	struct place place = place_of_file(source);

	if (error == -ENOMEM)
		return error;
	return diagnostics_add(diagnostics, DIAGNOSTIC_FILE_UNREADABLE, &place, NULL,
			       "the file can't be %s: %s", verb, strerrordesc_np(-error));
}

static const char *file_kind(mode_t mode)
{
	return S_ISFIFO(mode)   ? "this is a FIFO, not a file"
	       : S_ISDIR(mode)  ? "this is a directory, not a file"
	       : S_ISSOCK(mode) ? "this is a socket, not a file"
				: "this is a device, not a file";
}

/*
 * One read that gives all that was there when the file was opened is the end of it: what another
 * one would give, while somebody writes the file anew, is the end of another file.
 */
int read_bounded(int fd, size_t expected, size_t max, char **ret_data, size_t *ret_length)
{
	size_t capacity = expected + 1, length = 0;
	_cleanup_free_ char *data = malloc(capacity + 1);
	ssize_t n = 1;

	if (!data)
		return -ENOMEM;
	while (n != 0 && length <= max && (!length || length != expected)) {
		if (length == capacity) {
			char *grown = realloc(data, (capacity *= 2) + 1);

			if (!grown)
				return -ENOMEM;
			data = grown;
		}
		n = read(fd, data + length, capacity - length);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			length += (size_t)n;
	}
	data[length] = 0;
	*ret_data = TAKE_PTR(data);
	*ret_length = length;
	return 0;
}

#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY)

/* No device, but for one that somebody mounted there; a link that took its place is not followed.
 */
static int open_listed(int directory, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	int fd;

	do
		fd = openat(directory, name, OPEN_FLAGS | O_NOFOLLOW | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static int look_and_open(const struct root *root, const char *path, struct stat *ret_stat)
{
	int r = root_stat(root, path, ret_stat);

	if (r < 0)
		return r;
	return S_ISREG(ret_stat->st_mode) ? root_open_file(root, path, OPEN_FLAGS) : -EINVAL;
}

/*
 * Open the file so that nothing is waited for and nothing is set off: what is seen to be no regular
 * file is not opened at all (opening a watchdog starts it), and one that became a FIFO since is not
 * waited for. A file descriptor or a negative errno; `st_mode` tells what is there, 0 where nothing
 * is.
 */
static int open_regular(const struct root *root, const char *path, int directory,
			struct stat *ret_stat)
{
	_cleanup_close_ int fd = -1;
	int taken;

	*ret_stat = (struct stat){};
	if (directory >= 0)
		fd = open_listed(directory, path);
	if (fd < 0) /* or it is no more what it was */
		fd = look_and_open(root, path, ret_stat);
	if (fd < 0)
		return fd;
	if (fstat(fd, ret_stat) < 0)
		return -errno;
	if (!S_ISREG(ret_stat->st_mode))
		return -EINVAL;
	taken = fd;
	fd = -1;
	return taken;
}

static int reject_too_large(struct source *source, size_t size, struct diagnostics *diagnostics)
{
	return reject(source, DIAGNOSTIC_FILE_TOO_LARGE,
		      size > READ_FILE_MAX ? "the file is over 1 MiB"
					   : "all settings together are over 64 MiB",
		      diagnostics);
}

int read_source(const struct root *root, const char *path, int directory, struct source *source,
		size_t *budget, struct diagnostics *diagnostics)
{
	size_t max = *budget < READ_FILE_MAX ? *budget : READ_FILE_MAX, length = 0;
	_cleanup_free_ char *data = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	fd = open_regular(root, path, directory, &st);
	if (fd < 0 && st.st_mode && !S_ISREG(st.st_mode))
		return reject(source, DIAGNOSTIC_FILE_NOT_REGULAR, file_kind(st.st_mode),
			      diagnostics);
	if (fd < 0)
		return reject_unreadable(source, "opened", fd, diagnostics);
	if ((uintmax_t)st.st_size > max)
		return reject_too_large(source, (size_t)st.st_size, diagnostics);
	r = read_bounded(fd, (size_t)st.st_size, max, &data, &length);
	if (r < 0)
		return reject_unreadable(source, "read", r, diagnostics);
	if (length > max)
		return reject_too_large(source, length, diagnostics);
	source->data = TAKE_PTR(data);
	source->size = length;
	*budget -= length;
	return 1;
}

int read_bytes(const void *bytes, size_t size, struct source *source, size_t *budget,
	       struct diagnostics *diagnostics)
{
	if (size > *budget || size > READ_FILE_MAX)
		return reject_too_large(source, size, diagnostics);
	source->data = malloc(size + 1);
	if (!source->data)
		return -ENOMEM;
	memcpy(source->data, bytes, size);
	source->data[size] = 0;
	source->size = size;
	*budget -= size;
	return 1;
}
