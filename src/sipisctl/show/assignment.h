/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which instance gets which part of the selector space: the first backend in document order that
 * matches decides. `list`, `map`, `route` and `status` show it.
 */

#include "installation/installation.h"
#include "selector/partition.h"
#include "selector/share.h"

struct assigned_instance {
	const struct instance *instance; /* borrowed */
	size_t *backends; /* owned: indexes of its backends with a good prefix, in document order */
	size_t n_backends;
	struct share share;
};

struct assignment {
	const struct installation *installation; /* borrowed */
	const char *app_id;                      /* borrowed: the app whose accounts are meant */

	struct assigned_instance *instances; /* owned: those with a valid name, in order */
	size_t n_instances;
	bool any_named;                 /* some backend names one of them */
	const struct instance *unnamed; /* borrowed: the first whose Server[Name] is unknown */

	/* A backend that matches `app_id` has a bad prefix: what it takes is unknown. */
	bool has_bad_prefix;

	/* Backends that match `app_id` and have a good prefix; a rank is an index in `ranked`. */
	size_t *ranked; /* owned: indexes of the backends, in document order */
	size_t n_ranked;
	struct partition *partition; /* owned; its winners are ranks */
	struct share unserved;       /* what no backend takes, or a dangling one */
	struct share elsewhere;      /* what backends of other machines take */
};

/*
 * With `app_id` "" only backends with an empty AppIdPrefix match. The installation must be loaded,
 * and the assignment must not outlive it. Return 0 or -ENOMEM.
 */
int assignment_make(const struct installation *installation, const char *app_id,
		    struct assignment *ret_assignment);
void assignment_done(struct assignment *assignment);

const struct backend *assignment_backend(const struct assignment *assignment, size_t rank);

/* Return the instance that a backend names, or NULL if it names none of this installation. */
struct assigned_instance *assignment_owner(const struct assignment *assignment,
					   const struct backend *backend);

/*
 * Return true if a backend is dangling: it is on this machine, and no instance serves its accounts.
 * It is not if it may name an instance whose name is unknown, nor without a Name before the first
 * split.
 */
bool assignment_is_dangling(const struct assignment *assignment, const struct backend *backend);

/* Return true if a backend of this machine may be that of an instance whose name is unknown. */
bool assignment_has_unknown_owner(const struct assignment *assignment);

/* Return whether the load balancer's settings can be used. Otherwise prefixes are unknown. */
static inline bool assignment_is_known(const struct assignment *assignment)
{
	return assignment->installation->load_balancer_usable;
}

/*
 * Return whether the share of an instance is known. It is not while its file cannot be read or
 * parsed, nor with a bad prefix of any backend, nor if no backend names any instance, as before the
 * first split.
 */
static inline bool assignment_knows_share(const struct assignment *assignment,
					  const struct assigned_instance *instance)
{
	return assignment->any_named && instance->instance->parsed && !assignment->has_bad_prefix;
}

/* Append `0/2 4/2`: the prefixes of an instance. */
void assignment_append_prefixes(struct strbuf *buf, const struct assignment *assignment,
				const struct assigned_instance *instance);
