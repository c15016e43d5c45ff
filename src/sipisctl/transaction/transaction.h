/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A change of several settings files as a transaction: a new one is carried through to its end, an
 * interrupted one is finished or taken back, a complete one is taken back. Nothing is printed here.
 */

#include "installation/installation.h"
#include "sipisctl/transaction/changes.h"
#include "sipisctl/transaction/store.h"
#include "util/root.h"
#include "util/strbuf.h"

enum transaction_end {
	TRANSACTION_DONE,
	/* Nothing was changed: */
	TRANSACTION_ABSENT,   /* there is nothing to finish or to take back */
	TRANSACTION_BLOCKED,  /* another one was interrupted and comes first */
	TRANSACTION_REJECTED, /* a file cannot be replaced: `reason` */
	TRANSACTION_DENIED,   /* a directory cannot be used: `path`, `error` */
	TRANSACTION_FAILED,   /* `error` */
	/* Files were changed: */
	TRANSACTION_STUCK, /* a file was changed by someone else: `reason`; interrupted still */
	TRANSACTION_INTERRUPTED, /* `error`; old and new files may be mixed */
	TRANSACTION_NOT_DURABLE, /* `error`; all files are in place, but a power cut could undo the
				    last step */
};

struct transaction_result {
	int error;                  /* negative errno */
	const char *path;           /* constant, without the root's prefix */
	struct strbuf reason;       /* owned */
	struct split_name name;     /* of TRANSACTION_DONE: the record; else a damaged one, or "" */
	const char *state;          /* of a damaged record, see split-state.h */
	bool taken_back;            /* of TRANSACTION_DONE: the old files are back */
	enum changes_origin origin; /* of TRANSACTION_DONE */
};

#define TRANSACTION_RESULT_INIT       \
	{                             \
		.reason = STRBUF_INIT \
	}

void transaction_result_done(struct transaction_result *result);

/* What can be finished or taken back. */
struct transaction_record {
	struct store_entry entry;
	enum changes_origin origin;
	size_t n_instances[VERSION_COUNT]; /* 0: unknown */
	bool damaged;                      /* its list of files cannot be read: no undo */
};

/*
 * How each of these ends is the return value; the caller prepares `result` with
 * TRANSACTION_RESULT_INIT.
 */

/* Check whether these files can be replaced, and take their attributes. */
enum transaction_end transaction_check(const struct root *root, struct changes *changes,
				       struct transaction_result *result);

/*
 * Carry out a new one. All files must still be as in `installation`, which it was planned on. A
 * record of ORIGIN_EDIT is removed at the end.
 */
enum transaction_end transaction_begin(const struct root *root,
				       const struct installation *installation,
				       struct changes *changes, struct transaction_result *result);

/* Finish what was interrupted, also an undo. */
enum transaction_end transaction_resume(const struct root *root, struct transaction_result *result);

/*
 * Find what transaction_undo() would take back: what was interrupted or, if nothing was, the last
 * complete one. Unless `ret_changes` is NULL, also read its changes and check that the files can be
 * replaced; if not, this is TRANSACTION_REJECTED, and both are set all the same.
 */
enum transaction_end transaction_find_undo(const struct root *root,
					   struct transaction_record *ret_record,
					   struct changes *ret_changes,
					   struct transaction_result *result);

/* Take that back. It must still be the one that was found. */
enum transaction_end transaction_undo(const struct root *root,
				      const struct transaction_record *record,
				      struct transaction_result *result);

/*
 * List what is interrupted or complete, the latest first. The caller frees *ret_records. If there
 * is nothing, this is TRANSACTION_DONE with *ret_n 0.
 */
enum transaction_end transaction_list(const struct root *root,
				      struct transaction_record **ret_records, size_t *ret_n,
				      struct transaction_result *result);
