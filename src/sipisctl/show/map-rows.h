/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The rows of a map of the selector space: one for each instance, then one for all backends of
 * other machines, then one for what nobody serves. The last two only where there is such.
 */

#include "sipisctl/show/assignment.h"

enum map_state {
	MAP_OK,
	MAP_REFUSED,
	MAP_OTHERS, /* backends of other machines */
	MAP_NOBODY, /* no backend, or a dangling one */
	MAP_STATE_COUNT
};

/* The texts of a row, in the order of the columns. */
enum map_text { MAP_INSTANCE, MAP_NAME, MAP_PREFIXES, MAP_SHARE, MAP_STATE, MAP_TEXT_COUNT };

struct map_row {
	const struct instance *instance; /* borrowed; NULL: MAP_OTHERS, MAP_NOBODY */
	enum map_state state;
	const struct share *share;           /* borrowed from the assignment; NULL: unknown */
	struct strbuf texts[MAP_TEXT_COUNT]; /* owned, escaped, empty if absent */
	bool hidden;                         /* not selected on the command line */
};

struct map {
	const struct assignment *assignment; /* borrowed */
	struct map_row *rows;                /* owned */
	size_t n_rows;
};

/* Return 0 or -ENOMEM. The map must not outlive the assignment. */
int map_make(const struct assignment *assignment, struct map *ret_map);
void map_done(struct map *map);

/*
 * Return the row that serves what a rank of the assignment, or PARTITION_NOBODY, takes. NULL if the
 * load balancer's settings cannot be used, or if there is no such row: then it takes nothing.
 */
struct map_row *map_find(const struct map *map, size_t rank);
