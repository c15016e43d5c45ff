/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The files that a split changes: bytes and attributes of each, before and after. */

#include "installation/installation.h"
#include "sipisctl/proposal/proposal.h"
#include "sipisctl/transaction/attributes.h"
#include "sipisctl/transaction/directories.h"
#include "sipisctl/transaction/file.h"
#include "util/strbuf.h"

enum version { VERSION_OLD, VERSION_NEW, VERSION_COUNT };

struct file_state {
	char *data; /* owned; NULL: this version has no such file */
	size_t size;
	struct attributes attributes;
};

struct change {
	enum split_directory split_directory;
	char *name;            /* owned: base name */
	const char *made_from; /* borrowed: the settings file whose attributes a new file gets */
	struct file_state states[VERSION_COUNT];

	/* Set by replace_prepare(): */
	bool up_to_date;        /* the file is in the wanted version already */
	struct attributes seen; /* owned: of the file that is to be replaced */

	/* Set by replace_commit(): */
	ino_t placed; /* inode of the file that replaced it */
	bool is_kept; /* someone else changed the file meanwhile, so it stays as it is now */
};

/* The command that made the changes. */
enum changes_origin { ORIGIN_SPLIT, ORIGIN_SYNC, ORIGIN_EDIT, ORIGIN_COUNT };

/* The names of the commands: "split", ... */
extern const char *const origin_words[ORIGIN_COUNT];

struct changes {
	struct change *items; /* owned: today's settings files in their order, then new ones, then
				 the load balancer's */
	size_t n, capacity;
	enum changes_origin origin;
	size_t n_instances[VERSION_COUNT]; /* 0: unknown */
	const char *failed; /* a constant: the path where replacing them failed; NULL: elsewhere */
};

void changes_done(struct changes *changes);

/*
 * Compare an installation with its proposal, bytes only. The changes must not outlive the
 * installation. Returns 0 or -ENOMEM.
 */
int changes_make(const struct installation *installation, const struct proposal *proposal,
		 struct changes *ret_changes);

/*
 * Read the attributes of the files on disk, which must have the old bytes and must be replaceable.
 * Returns 1; 0 with a reason if one is not; or a negative errno.
 */
int changes_take_attributes(struct changes *changes, const struct split_directories *directories,
			    struct strbuf *reason);

/* Append an empty change. `name` is copied. Returns 0 or -ENOMEM. */
int changes_add(struct changes *changes, enum split_directory split_directory, const char *name,
		struct change **ret_change);

/* Copy the bytes of a version. Returns 0 or -ENOMEM. */
int file_state_set(struct file_state *state, const char *data, size_t size);

/* Return true if the file has the bytes of this version; attributes do not count. */
bool file_state_is(const struct file_state *state, const struct file *file);

/* Set the reason to `PATH FAULT`. Returns 0 or -ENOMEM. */
int change_reject(const struct change *change, const struct split_directories *directories,
		  const char *fault, struct strbuf *reason);

/* What each enum file_fault means; each text follows a path. */
extern const char *const file_fault_texts[];

/* Append the path without the root's prefix: `/etc/sipis/Settings1.xml`. */
void change_append_path(struct strbuf *buf, const struct change *change);
