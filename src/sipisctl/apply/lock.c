/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "installation/split-state.h"
#include "util/macro.h"

/* Root alone can write to /run, and nobody else can open the file: the lock cannot be held by
 * others. */
#define LOCK_PATH "/run/sipisctl-apply.lock"

static int lock_take(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int lock_apply(struct apply_locks *locks, const char **ret_holder)
{
	int r;

	locks->apply_fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (locks->apply_fd < 0)
		return -errno;
	r = lock_take(locks->apply_fd);
	/* Splits share the lock, see apply_lock_out(). */
	if (r == -EWOULDBLOCK && flock(locks->apply_fd, LOCK_SH | LOCK_NB) == 0)
		*ret_holder = "sipisctl split";
	return r;
}

int apply_lock_out(int *ret_fd)
{
	int create = geteuid() == 0 ? O_CREAT : 0;
	_cleanup_close_ int fd = open(LOCK_PATH, O_RDWR | create | O_NOFOLLOW | O_CLOEXEC, 0600);

	*ret_fd = -1;
	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EWOULDBLOCK : 0;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* A split locks the directory of its state. Without this directory no split is at work. */
static int lock_split(struct apply_locks *locks)
{
	struct stat st;

	locks->split_fd =
		open(SPLIT_STATE_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (locks->split_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	if (fstat(locks->split_fd, &st) < 0)
		return -errno;
	return split_state_is_trusted(&st) ? lock_take(locks->split_fd) : 0;
}

int apply_locks_take(struct apply_locks *locks, const char **ret_holder)
{
	int r;

	*ret_holder = "another sipisctl apply";
	r = lock_apply(locks, ret_holder);
	if (r < 0)
		return r;
	*ret_holder = "sipisctl split";
	return lock_split(locks);
}

void apply_locks_release_split(struct apply_locks *locks)
{
	closep(&locks->split_fd);
	locks->split_fd = -1;
}

void apply_locks_done(struct apply_locks *locks)
{
	closep(&locks->apply_fd);
	apply_locks_release_split(locks);
	locks->apply_fd = -1;
}
