/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a split changes: for every file that does not stay as it is, how it was and how it will be,
 * bytes and attributes.
 */

#include "installation/installation.h"
#include "sipisctl/proposal/proposal.h"
#include "sipisctl/transaction/attributes.h"
#include "sipisctl/transaction/directories.h"
#include "sipisctl/transaction/file.h"
#include "util/strbuf.h"

enum moment { BEFORE, AFTER, MOMENT_COUNT };

struct version {
	char *data; /* owned; NULL: at that moment there is no such file */
	size_t size;
	struct attributes attributes;
};

struct change {
	enum home home;
	char *name;            /* owned: base name */
	const char *made_from; /* borrowed: the settings file whose attributes a new one gets */
	struct version versions[MOMENT_COUNT];
	bool settled; /* switch_prepare() has found it as it is to be */
};

struct changes {
	struct change *items; /* owned: those of today in their order, then new ones, then the load
				 balancer's */
	size_t n, capacity;
};

void changes_done(struct changes *changes);

/* From an installation to its proposal, bytes alone. 0 or -ENOMEM. */
int changes_make(const struct installation *installation, const struct proposal *proposal,
		 struct changes *ret_changes);

/*
 * Look at the files themselves, which must be as they were read and must be such that they can be
 * replaced, and take their attributes. 1: all good. 0: one is not, and `reason` says which and why.
 * Negative errno.
 */
int changes_take_attributes(struct changes *changes, const struct homes *homes,
			    struct strbuf *reason);

/* Add an empty one. `name` is copied. 0 or -ENOMEM. */
int changes_add(struct changes *changes, enum home home, const char *name,
		struct change **ret_change);

/* Is that the file, bytes alone? */
bool version_is(const struct version *version, const struct file *file);

/* Give the reason why this file can't be changed, with its path. 0 or -ENOMEM. */
int change_reject(const struct change *change, const struct homes *homes, const char *fault,
		  struct strbuf *reason);

/* What each fault of a file means for it, to stand behind its path. */
extern const char *const file_fault_words[];

/* The file as it stands in messages and differences: `/etc/sipis/Settings1.xml`. */
void change_append_path(struct strbuf *buf, const struct change *change);
