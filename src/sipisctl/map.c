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

static int add_to_table(struct table *table, const struct map_row *row)
{
	struct strbuf number = STRBUF_INIT;
	int r = table_add_row(table);

	for (size_t text = 0; r == 0 && text < MAP_TEXT_COUNT; text++)
		if (row->texts[text].length && text != MAP_SHARE)
			r = table_set(table, text, row->texts[text].text);
	if (r == 0 && row->share) {
		share_append_number(&number, row->share);
		r = strbuf_error(&number) ? strbuf_error(&number)
					  : table_set(table, MAP_SHARE, number.text);
	}
	strbuf_done(&number);
	return r;
}

static int print_table(const struct options *options, const struct map *map)
{
	_cleanup_(table_freep) struct table *table = NULL;
	int r = table_new("instances", map_columns, MAP_TEXT_COUNT, &options->style, &table);

	for (size_t i = 0; r == 0 && i < map->n_rows; i++)
		r = add_to_table(table, &map->rows[i]);
	return r == 0 ? table_print(table) : r;
}

static int print_picture(const struct options *options, const struct map *map)
{
	struct map_style style = {
		.width = line_width(options->terminal),
		.unicode = locale_is_utf8(),
		.color = options->color,
	};
	struct strbuf text = STRBUF_INIT;
	int r;

	r = options->svg ? svg_append(&text, map) : map_append_text(&text, map, &style);
	if (r == 0)
		fputs(text.text, stdout);
	strbuf_done(&text);
	return r;
}

/* Why there is nothing to be seen, where that is so. */
static void explain(const struct options *options, const struct view *view)
{
	const struct installation *installation = view->installation;

	if (!view->n_instances)
		fprintf(stderr, "sipisctl: there are no instances: %s%s has no settings files\n",
			options->root.prefix, SIPIS_CONFDIR);
	else if (!installation->has_load_balancer)
		fprintf(stderr, "sipisctl: there is no %s%s, so nobody has a prefix\n",
			options->root.prefix, LOADBALANCER_SETTINGS);
	else if (!view_is_known(view))
		fprintf(stderr, "sipisctl: %s%s is of no use: see sipisctl check\n",
			options->root.prefix, LOADBALANCER_SETTINGS);
}

static int print_map(const struct options *options, const struct installation *installation)
{
	_cleanup_(view_done) struct view view = {};
	_cleanup_(map_done) struct map map = {};
	int r = view_make(installation, options->app_id, &view);

	if (r == 0)
		r = map_make(&view, &map);
	if (r == 0)
		r = options->style.json ? print_table(options, &map) : print_picture(options, &map);
	if (r == 0)
		explain(options, &view);
	return r;
}

int command_map(const struct options *options, int argc, char **argv _unused_)
{
	_cleanup_(installation_done) struct installation installation = {};
	int r;

	if (argc > 0)
		return report_usage("map takes no arguments");
	if (options->svg && options->style.json)
		return report_usage("map prints --svg or --json, not both");
	if (command_load(options, 0, &installation) != EXIT_GOOD)
		return EXIT_FAILED;
	r = print_map(options, &installation);
	return r < 0 ? report_failure("map", r) : EXIT_GOOD;
}
