/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All settings files and the load balancer's settings, as read, and all diagnostics. The
 * installation owns the sources, so places are valid as long as it is.
 */

#include <stdbool.h>
#include <stddef.h>

#include "document/diagnostic.h"
#include "document/source.h"
#include "installation/load-balancer.h"
#include "installation/settings.h"

struct instance {
	char *name;      /* owned: the text between `sipis@` and `.service` */
	char *file;      /* owned: the name of the settings file in CONFDIR */
	bool valid_name; /* false: no unit can have this name; the file was not read */
	bool parsed;     /* `settings` is filled */
	struct source *source;
	struct settings settings;
	const struct instance *copied_from;   /* borrowed; NULL: not a copy, see copies.h */
	const struct diagnostic *first_error; /* borrowed; NULL: the instance is not refused */
};

struct installation {
	bool has_confdir;
	struct instance *instances; /* in the order of scan.h */
	size_t n_instances;

	/* Files with nearly the name of a settings file, which are not read. Owned. */
	struct source **ignored;
	size_t n_ignored;

	struct source *split_state_source; /* NULL: no split was interrupted */
	bool split_state_denied; /* only another user can tell whether one was interrupted */
	struct source *load_balancer_source; /* NULL: it was not needed, see load.h */
	struct load_balancer load_balancer;
	bool has_load_balancer;    /* the file exists */
	bool load_balancer_usable; /* `load_balancer` is filled */

	/* Instances with a good Server[Name], sorted by it; of equal names the first claimant. */
	const struct instance **by_server_name;
	size_t n_server_names;
	bool split; /* see installation_index() */

	struct diagnostics diagnostics; /* sorted */
};

void installation_done(struct installation *installation);

/* Return true if both have the same files with the same bytes. */
bool installation_is_same(const struct installation *a, const struct installation *b);

/* Return the number of validly named files, parsed or not. */
size_t installation_count(const struct installation *installation);

/* Find an instance by its name, or return NULL. */
const struct instance *installation_find(const struct installation *installation, const char *name);

/*
 * Return the first instance whose Server[Name] is unknown, or NULL. Any backend may belong to such
 * an instance.
 */
const struct instance *installation_find_unnamed(const struct installation *installation);

/* Find the first claimant of a Server[Name], or return NULL. */
const struct instance *installation_find_server(const struct installation *installation,
						const char *server_name);

/* Return the instance whose settings file a place is in; NULL if it is in another file. */
const struct instance *installation_at(const struct installation *installation,
				       const struct place *place);

/*
 * Index the server names, mark copies and set `split`: there are two instances or more, and one is
 * filtered or is named by a backend; or there is one, it is filtered and a backend has a name (one
 * machine of a fleet). All files must have been read. Return 0 or -ENOMEM.
 */
int installation_index(struct installation *installation);

/* Set first_error of all instances. The diagnostics must be sorted and not change afterwards. */
void installation_set_first_errors(struct installation *installation);
