/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The journal of a split: a directory that holds everything needed to finish it or to take it
 * back. `before/` and `after/` hold the bytes of the files that it changes, under their own names
 * (the load balancer's as LoadBalancer2.xml); the file `journal` says which they are and what mode,
 * owner and extended attributes they have.
 *
 * It is text, a line each, the words separated by one blank:
 *
 *     before|after settings|load-balancer NAME MODE UID GID
 *     xattr HEX HEX            name and value of an attribute of the file above
 */

#include "sipisctl/transaction/changes.h"

/* Write it into an empty directory, and synchronize all of it. 0 or a negative errno. */
int journal_write(int directory, const struct changes *changes);

/*
 * Read it. Only files that belong to the caller, that nobody else can write and that have one name
 * are believed, and only names that a split can have. 0; -EPERM where something is not believed;
 * -EBADMSG where it is no journal; another negative errno.
 */
int journal_read(int directory, struct changes *ret_changes);
