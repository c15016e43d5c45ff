/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "installation/unit-names.h"
#include "util/write.h"

#define WANTS_NAME UMBRELLA_UNIT ".wants"

static void close_wants(struct writer *writer)
{
	closep(&writer->wants_fd);
	writer->wants_fd = -1;
}

void writer_done(struct writer *writer)
{
	close_wants(writer);
}

/* Create a file with this content. On failure no file is left. */
static int write_file(int directory, const char *name, const char *text)
{
	int fd, r;

	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;

	r = write_all(fd, text, strlen(text));
	/* After EINTR the file is closed all the same: see close(2). */
	if (close(fd) < 0 && errno != EINTR && r >= 0)
		r = -errno;
	if (r < 0)
		unlinkat(directory, name, 0);
	return r;
}

/*
 * Open a directory, and create it if it is missing. A link in its place is not followed. Return a
 * file descriptor or a negative errno, and set *ret_created.
 */
static int open_directory(int parent, const char *name, bool *ret_created)
{
	bool created = mkdirat(parent, name, 0755) == 0;
	int fd;

	if (!created && errno != EEXIST)
		return -errno;

	fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		int r = -errno;

		if (created)
			unlinkat(parent, name, AT_REMOVEDIR);
		return r;
	}
	*ret_created = created;
	return fd;
}

static int link_unit(struct writer *writer, const char *name)
{
	bool created;
	int r;

	if (writer->wants_fd < 0) {
		writer->wants_fd = open_directory(writer->fd, WANTS_NAME, &created);
		if (writer->wants_fd < 0)
			return writer->wants_fd;
	}
	if (symlinkat(SYSTEM_UNIT_DIR "/" TEMPLATE_UNIT, writer->wants_fd, name) == 0)
		return 0;

	/* Remove the directory if this was to be its first link: it would be half a unit. */
	r = -errno;
	unlinkat(writer->fd, WANTS_NAME, AT_REMOVEDIR);
	close_wants(writer);
	return r;
}

static int write_drop_in_and_link(struct writer *writer, int directory,
				  const struct plan_unit *unit)
{
	int r;

	r = write_file(directory, GENERATED_DROP_IN, unit->drop_in);
	if (r < 0 || !unit->wanted)
		return r;

	r = link_unit(writer, unit->name);
	if (r < 0)
		unlinkat(directory, GENERATED_DROP_IN, 0);
	return r;
}

int write_unit(struct writer *writer, const struct plan_unit *unit)
{
	char name[NAME_MAX + 1];
	_cleanup_close_ int directory = -1;
	bool created = false;
	int r;

	if (!unit->drop_in)
		return -ENOMEM;
	if ((size_t)snprintf(name, sizeof(name), "%s.d", unit->name) >= sizeof(name))
		return -ENAMETOOLONG;

	directory = open_directory(writer->fd, name, &created);
	if (directory < 0)
		return directory;
	r = write_drop_in_and_link(writer, directory, unit);
	if (r < 0 && created)
		unlinkat(writer->fd, name, AT_REMOVEDIR);
	return r;
}
