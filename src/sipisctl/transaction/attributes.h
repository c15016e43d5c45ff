/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a file has besides its bytes, and a file that replaces it has to have too. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/strbuf.h"

struct xattr {
	char *name;  /* owned */
	char *value; /* owned; any bytes */
	size_t size;
};

struct attributes {
	mode_t mode; /* permissions alone */
	uid_t uid;
	gid_t gid;
	struct xattr *xattrs; /* owned; the access control list is one of them */
	size_t n_xattrs, capacity;
};

void attributes_done(struct attributes *attributes);

/* 0 or a negative errno. */
int attributes_read(int fd, struct attributes *ret_attributes);
int attributes_copy(const struct attributes *attributes, struct attributes *ret_attributes);

/* Are they the same, whatever their order? */
bool attributes_equal(const struct attributes *a, const struct attributes *b);

/* Give them to a file that has none of its own yet. 0 or a negative errno. */
int attributes_apply(int fd, const struct attributes *attributes);

/* Add one. `name` is copied, `value` too. 0 or -ENOMEM. */
int attributes_add_xattr(struct attributes *attributes, const char *name, const void *value,
			 size_t size);
