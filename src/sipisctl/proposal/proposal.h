/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The files that a split leads to: every settings file and that of the load balancer, as bytes in
 * memory, made from those of today. Nothing is written.
 */

#include "installation/installation.h"
#include "installation/load.h"
#include "sipisctl/proposal/targets.h"

struct proposed_file {
	char *name; /* owned: in CONFDIR; NULL: the load balancer's settings */
	const char
		*made_from; /* borrowed from the installation: name of the file it is made from */
	char *data;         /* owned */
	size_t size;
};

struct proposal {
	struct proposed_file *files; /* owned */
	size_t n;
};

void proposal_done(struct proposal *proposal);

/*
 * The proposal must not outlive the installation. It is not checked yet: see proposal_load().
 *
 * Return 1; 0 with a reason if the installation cannot be split in this way; or -ENOMEM.
 */
int proposal_make(const struct installation *installation, const struct split_options *options,
		  struct proposal *ret_proposal, struct strbuf *reason);

/* Say that a file has an error that must be corrected first. Return 0 or -ENOMEM. */
int proposal_reject_file(struct source *source, struct strbuf *reason);

/*
 * Load the installation that the proposal leads to, with all findings. Return 0 or a negative
 * errno.
 */
int proposal_load(const struct proposal *proposal, const struct root *root,
		  struct installation *ret_installation);
