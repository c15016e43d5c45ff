/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Replace the files of a split by those of one version: first write all new files beside their
 * places, then exchange names. Both steps can be repeated from wherever they were interrupted.
 *
 * Other programs may save the same files at any time. What they save is never lost: names are
 * exchanged atomically, and what comes out is compared with what was expected there.
 */

#include "sipisctl/transaction/changes.h"
#include "sipisctl/transaction/directories.h"

/*
 * Check that every file is in one of the two versions. Returns 1; 0 with a reason if a file was
 * changed by someone else; or a negative errno. Writes nothing.
 */
int replace_inspect(const struct split_directories *directories, struct changes *changes,
		    enum version to, struct strbuf *reason);

/*
 * The same, and write the files of version `to` under temporary names. Unless it returns 1, none of
 * these is left.
 */
int replace_prepare(const struct split_directories *directories, struct changes *changes,
		    enum version to, struct strbuf *reason);

/*
 * Put the files that replace_prepare() has written in place, and remove those that version `to`
 * does not have. Returns 1; 0 with a reason if someone else changed a file meanwhile; or a negative
 * errno. In the last two cases some files may have been replaced; the file that someone else
 * changed has not, and is marked as kept.
 */
int replace_commit(const struct split_directories *directories, struct changes *changes,
		   enum version to, struct strbuf *reason);

/*
 * Remove temporary files. Only while no split is interrupted: otherwise they may be what another
 * program has saved. Returns 0 or a negative errno.
 */
int replace_discard(const struct split_directories *directories);
