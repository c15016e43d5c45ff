/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl list: a table of the instances. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"
#include "sipisctl/show/assignment.h"
#include "sipisctl/show/instance-columns.h"
#include "sipisctl/show/text-width.h"

struct listing {
	const struct options *options;
	struct view view;
};

static void append_cell(struct strbuf *buf, enum cell cell, const struct listing *listing,
			const struct view_instance *instance)
{
	const struct cell_context context = {&listing->view, listing->options->style.json};

	cell_append(buf, cell, &context, instance);
}

/* --- a terminal that is too narrow: what may take several lines does --------------------- */

struct folding {
	unsigned prefixes; /* columns for them; 0: no limit */
	bool settings;     /* the file's name stands below its directory */
};

static int fold_prefixes(struct strbuf *prefixes, unsigned width)
{
	struct strbuf folded = STRBUF_INIT;

	text_append_folded(&folded, prefixes->text, width);
	strbuf_done(prefixes);
	*prefixes = folded;
	return strbuf_error(prefixes);
}

static int fold_settings(struct strbuf *path)
{
	const char *slash = strrchr(path->text, '/');
	struct strbuf folded = STRBUF_INIT;

	if (!slash)
		return 0;
	strbuf_appendf(&folded, "%.*s\n%s", (int)(slash + 1 - path->text), path->text, slash + 1);
	strbuf_done(path);
	*path = folded;
	return strbuf_error(path);
}

static int measure(const struct listing *listing, unsigned widths[CELL_COUNT])
{
	struct strbuf cell = STRBUF_INIT;
	int r;

	for (size_t column = 0; column < CELL_COUNT; column++)
		widths[column] = text_width(cell_columns[column].name);
	for (size_t i = 0; i < listing->view.n_instances; i++)
		for (size_t column = 0; column < CELL_COUNT; column++) {
			unsigned width;

			strbuf_truncate(&cell, 0);
			append_cell(&cell, (enum cell)column, listing, &listing->view.instances[i]);
			width = text_width(cell.text);
			widths[column] = width > widths[column] ? width : widths[column];
		}
	r = strbuf_error(&cell);
	strbuf_done(&cell);
	return r;
}

/* First the prefixes, down to the width of their heading, then the paths. */
static int choose_folding(const struct listing *listing, struct folding *ret_folding)
{
	const struct options *options = listing->options;
	unsigned widths[CELL_COUNT], others = CELL_COUNT - 1, room;
	int r;

	if (!options->terminal || options->style.json || options->style.raw ||
	    options->style.columns)
		return 0;
	r = measure(listing, widths);
	if (r < 0)
		return r;
	for (size_t column = 0; column < CELL_COUNT; column++)
		others += column == CELL_PREFIXES ? 0 : widths[column];
	room = line_width(true);
	room = room > others ? room - others : 0;
	if (widths[CELL_PREFIXES] <= room)
		return 0;
	ret_folding->prefixes = (unsigned)strlen(cell_columns[CELL_PREFIXES].name);
	if (room < ret_folding->prefixes)
		ret_folding->settings = true;
	else
		ret_folding->prefixes = room;
	return 0;
}

/* --- the table --------------------------------------------------------------------------- */

static int set_cell(struct table *table, size_t column, const struct listing *listing,
		    const struct view_instance *instance, const struct folding *folding)
{
	struct strbuf text = STRBUF_INIT;
	int r;

	append_cell(&text, (enum cell)column, listing, instance);
	r = strbuf_error(&text);
	if (r == 0 && text.length && column == CELL_PREFIXES && folding->prefixes)
		r = fold_prefixes(&text, folding->prefixes);
	if (r == 0 && text.length && column == CELL_SETTINGS && folding->settings)
		r = fold_settings(&text);
	if (r == 0)
		r = table_set(table, column, text.length ? text.text : NULL);
	strbuf_done(&text);
	return r;
}

static int print_listing(const struct listing *listing, struct table *table)
{
	struct folding folding = {};
	int r = choose_folding(listing, &folding);

	for (size_t i = 0; r == 0 && i < listing->view.n_instances; i++) {
		r = table_add_row(table);
		for (size_t column = 0; r == 0 && column < CELL_COUNT; column++)
			r = set_cell(table, column, listing, &listing->view.instances[i], &folding);
	}
	return r == 0 ? table_print(table) : r;
}

int list_installation(const struct options *options, const struct installation *installation)
{
	_cleanup_(table_freep) struct table *table = NULL;
	struct listing listing = {.options = options};
	int r;

	r = table_new("instances", cell_columns, CELL_COUNT, &options->style, &table);
	if (r == -EINVAL)
		return EXIT_USAGE;
	if (r < 0)
		return report_failure("list", r);
	r = view_make(installation, options->app_id, &listing.view);
	if (r == 0)
		r = print_listing(&listing, table);
	view_done(&listing.view);
	return r < 0 ? report_failure("list", r) : EXIT_GOOD;
}

int command_list(const struct options *options, int argc _unused_, char **argv _unused_)
{
	_cleanup_(installation_done) struct installation installation = {};

	if (command_load(options, 0, &installation) != EXIT_GOOD)
		return EXIT_FAILED;
	if (!installation_count(&installation))
		fprintf(stderr, "sipisctl: there are no instances: %s%s has no settings files\n",
			options->root.prefix, SIPIS_CONFDIR);
	return list_installation(options, &installation);
}
