/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What another user of this machine may do with its files. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned: all of them, the primary one too */
	int n_groups;
};

/* 0, -ESRCH where there is no such user, or another negative errno. */
int user_find(const char *name, struct user *ret_user);
void user_done(struct user *user);

/* May the user do `mode` (R_OK, W_OK, X_OK) with the file at `path`? */
struct access_question {
	const char *path; /* absolute; borrowed */
	int mode;
	int error; /* the answer: 0 for yes and for what can't be known, or an errno */
};

/*
 * Answer them. Root asks the kernel in the name of that user, which is exact; others judge by
 * owners, groups and modes, and take what they can't see for allowed. 0 or -ENOMEM.
 */
int access_ask(const struct user *user, struct access_question *questions, size_t n);

/*
 * The first directory on the way to `path` that the user can't pass. The caller frees it; NULL
 * where it can pass all of them, or where there is no memory to say which.
 */
char *access_barrier(const struct user *user, const char *path);
