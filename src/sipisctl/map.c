/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl map: the selector space as a picture, and what it shows as JSON. */

#include <errno.h>
#include <stdio.h>

#include "sipisctl/command.h"
#include "sipisctl/show/bar.h"
#include "sipisctl/show/map-rows.h"
#include "sipisctl/show/map-svg.h"
#include "sipisctl/show/map-text.h"
#include "sipisctl/show/text-width.h"

static int table_add_map_row(struct table *table, const struct map_row *row)
{
	_cleanup_strbuf_ struct strbuf share = STRBUF_INIT;
	int r;

	r = table_add_row(table);
	if (r < 0)
		return r;
	for (size_t text = 0; text < MAP_TEXT_COUNT; text++) {
		if (text == MAP_SHARE)
			continue;
		r = table_set(table, text, row->texts[text].text);
		if (r < 0)
			return r;
	}

	if (!row->share)
		return 0;
	share_append_number(&share, row->share);
	if (strbuf_error(&share) < 0)
		return strbuf_error(&share);
	return table_set(table, MAP_SHARE, share.text);
}

static int map_print_json(const struct options *options, const struct map *map)
{
	_cleanup_(table_freep) struct table *table = NULL;
	int r;

	r = table_new("instances", map_columns, MAP_TEXT_COUNT, &options->style, &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < map->n_rows; i++) {
		if (map->rows[i].hidden)
			continue;
		r = table_add_map_row(table, &map->rows[i]);
		if (r < 0)
			return r;
	}
	return table_print(table);
}

static int map_print_picture(const struct options *options, const struct map *map)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct map_style style = {
		.width = line_width(),
		.unicode = locale_is_utf8(),
		.color = options->color,
	};
	int r;

	r = options->svg ? map_svg_append(&text, map) : map_append_text(&text, map, &style);
	if (r < 0)
		return r;
	return fputs(text.text, stdout) == EOF || fflush(stdout) != 0 ? -errno : 0;
}

/* Show the rows of the selected instances only, unless all are. */
static void map_select(const struct map *map, const struct selection *selection)
{
	const struct installation *installation = map->assignment->installation;

	if (!selection->wanted)
		return;
	for (size_t i = 0; i < map->n_rows; i++) {
		const struct instance *instance = map->rows[i].instance;

		map->rows[i].hidden =
			!instance ||
			!selection_has(selection, instance_index(installation, instance));
	}
}

static int map_print(const struct options *options, const struct installation *installation,
		     const struct selection *selection)
{
	_cleanup_(assignment_done) struct assignment assignment = {};
	_cleanup_(map_done) struct map map = {};
	int r;

	r = assignment_make(installation, options->app_id, &assignment);
	if (r < 0)
		return r;
	r = map_make(&assignment, &map);
	if (r < 0)
		return r;
	map_select(&map, selection);

	r = options->style.json ? map_print_json(options, &map) : map_print_picture(options, &map);
	if (r < 0)
		return r;
	if (!assignment.n_instances)
		report_no_instances(options, installation);
	else if (!assignment_is_known(&assignment))
		report_no_assignment(options, installation);
	report_unknown_owner(options, &assignment);
	report_bad_prefix(options, &assignment);
	return 0;
}

int command_map(const struct options *options, int argc, char **argv)
{
	_cleanup_(installation_done) struct installation installation = {};
	_cleanup_(selection_done) struct selection selection = {};
	int r;

	if (options->svg && options->style.json)
		return report_usage("map prints --svg or --json, not both");
	if (options->svg && argc)
		return report_usage("map --svg takes no INSTANCE: the picture shows all");
	if (command_load(options, 0, &installation) != EXIT_GOOD ||
	    report_unreadable(&installation))
		return EXIT_FAILED;
	r = command_select(&installation, argc, argv, &selection);
	if (r != EXIT_GOOD)
		return r;

	r = map_print(options, &installation, &selection);
	return r < 0 ? report_failure(r == -ENOMEM ? "map" : "standard output", r) : EXIT_GOOD;
}
