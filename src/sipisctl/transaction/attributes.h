/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Mode, owner and extended attributes of a file: what a file that replaces it must have too. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct xattr {
	char *name;  /* owned */
	char *value; /* owned; any bytes */
	size_t size;
};

struct attributes {
	mode_t mode; /* permissions only */
	uid_t uid;
	gid_t gid;
	struct xattr *xattrs; /* owned; the access control list is one of them */
	size_t n_xattrs, capacity;
};

void attributes_done(struct attributes *attributes);

/* Return 0 or a negative errno. */
int attributes_read(int fd, struct attributes *ret_attributes);
int attributes_copy(const struct attributes *attributes, struct attributes *ret_attributes);

/* Compare them, whatever the order of the extended attributes. */
bool attributes_equal(const struct attributes *a, const struct attributes *b);

/* Set them on a file that was just created. Returns 0 or a negative errno. */
int attributes_apply(int fd, const struct attributes *attributes);

/* Add an extended attribute. `name` and `value` are copied. Returns 0 or -ENOMEM. */
int attributes_add_xattr(struct attributes *attributes, const char *name, const void *value,
			 size_t size);
