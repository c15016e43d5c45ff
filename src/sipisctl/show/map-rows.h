/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a map of the selector space shows: a row for each instance, then one for the backends that
 * name no instance of this machine, then one for what nobody takes, where there is such.
 */

#include "sipisctl/show/assignment.h"

enum map_state {
	MAP_OK,
	MAP_REFUSED,
	MAP_OTHERS, /* backends that name no instance of this machine */
	MAP_NOBODY, /* no backend */
	MAP_STATE_COUNT
};

/* Texts of a row, in the order in which they are shown. */
enum map_text { MAP_INSTANCE, MAP_NAME, MAP_PREFIXES, MAP_SHARE, MAP_STATE, MAP_TEXT_COUNT };

struct map_row {
	const struct instance *instance; /* NULL: MAP_OTHERS, MAP_NOBODY */
	enum map_state state;
	const struct share *share; /* borrowed from the view; NULL: not known */
	/* owned, fit to be shown, empty where there is nothing to be said */
	struct strbuf texts[MAP_TEXT_COUNT];
};

struct map {
	const struct view *view; /* borrowed */
	struct map_row *rows;    /* owned */
	size_t n_rows;
};

/* 0 or -ENOMEM. */
int map_make(const struct view *view, struct map *ret_map);
void map_done(struct map *map);

/*
 * Which row serves what a rank does, or PARTITION_NOBODY. NULL where nothing is known about the
 * load balancer.
 */
struct map_row *map_find(const struct map *map, size_t rank);
