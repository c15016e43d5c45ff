/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* Write all bytes, in as many write() calls as it takes. 0 or a negative errno; -EIO where write()
 * returns 0. */
int write_all(int fd, const void *bytes, size_t size);
