/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/root-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "util/macro.h"

enum {
	MAX_LINKS = 40,          /* as the kernel has it: the next one is a loop */
	MAX_DEPTH = PATH_MAX / 2 /* of directories on the way: more than one path can name */
};

#define DIRECTORY_FLAGS (O_PATH | O_DIRECTORY)

struct identity {
	dev_t device;
	ino_t inode;
};

struct walk {
	int fd; /* the directory reached so far; -1: that is the root */
	int root;
	unsigned links;
	size_t n_passed;
	char *rest; /* what is left of `path`; NULL: nothing */

	/* The directories that were passed on the way to `fd`, the root first. */
	struct identity passed[MAX_DEPTH];

	/* Not allocated, so that root_walk() never fails for want of memory. */
	char path[2 * PATH_MAX];
};

static void walk_done(struct walk *walk)
{
	closep(&walk->fd);
}

static int walk_directory(const struct walk *walk)
{
	return walk->fd >= 0 ? walk->fd : walk->root;
}

/* Take ownership of `fd` as the directory reached. */
static void walk_move(struct walk *walk, int fd)
{
	closep(&walk->fd);
	walk->fd = fd;
}

static int identity_of(int fd, struct identity *ret_identity)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_identity = (struct identity){.device = st.st_dev, .inode = st.st_ino};
	return 0;
}

/* Enter a directory below the one reached. Take ownership of `fd`, on failure too. */
static int walk_down(struct walk *walk, int fd)
{
	_cleanup_close_ int owned = fd;
	int r;

	if (walk->n_passed == MAX_DEPTH)
		return -ENAMETOOLONG;
	r = identity_of(walk_directory(walk), &walk->passed[walk->n_passed]);
	if (r < 0)
		return r;

	walk->n_passed++;
	walk_move(walk, TAKE_FD(owned));
	return 0;
}

/*
 * Enter the parent directory, unless this is the root already. It must be the directory that the
 * walk came through: one that was moved meanwhile would lead out of the tree.
 */
static int walk_up(struct walk *walk)
{
	_cleanup_close_ int parent =
		openat(walk_directory(walk), "..", DIRECTORY_FLAGS | O_CLOEXEC);
	struct identity found = {};
	const struct identity *expected;
	int r;

	if (parent < 0)
		return -errno;
	if (!walk->n_passed)
		return 0;

	r = identity_of(parent, &found);
	if (r < 0)
		return r;
	expected = &walk->passed[walk->n_passed - 1];
	if (found.device != expected->device || found.inode != expected->inode)
		return -ESTALE;

	walk->n_passed--;
	walk_move(walk, TAKE_FD(parent));
	return 0;
}

/* Put the target of a symbolic link in front of what is left of the path. -EINVAL: not a link. */
static int walk_follow(struct walk *walk, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(walk_directory(walk), name, target, sizeof(target));
	size_t left = walk->rest ? strlen(walk->rest) : 0;

	if (length < 0)
		return -errno;
	if (length == sizeof(target) || (size_t)length + 1 + left >= sizeof(walk->path))
		return -ENAMETOOLONG;
	if (++walk->links > MAX_LINKS)
		return -ELOOP;

	if (walk->rest)
		memmove(walk->path + length + 1, walk->rest, left + 1);
	memcpy(walk->path, target, (size_t)length);
	walk->path[length] = walk->rest ? '/' : 0;
	walk->rest = walk->path;
	if (*target == '/') {
		walk_move(walk, -1);
		walk->n_passed = 0;
	}
	return 0;
}

static bool fd_is_link(int fd)
{
	struct stat st;

	return fstat(fd, &st) >= 0 && S_ISLNK(st.st_mode);
}

/*
 * Open a name in the directory reached, or follow it where it is a symbolic link. Return 0 with
 * the file descriptor, which is -1 after a link.
 */
static int walk_open(struct walk *walk, const char *name, int flags, int *ret_fd)
{
	_cleanup_close_ int fd = openat(walk_directory(walk), name, flags | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	*ret_fd = -1;
	if (fd >= 0 && (flags & O_NOFOLLOW || !(flags & O_PATH) || !fd_is_link(fd))) {
		*ret_fd = TAKE_FD(fd);
		return 0;
	}
	if (fd < 0 && (flags & O_NOFOLLOW || (r != -ELOOP && r != -ENOTDIR)))
		return r;
	/* O_NOFOLLOW has found a link, or O_DIRECTORY something that may be one. */
	r = walk_follow(walk, name);
	return r == -EINVAL ? -ENOTDIR : r;
}

/* Cut the next name off the path; NULL at its end. `rest` becomes NULL after the last one. */
static char *walk_next(struct walk *walk)
{
	char *name = walk->rest ? walk->rest + strspn(walk->rest, "/") : NULL;

	if (!name || !*name)
		return NULL;
	walk->rest = strchr(name, '/');
	if (walk->rest)
		*walk->rest++ = 0;
	return name;
}

/* Go one name further. Return 0 with a file descriptor at the end of the path, else with -1. */
static int walk_step(struct walk *walk, int flags, int *ret_fd)
{
	const char *name = walk_next(walk);
	int fd, r;

	*ret_fd = -1;
	if (!name)
		return walk_open(walk, ".", flags, ret_fd);
	if (!strcmp(name, ".."))
		return walk_up(walk);
	if (strcmp(name, ".") != 0) {
		if (!walk->rest)
			return walk_open(walk, name, flags, ret_fd);
		if (!walk->rest[strspn(walk->rest, "/")]) /* a directory: links are followed */
			return walk_open(walk, name, (flags & ~O_NOFOLLOW) | O_DIRECTORY, ret_fd);
	}

	r = walk_open(walk, name, DIRECTORY_FLAGS, &fd);
	if (r < 0 || fd < 0)
		return r;
	if (strcmp(name, ".") != 0)
		return walk_down(walk, fd);
	walk_move(walk, fd);
	return 0;
}

int root_walk(int root, const char *path, int flags)
{
	_cleanup_(walk_done) struct walk walk;
	int fd = -1, r;

	walk.fd = -1;
	walk.root = root;
	walk.links = 0;
	walk.n_passed = 0;
	walk.rest = walk.path;
	if (!*path)
		return -ENOENT;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(walk.path, path);

	while (fd < 0) {
		r = walk_step(&walk, flags, &fd);
		if (r < 0)
			return r;
	}
	return fd;
}
