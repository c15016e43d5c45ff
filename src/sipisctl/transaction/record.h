/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The record of a split on disk: all that is needed to finish it or to take it back. It is a
 * directory: `before/` and `after/` hold the changed files under their own names (the load
 * balancer's as LoadBalancer2.xml), and the file `journal` lists them with mode, owner and extended
 * attributes, as text with a line each:
 *
 *     made-by split|sync|edit N N      instances before and after; 0: unknown
 *     before|after settings|load-balancer NAME MODE UID GID
 *     xattr HEX HEX            name and value of an attribute of the file above
 */

#include "sipisctl/transaction/changes.h"

/* Write a record into an empty directory, and fsync all of it. Returns 0 or a negative errno. */
int record_write(int directory, const struct changes *changes);

/*
 * Read a record. Only files are trusted that belong to the caller, that nobody else can write and
 * that have one name, and only names that a split can write. Returns 0; -EPERM if something is not
 * trusted; -EBADMSG if this is no record; or another negative errno.
 */
int record_read(int directory, struct changes *ret_changes);
