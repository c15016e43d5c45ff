/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What another user of this machine may do with its files. No question takes more than seconds. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/escape.h"

/* Whom a unit runs as. */
struct user {
	struct excerpt name, group; /* fit to be shown */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned: all of them, the primary one too */
	size_t n_groups;
};

/* As a unit has them. */
struct user_names {
	const char *user;                 /* NULL or "": root */
	const char *group;                /* NULL or "": that of the user */
	const char *const *supplementary; /* up to a NULL; or NULL */
};

/*
 * Look the names up. Returns 0; -ESRCH if there is no such user or group; -ETIMEDOUT if the name
 * service does not answer; or another negative errno.
 */
int user_find(const struct user_names *names, struct user *ret_user);
void user_done(struct user *user);

/* Set *ret_name to the name of a user or group, or to its number. */
void user_id_name(uid_t uid, struct excerpt *ret_name);
void group_id_name(gid_t gid, struct excerpt *ret_name);

/* May the user do `mode` (R_OK, W_OK, X_OK) with the file at `path`? */
struct user_access_question {
	const char *path; /* absolute; borrowed */
	int mode;
	/* The answer: 0 for yes and for what the caller may not know; ETIMEDOUT if the file system
	   does not answer; or another errno. */
	int error;
};

/*
 * Answer them. Root asks the kernel in the name of that user, which is exact; others judge by
 * owners, groups and modes. Returns 0 or a negative errno.
 */
int user_access_ask(const struct user *user, struct user_access_question *questions, size_t n);

/*
 * Set `ret_real` to the path with all links resolved, or to "" if there is none. Returns 0;
 * -ETIMEDOUT if the file system does not answer; or another negative errno.
 */
int file_real_path(const char *path, char ret_real[PATH_MAX]);

/* Return what the error of an answer means. */
const char *access_error_text(int error);

/*
 * Return the first directory on the way to `path`, links resolved, that the user may not pass, or
 * NULL. The caller frees it.
 */
char *user_access_barrier(const struct user *user, const char *path);

/* What the file at a path is like. */
struct file_facts {
	int error; /* 0, ETIMEDOUT if the file system does not answer, or another errno */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	dev_t device;
	ino_t inode;
	uint64_t changed_usec; /* of its inode: content, mode, owner or name */
	bool is_link;          /* the path itself is a symbolic link; all else is of its target */
	bool has_acl;
	bool is_reachable; /* every user may pass the directories on the way */
};

/* Set `facts` for each of `n` paths. Returns 0 or a negative errno. */
int file_facts_ask(const char *const *paths, struct file_facts *facts, size_t n);
