/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/map-rows.h"

#include <errno.h>

#include "sipisctl/show/bar.h"
#include "util/escape.h"

void map_done(struct map *map)
{
	for (size_t i = 0; i < map->n_rows; i++)
		for (size_t text = 0; text < MAP_TEXT_COUNT; text++)
			strbuf_done(&map->rows[i].texts[text]);
	free(map->rows);
	*map = (struct map){};
}

static struct map_row *map_add_row(struct map *map, enum map_state state, const struct share *share)
{
	static const char *const words[MAP_STATE_COUNT] = {"ok", "refused", "others", "nobody"};
	struct map_row *row = &map->rows[map->n_rows++];

	*row = (struct map_row){.state = state};
	for (size_t text = 0; text < MAP_TEXT_COUNT; text++)
		row->texts[text] = (struct strbuf)STRBUF_INIT;

	strbuf_append(&row->texts[MAP_STATE], words[state]);
	if (share && assignment_is_known(map->assignment)) {
		row->share = share;
		share_append_percent(&row->texts[MAP_SHARE], share);
		strbuf_append_char(&row->texts[MAP_SHARE], '%');
	}
	return row;
}

static void map_add_instance(struct map *map, const struct assigned_instance *owner)
{
	const struct instance *instance = owner->instance;
	const struct share *share =
		assignment_knows_share(map->assignment, owner) ? &owner->share : NULL;
	enum map_state state = instance->first_error ? MAP_REFUSED : MAP_OK;
	struct map_row *row = map_add_row(map, state, share);

	row->instance = instance;
	strbuf_append(&row->texts[MAP_INSTANCE], instance->name);
	if (instance->settings.name.text)
		strbuf_append(&row->texts[MAP_NAME], excerpt(instance->settings.name.text).text);
	assignment_append_prefixes(&row->texts[MAP_PREFIXES], map->assignment, owner);
}

static void append_prefix(struct strbuf *buf, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	strbuf_appendf(buf, "%s%s", buf->length ? " " : "", prefix_format(prefix, text));
}

static void map_add_others(struct map *map)
{
	const struct assignment *assignment = map->assignment;
	struct map_row *row = NULL;

	for (size_t rank = 0; rank < assignment->n_ranked; rank++) {
		const struct backend *backend = assignment_backend(assignment, rank);

		if (assignment_owner(assignment, backend) ||
		    assignment_is_dangling(assignment, backend))
			continue;
		if (!row)
			row = map_add_row(map, MAP_OTHERS, &assignment->elsewhere);
		append_prefix(&row->texts[MAP_PREFIXES], &backend->prefix.prefix);
	}
}

static bool is_served(const struct assignment *assignment, size_t rank)
{
	return rank != PARTITION_NOBODY &&
	       !assignment_is_dangling(assignment, assignment_backend(assignment, rank));
}

static void map_add_nobody(struct map *map)
{
	const struct assignment *assignment = map->assignment;
	const struct partition *partition = assignment->partition;
	struct prefix prefixes[RANGE_PREFIXES_MAX];
	struct map_row *row;

	if (!assignment_is_known(assignment) || share_is_zero(&assignment->unserved))
		return;

	row = map_add_row(map, MAP_NOBODY, &assignment->unserved);
	for (size_t i = 0; i < partition->count; i++) {
		size_t n;

		if (is_served(assignment, partition->segments[i].winner))
			continue;
		n = range_prefixes(&partition->segments[i].range, prefixes);
		for (size_t k = 0; k < n; k++)
			append_prefix(&row->texts[MAP_PREFIXES], &prefixes[k]);
	}
}

static int map_error(const struct map *map)
{
	for (size_t i = 0; i < map->n_rows; i++)
		for (size_t text = 0; text < MAP_TEXT_COUNT; text++)
			if (strbuf_error(&map->rows[i].texts[text]) < 0)
				return strbuf_error(&map->rows[i].texts[text]);
	return 0;
}

int map_make(const struct assignment *assignment, struct map *ret_map)
{
	_cleanup_(map_done) struct map map = {.assignment = assignment};
	int r;

	map.rows = calloc(assignment->n_instances + 2, sizeof(*map.rows));
	if (!map.rows)
		return -ENOMEM;

	for (size_t i = 0; i < assignment->n_instances; i++)
		map_add_instance(&map, &assignment->instances[i]);
	map_add_others(&map);
	map_add_nobody(&map);
	r = map_error(&map);
	if (r < 0)
		return r;

	*ret_map = TAKE_STRUCT(map);
	return 0;
}

struct map_row *map_find(const struct map *map, size_t rank)
{
	const struct assignment *assignment = map->assignment;
	const struct assigned_instance *owner;

	if (!assignment_is_known(assignment))
		return NULL;
	if (!is_served(assignment, rank))
		return share_is_zero(&assignment->unserved) ? NULL : &map->rows[map->n_rows - 1];
	owner = assignment_owner(assignment, assignment_backend(assignment, rank));
	return &map->rows[owner ? (size_t)(owner - assignment->instances)
				: assignment->n_instances];
}
