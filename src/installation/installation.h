/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All of it together: every settings file with what was read from it, and every finding. The
 * installation owns the sources, so places stay good as long as it lives.
 */

#include <stdbool.h>
#include <stddef.h>

#include "document/diagnostic.h"
#include "document/source.h"
#include "installation/load-balancer.h"
#include "installation/settings.h"

struct instance {
	char *name;      /* owned: what stands between `sipis@` and `.service` */
	char *file;      /* owned: the settings file's name in CONFDIR */
	bool valid_name; /* false: there is no such unit, and the file was not read */
	bool parsed;     /* `settings` holds what the file says */
	struct source *source;
	struct settings settings;
	const struct diagnostic *first_error; /* NULL: not refused. Borrowed from the findings */
};

struct installation {
	bool has_confdir;
	struct instance *instances; /* in the order in which everything is shown */
	size_t n_instances;

	struct source *split_state_source;   /* NULL: no split was interrupted */
	struct source *load_balancer_source; /* NULL: nobody asked, as there is no instance */
	struct load_balancer load_balancer;
	bool has_load_balancer;    /* the file is there */
	bool load_balancer_usable; /* and `load_balancer` holds what it says */

	/* Instances with a good Server[Name], sorted by it; of equal ones the first claimant. */
	const struct instance **by_server_name;
	size_t n_server_names;
	bool split; /* two instances or more share the load; see installation_index() */

	struct diagnostics diagnostics; /* sorted */
};

void installation_done(struct installation *installation);

/* Are these the same files with the same bytes? */
bool installation_is_same(const struct installation *a, const struct installation *b);

/* How many instances there are: every validly named file counts, parsable or not. */
size_t installation_count(const struct installation *installation);

/* By name; NULL where no settings file describes it. */
const struct instance *installation_find(const struct installation *installation, const char *name);

/* By Server[Name]: the first that has it, or NULL. */
const struct instance *installation_find_server(const struct installation *installation,
						const char *server_name);

/* The one whose file a place lies in; NULL where it is no settings file. */
const struct instance *installation_at(const struct installation *installation,
				       const struct place *place);

/*
 * When everything has been read: make the index of server names, and decide whether the load is
 * split: two instances or more, of which one is filtered or is named by a backend. 0 or -ENOMEM.
 */
int installation_index(struct installation *installation);

/* Let every instance know its first error. The findings must be sorted and stay as they are. */
void installation_refuse(struct installation *installation);
