/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The names in a directory that is held open. */

#include <dirent.h>

#include "util/macro.h"

/* List a directory; its own position does not change. NULL with errno. The caller closes it. */
DIR *listing_open(int directory);

/* Return the next entry but `.` and `..`. At the end, return NULL with errno 0. */
const struct dirent *listing_next(DIR *listing);

static inline void listing_closep(DIR **listing)
{
	if (*listing)
		closedir(*listing);
}

#define _cleanup_listing_ _cleanup_(listing_closep)
