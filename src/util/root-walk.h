/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Open a file inside a directory tree as openat2(2) does with RESOLVE_IN_ROOT, without that system
 * call: units with RestrictSUIDSGID= or DynamicUser= and older container runtimes block it.
 *
 * One difference: a magic link of procfs, such as /proc/self/exe, is followed as the text that it
 * shows, inside the tree, where openat2() returns ELOOP.
 */

/* Return a file descriptor or a negative errno. `flags` as for open(2), without O_CREAT. */
int root_walk(int root, const char *path, int flags);
