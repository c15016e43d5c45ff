/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the load balancer gives to whom: for every instance its prefixes and its share of the
 * selector space, as the first match in document order decides it. Commands show it as a table, a
 * picture, a route.
 */

#include "installation/installation.h"
#include "selector/partition.h"
#include "selector/share.h"

struct view_instance {
	const struct instance *instance;
	size_t *backends; /* owned: which backends are its own, in document order, bad ones left out
			   */
	size_t n_backends;
	struct share share; /* what first match really gives it */
};

struct view {
	const struct installation *installation; /* borrowed */
	const char *app_id;                      /* borrowed: whose accounts are looked at */

	struct view_instance *instances; /* those validly named, in order */
	size_t n_instances;
	/*
	 * Some backend names one of them. Where none does, as in an installation that is not split,
	 * what an instance gets can't be told from its name.
	 */
	bool names_somebody;

	/* The backends that match `app_id` and have a good prefix, in document order: by rank. */
	size_t *ranked; /* owned: index of the backend */
	size_t n_ranked;
	struct partition *partition; /* of the selector space among them; winners are ranks */
	struct share nobody;         /* what no backend takes */
	struct share elsewhere;      /* what backends take that are no instance of this machine */
};

/*
 * `app_id` decides which AppIdPrefix match; "" leaves those that match everything. 0 or -ENOMEM.
 */
int view_make(const struct installation *installation, const char *app_id, struct view *ret_view);
void view_done(struct view *view);

/* The backend of a rank, and its instance: NULL where it belongs to none of this installation. */
const struct backend *view_backend(const struct view *view, size_t rank);
struct view_instance *view_owner(const struct view *view, const struct backend *backend);

/* Whether the load balancer's settings could be used at all: without, nobody has prefixes. */
static inline bool view_is_known(const struct view *view)
{
	return view->installation->load_balancer_usable;
}

/* `0/2 4/2`: all prefixes of an instance, separated by a space. */
void view_append_prefixes(struct strbuf *buf, const struct view *view,
			  const struct view_instance *instance);
