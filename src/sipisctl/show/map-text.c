/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/map-text.h"

#include <errno.h>

#include "sipisctl/show/bar.h"
#include "sipisctl/show/text-width.h"

const struct table_column map_columns[MAP_TEXT_COUNT] = {
	[MAP_INSTANCE] = {.name = "INSTANCE"},
	[MAP_NAME] = {.name = "NAME"},
	[MAP_PREFIXES] = {.name = "PREFIXES"},
	[MAP_SHARE] = {.name = "SHARE", .flags = TABLE_NUMBER},
	[MAP_STATE] = {.name = "STATE"},
};

/* A column takes at most this fraction of the line (6: a sixth); 0: all that it needs. */
static const unsigned char parts_of_line[MAP_TEXT_COUNT] = {
	[MAP_INSTANCE] = 6,
	[MAP_NAME] = 5,
	[MAP_PREFIXES] = 5,
};

#define BAR_CELLS_MIN 16

#define RESET "\033[0m"
#define LOST  "\033[33m"

static const char *const state_colors[MAP_STATE_COUNT] = {
	[MAP_OK] = "\033[32m",
	[MAP_REFUSED] = "\033[31m",
	[MAP_OTHERS] = "\033[34m",
	[MAP_NOBODY] = "\033[31m",
};

/* The picture, while it is measured and drawn. */
struct picture {
	const struct map *map;
	const struct map_style *style;
	unsigned widths[MAP_TEXT_COUNT];
	struct bar *bars; /* owned, by row */
};

static void picture_done(struct picture *picture)
{
	for (size_t i = 0; picture->bars && i < picture->map->n_rows; i++)
		bar_done(&picture->bars[i]);
	free(picture->bars);
}

/* --- measures ---------------------------------------------------------------------------- */

static unsigned column_width(const struct map *map, size_t text, unsigned line)
{
	unsigned least = text_width(map_columns[text].name), width = least, most = line;

	for (size_t i = 0; i < map->n_rows; i++) {
		unsigned own = text_width(map->rows[i].texts[text].text);

		if (!map->rows[i].hidden && own > width)
			width = own;
	}

	if (parts_of_line[text])
		most = line / parts_of_line[text];
	if (most < least)
		most = least;
	return width < most ? width : most;
}

/* Return the columns that the texts leave of the line. */
static unsigned picture_bar_cells(const struct picture *picture)
{
	unsigned used = 0, line = picture->style->width;

	for (size_t text = 0; text < MAP_TEXT_COUNT; text++)
		used += picture->widths[text] + 1;
	return line >= used + BAR_CELLS_MIN ? line - used : BAR_CELLS_MIN;
}

static int picture_measure(struct picture *picture)
{
	const struct map *map = picture->map;

	for (size_t text = 0; text < MAP_TEXT_COUNT; text++)
		picture->widths[text] = column_width(map, text, picture->style->width);

	picture->bars = calloc(map->n_rows + 1, sizeof(*picture->bars));
	if (!picture->bars)
		return -ENOMEM;
	for (size_t i = 0; i < map->n_rows; i++) {
		int r = bar_make(picture_bar_cells(picture), &picture->bars[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* --- marks ------------------------------------------------------------------------------- */

static void picture_mark(struct picture *picture, size_t rank, const struct range *range,
			 enum bar_mark mark)
{
	const struct map_row *row = map_find(picture->map, rank);

	if (row)
		bar_mark(&picture->bars[row - picture->map->rows], range, mark);
}

/* Mark each prefix as lost, then what first match gives as served. */
static void picture_mark_all(struct picture *picture)
{
	const struct assignment *assignment = picture->map->assignment;
	const struct partition *partition = assignment->partition;

	for (size_t rank = 0; rank < assignment->n_ranked; rank++) {
		struct range range =
			prefix_range(&assignment_backend(assignment, rank)->prefix.prefix);

		picture_mark(picture, rank, &range, BAR_LOST);
	}
	for (size_t i = 0; i < partition->count; i++)
		picture_mark(picture, partition->segments[i].winner, &partition->segments[i].range,
			     BAR_SERVED);
}

static bool picture_has_lost(const struct picture *picture)
{
	for (size_t i = 0; i < picture->map->n_rows; i++)
		if (!picture->map->rows[i].hidden && bar_has(&picture->bars[i], BAR_LOST))
			return true;
	return false;
}

/* --- lines ------------------------------------------------------------------------------- */

static void append_text(struct strbuf *buf, const struct picture *picture, size_t column,
			const char *text)
{
	bool right = map_columns[column].flags & TABLE_NUMBER;
	unsigned width = picture->widths[column], used;

	text = *text ? text : "-";
	used = text_width(text) < width ? text_width(text) : width;
	strbuf_appendf(buf, "%*s", right ? (int)(width - used) : 0, "");
	text_append_cut(buf, text, width, picture->style->unicode ? "…" : "~");
	strbuf_appendf(buf, "%*s", right ? 1 : (int)(width - used) + 1, "");
}

static void append_heading(struct strbuf *buf, const struct picture *picture)
{
	for (size_t text = 0; text < MAP_TEXT_COUNT; text++)
		append_text(buf, picture, text, map_columns[text].name);
	bar_append_scale(buf, picture->bars[0].cells);
	strbuf_append_char(buf, '\n');
}

static void append_row(struct strbuf *buf, const struct picture *picture, size_t i)
{
	const struct map_row *row = &picture->map->rows[i];
	bool color = picture->style->color;
	struct bar_style style = {
		.unicode = picture->style->unicode,
		.colors = {"", color ? LOST : "", color ? state_colors[row->state] : ""},
		.reset = RESET,
	};

	for (size_t text = 0; text < MAP_TEXT_COUNT; text++)
		append_text(buf, picture, text, row->texts[text].text);
	bar_append(buf, &picture->bars[i], &style);
	strbuf_append_char(buf, '\n');
}

int map_append_text(struct strbuf *buf, const struct map *map, const struct map_style *style)
{
	_cleanup_(picture_done) struct picture picture = {.map = map, .style = style};
	int r;

	if (!map->n_rows)
		return 0;
	r = picture_measure(&picture);
	if (r < 0)
		return r;

	picture_mark_all(&picture);
	append_heading(buf, &picture);
	for (size_t i = 0; i < map->n_rows; i++)
		if (!map->rows[i].hidden)
			append_row(buf, &picture, i);
	if (picture_has_lost(&picture))
		strbuf_appendf(buf, "\n%s in its prefix, but an earlier backend takes it\n",
			       bar_lost_text(style->unicode));
	return strbuf_error(buf);
}
