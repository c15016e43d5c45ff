/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void close_wants(struct writer *writer)
{
	closep(&writer->wants_fd);
	writer->wants_fd = -1;
}

void writer_done(struct writer *writer)
{
	close_wants(writer);
	strbuf_done(&writer->path);
}

/* 1: made; 0: it was there; or a negative errno. */
static int make_directory(int fd, const char *name)
{
	if (mkdirat(fd, name, 0755) == 0)
		return 1;
	return errno == EEXIST ? 0 : -errno;
}

/* What was there already may be a link to somewhere else, which is not followed. */
static bool is_directory(int fd, const char *name)
{
	struct stat st;

	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int write_all(int fd, const char *text)
{
	size_t length = strlen(text);

	while (length) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO;
		if (n > 0) {
			text += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

/* A new file with this content, or none. */
static int write_file(int fd, const char *path, const char *text)
{
	int file, r;

	file = openat(fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (file < 0)
		return -errno;
	r = write_all(file, text);
	if (close(file) < 0 && r == 0 && errno != EINTR)
		r = -errno;
	if (r < 0)
		unlinkat(fd, path, 0);
	return r;
}

static const char wants[] = PLAN_UMBRELLA ".wants";

static int open_wants(struct writer *writer)
{
	int r;

	if (writer->wants_fd >= 0)
		return 0;
	r = make_directory(writer->fd, wants);
	if (r < 0)
		return r;
	writer->wants_fd = openat(writer->fd, wants, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return writer->wants_fd < 0 ? -errno : 0;
}

static int link_unit(struct writer *writer, const struct plan_unit *unit)
{
	int r = open_wants(writer);

	if (r == 0 &&
	    symlinkat(SYSTEM_UNIT_DIR "/" PLAN_TEMPLATE, writer->wants_fd, unit->name) < 0)
		r = -errno;
	if (r < 0) {
		/* It stays where other links are in it; an empty one is half a unit. */
		unlinkat(writer->fd, wants, AT_REMOVEDIR);
		close_wants(writer);
	}
	return r;
}

int write_unit(struct writer *writer, const struct plan_unit *unit)
{
	struct strbuf *path = &writer->path;
	size_t directory_length;
	int made, r;

	if (!unit->drop_in)
		return -ENOMEM;

	if (strbuf_error(path) < 0) /* another unit's: there may be memory now */
		strbuf_done(path);
	strbuf_truncate(path, 0);
	strbuf_append(path, unit->name);
	strbuf_append(path, ".d");
	if (strbuf_error(path) < 0)
		return strbuf_error(path);
	directory_length = path->length;
	made = make_directory(writer->fd, path->text);
	if (made < 0)
		return made;
	if (!made && !is_directory(writer->fd, path->text))
		return -ENOTDIR;
	strbuf_append(path, "/" PLAN_DROPIN_NAME);
	r = strbuf_error(path);
	if (r == 0)
		r = write_file(writer->fd, path->text, unit->drop_in);
	if (r == 0 && unit->wanted) {
		r = link_unit(writer, unit);
		if (r < 0)
			unlinkat(writer->fd, path->text, 0);
	}
	strbuf_truncate(path, directory_length);
	if (r < 0 && made)
		unlinkat(writer->fd, path->text, AT_REMOVEDIR);
	return r;
}
