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

static struct map_row *add_row(struct map *map, enum map_state state, const struct share *share)
{
	static const char *const words[MAP_STATE_COUNT] = {"ok", "refused", "others", "nobody"};
	struct map_row *row = &map->rows[map->n_rows++];

	*row = (struct map_row){.state = state};
	for (size_t text = 0; text < MAP_TEXT_COUNT; text++)
		row->texts[text] = (struct strbuf)STRBUF_INIT;
	strbuf_append(&row->texts[MAP_STATE], words[state]);
	if (view_is_known(map->view)) {
		row->share = share;
		share_append_percent(&row->texts[MAP_SHARE], share);
		strbuf_append_char(&row->texts[MAP_SHARE], '%');
	}
	return row;
}

static void add_instance(struct map *map, const struct view_instance *owner)
{
	const struct instance *instance = owner->instance;
	struct map_row *row =
		add_row(map, instance->first_error ? MAP_REFUSED : MAP_OK, &owner->share);

	row->instance = instance;
	strbuf_append(&row->texts[MAP_INSTANCE], instance->name);
	if (instance->settings.name.text)
		escape_append_excerpt(&row->texts[MAP_NAME], instance->settings.name.text);
	view_append_prefixes(&row->texts[MAP_PREFIXES], map->view, owner);
}

static void append_prefix(struct strbuf *buf, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	strbuf_appendf(buf, "%s%s", buf->length ? " " : "", prefix_format(prefix, text));
}

static void add_others(struct map *map)
{
	const struct view *view = map->view;
	struct map_row *row = NULL;

	for (size_t rank = 0; rank < view->n_ranked; rank++) {
		const struct backend *backend = view_backend(view, rank);

		if (view_owner(view, backend))
			continue;
		if (!row)
			row = add_row(map, MAP_OTHERS, &view->elsewhere);
		append_prefix(&row->texts[MAP_PREFIXES], &backend->prefix.prefix);
	}
}

static void add_nobody(struct map *map)
{
	const struct partition *partition = map->view->partition;
	struct prefix prefixes[RANGE_PREFIXES_MAX];
	struct map_row *row;

	if (!view_is_known(map->view) || share_is_zero(&map->view->nobody))
		return;
	row = add_row(map, MAP_NOBODY, &map->view->nobody);
	for (size_t i = 0; i < partition->count; i++) {
		size_t n = 0;

		if (partition->segments[i].winner == PARTITION_NOBODY)
			n = range_prefixes(&partition->segments[i].range, prefixes);
		for (size_t k = 0; k < n; k++)
			append_prefix(&row->texts[MAP_PREFIXES], &prefixes[k]);
	}
}

int map_make(const struct view *view, struct map *ret_map)
{
	_cleanup_(map_done) struct map map = {.view = view};
	int r = 0;

	map.rows = calloc(view->n_instances + 2, sizeof(*map.rows));
	if (!map.rows)
		return -ENOMEM;
	for (size_t i = 0; i < view->n_instances; i++)
		add_instance(&map, &view->instances[i]);
	add_others(&map);
	add_nobody(&map);
	for (size_t i = 0; i < map.n_rows; i++)
		for (size_t text = 0; r == 0 && text < MAP_TEXT_COUNT; text++)
			r = strbuf_error(&map.rows[i].texts[text]);
	if (r < 0)
		return r;
	*ret_map = map;
	map = (struct map){};
	return 0;
}

struct map_row *map_find(const struct map *map, size_t rank)
{
	const struct view *view = map->view;
	const struct view_instance *owner;

	if (!view_is_known(view))
		return NULL;
	if (rank == PARTITION_NOBODY)
		return &map->rows[map->n_rows - 1];
	owner = view_owner(view, view_backend(view, rank));
	return &map->rows[owner ? (size_t)(owner - view->instances) : view->n_instances];
}
