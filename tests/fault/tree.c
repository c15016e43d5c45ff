/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "format.h"

void remove_tree(const char *path)
{
	const struct dirent *entry;
	DIR *listing;

	if (unlink(path) == 0 || errno == ENOENT)
		return;
	listing = opendir(path);
	if (!listing)
		err(1, "%s", path);
	while ((entry = readdir(listing))) {
		char *below = format("%s/%s", path, entry->d_name);

		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_tree(below);
		free(below);
	}
	closedir(listing);
	if (rmdir(path) < 0)
		err(1, "%s", path);
}

char *read_file(const char *path, size_t *ret_size)
{
	static const size_t max = 65536;
	char *data = malloc(max + 1);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = data && fd >= 0 ? read(fd, data, max) : -1;

	if (n < 0 || (size_t)n == max)
		err(1, "%s", path);
	close(fd);
	data[n] = 0;
	*ret_size = (size_t)n;
	return data;
}

static void copy_attributes(const char *from, const char *to, const struct stat *st)
{
	char names[1024], value[1024];
	ssize_t size = llistxattr(from, names, sizeof(names));

	if (chown(to, st->st_uid, st->st_gid) < 0)
		err(1, "%s", to);
	for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
		ssize_t length = lgetxattr(from, name, value, sizeof(value));

		if (length < 0 || lsetxattr(to, name, value, (size_t)length, 0) < 0)
			err(1, "%s: %s", to, name);
	}
	if (chmod(to, st->st_mode & 07777) < 0)
		err(1, "%s", to);
}

static void copy_entries(const char *from, const char *to)
{
	const struct dirent *entry;
	DIR *listing = opendir(from);

	if (!listing || mkdir(to, 0700) < 0)
		err(1, "%s", from);
	while ((entry = readdir(listing))) {
		char *below = format("%s/%s", from, entry->d_name);
		char *copy = format("%s/%s", to, entry->d_name);

		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			copy_tree(below, copy);
		free(below);
		free(copy);
	}
	closedir(listing);
}

static void copy_file(const char *from, const char *to)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t size;
	char *data = read_file(from, &size);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		err(1, "%s", to);
	free(data);
}

void copy_tree(const char *from, const char *to)
{
	struct stat st;

	if (lstat(from, &st) < 0)
		err(1, "%s", from);
	if (S_ISDIR(st.st_mode))
		copy_entries(from, to);
	else
		copy_file(from, to);
	copy_attributes(from, to, &st);
}
