/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Questions that may never be answered, because the file system of a path or the name service
 * hangs. Child processes ask them, and are killed at a deadline.
 */

#include <stdbool.h>
#include <stddef.h>

struct bounded {
	size_t n;      /* questions */
	size_t size;   /* bytes of an answer */
	void *answers; /* borrowed: `n` answers, zero until they are given */
	bool *given;   /* borrowed: which answers were given in time */

	/* Called in each child first, unless NULL. Return false if no question can be asked. */
	bool (*enter)(const void *context);
	void (*answer)(size_t at, void *answer, const void *context);
	const void *context;
};

/*
 * Ask all questions. One that hangs does not keep the others from being asked, and all of them
 * together take a few seconds at most. Returns 0, also if answers are missing; -EPERM if enter()
 * returned false; or another negative errno.
 */
int bounded_ask(const struct bounded *bounded);
