/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A proposal is the installation that a split leads to: the bytes of every settings file and of
 * the load balancer's, made from those of today. Nothing is written here.
 */

#include "installation/installation.h"
#include "installation/load.h"
#include "sipisctl/proposal/targets.h"

struct proposed_file {
	char *name; /* owned: in the directory of the settings; NULL: the load balancer's */
	const char *made_from; /* borrowed: the name of the file that it is made from */
	char *data;            /* owned */
	size_t size;
};

struct proposal {
	struct proposed_file *files; /* owned */
	size_t n;
};

void proposal_done(struct proposal *proposal);

/*
 * 1: made, and not yet checked. 0: there is none, and `reason` says why. -ENOMEM. What is borrowed
 * belongs to the installation.
 */
int proposal_make(const struct installation *installation, const struct split_options *options,
		  struct proposal *ret_proposal, struct strbuf *reason);

/* The installation that the proposal makes, with all findings. 0 or -ENOMEM. */
int proposal_load(const struct proposal *proposal, const struct root *root,
		  struct installation *ret_installation);
