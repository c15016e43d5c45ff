/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One apply at a time, and none while a split replaces files. */

struct apply_locks {
	int apply_fd, split_fd; /* -1: not held */
};

#define APPLY_LOCKS_INIT                       \
	{                                      \
		.apply_fd = -1, .split_fd = -1 \
	}

/*
 * Take both. Returns 0; or a negative errno, -EWOULDBLOCK if another program has one of them; then
 * *ret_holder says which.
 */
int apply_locks_take(struct apply_locks *locks, const char **ret_holder);

/*
 * Keep every apply from beginning while *ret_fd is open. Returns 0, with *ret_fd -1 if the caller
 * may not do that; or -EWOULDBLOCK if one is at work.
 */
int apply_lock_out(int *ret_fd);

/* Let splits work again, for an undo. */
void apply_locks_release_split(struct apply_locks *locks);

void apply_locks_done(struct apply_locks *locks);
