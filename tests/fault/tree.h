/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small trees of directories and files. What can't be done ends the program. */

#include <stddef.h>

/* All of a small file, and a NUL behind it, for the caller to free. */
char *read_file(const char *path, size_t *ret_size);

/* With owner, mode and extended attributes. There are only directories and files. */
void copy_tree(const char *from, const char *to);

/* Whatever it is; it need not be there. */
void remove_tree(const char *path);
