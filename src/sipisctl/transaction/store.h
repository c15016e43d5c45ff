/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The store of splits: a directory beside the settings files, with a record (see record.h) for
 * each split. The name of a record's directory ends in the state of the split, so that a rename
 * changes the state atomically:
 *
 *     NUMBER-DATE.preparing   no file has been changed
 *     NUMBER-DATE.pending     files are being replaced by the new ones
 *     NUMBER-DATE             complete
 *     NUMBER-DATE.undoing     files are being replaced by the old ones
 *     NUMBER-DATE.undone      all old files are back
 */

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "installation/split-state.h"
#include "sipisctl/transaction/changes.h"
#include "sipisctl/transaction/directories.h"

struct split_store {
	int fd;
};

#define STORE_INIT       \
	{                \
		.fd = -1 \
	}

/* The name of a record, without its state. */
struct split_name {
	char text[SPLIT_NAME_MAX];
};

/* Complete splits that are kept; so many undone ones are kept too. */
#define STORE_KEPT 10

enum store_access {
	STORE_READ,   /* without a lock */
	STORE_LOCK,   /* locked until store_done() */
	STORE_CREATE, /* the same; made if it is missing */
};

/*
 * Open the store. Returns 0;
 * -ENOENT if it is missing; -EPERM if it does not belong to the caller or others can write it;
 * -EWOULDBLOCK while another process has it open; or another negative errno.
 */
int store_open(const struct split_directories *directories, enum store_access access,
	       struct split_store *ret_store);
void store_done(struct split_store *store);

/* Find the latest record in this state; NULL: in any. Returns 1 if found, 0 if not, or a negative
 * errno. */
int store_find(const struct split_store *store, const char *state, struct split_name *ret_name);

/* A record and its state, which is a constant of split-state.h. */
struct store_entry {
	struct split_name name;
	const char *state;
};

/* List all records, the latest first. The caller frees *ret_entries. Returns 0 or a negative errno.
 */
int store_list(const struct split_store *store, struct store_entry **ret_entries, size_t *ret_n);

/* Format the local time of a record: 2026-11-28 22:41:01. */
struct record_date {
	char text[sizeof("2026-11-28 22:41:01")];
};

struct record_date record_date(const struct split_name *name);

/* Write a new record, in state SPLIT_PREPARING. Returns 0, or a negative errno and leaves none. */
int store_add(const struct split_store *store, const struct changes *changes,
	      struct split_name *ret_name);

/*
 * Read the record of a split. Returns 0 or a negative errno, see record_read(); a record without
 * one of its files is -EBADMSG too.
 */
int store_read(const struct split_store *store, const struct split_name *name, const char *state,
	       struct changes *ret_changes);

/* Change the state of a split. Returns 0, or a negative errno with the state as it was. */
int store_set_state(const struct split_store *store, const struct split_name *name,
		    const char *from, const char *to);

/* Make all states durable, also those set by runs that were killed. Returns 0 or a negative errno.
 */
int store_synchronize(const struct split_store *store);

/* Remove all but the latest STORE_KEPT complete and undone records. Returns 0 or a negative errno.
 */
int store_prune(const struct split_store *store);

/* Remove records in state SPLIT_PREPARING. Returns 0 or a negative errno. */
int store_clean(const struct split_store *store);
