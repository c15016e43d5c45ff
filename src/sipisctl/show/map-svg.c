/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/map-svg.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/show/bar.h"
#include "sipisctl/show/canvas.h"
#include "sipisctl/show/text-width.h"
#include "util/escape.h"

/* Positions and sizes, in units of the picture. */
enum {
	WIDTH = 1000,
	MARGIN = 20,
	TOP = 60,
	BALANCER_WIDTH = 210,
	BALANCER_ROOM =
		640, /* its box is centred in this height, so that a browser shows it first */
	FRONTEND_HEIGHT = 20,
	FRONTENDS_MAX = 12,
	SPACE_X = 310,
	SPACE_WIDTH = 80,
	SPACE_HEIGHT_MIN = 320,
	BOX_X = 500,
	BOX_WIDTH = WIDTH - MARGIN - BOX_X,
	BOX_GAP = 8,
	LINE_HEIGHT = 17,
	ROWS_ROOMY = 20, /* with more rows, a box has one line */
};

/* Columns of text that fit, in the fonts of canvas.c */
enum {
	LABEL_COLUMNS = 9,
	FRONTEND_COLUMNS = 25,
	REASON_COLUMNS = 62,
};

/* A box has its details below its name, or all in one line. */
static const struct shape {
	int height, name_y, details_x, details_y;
	unsigned name_columns, details_columns;
} shapes[] = {
	{50, 21, 18, 40, 40, 64},
	{24, 17, 170, 17, 17, 34},
};

struct box {
	const struct map_row *row;
	int y, height;
	struct strbuf reason; /* why it is refused, in lines */
};

struct svg {
	struct strbuf *buf; /* borrowed: the document */
	const struct map *map;
	const struct shape *shape;
	struct box *boxes; /* owned, by row */
	int height;        /* of the selector space */
};

/* --- measures ---------------------------------------------------------------------------- */

static void svg_done(struct svg *svg)
{
	for (size_t i = 0; svg->boxes && i < svg->map->n_rows; i++)
		strbuf_done(&svg->boxes[i].reason);
	free(svg->boxes);
}

static int box_measure(struct box *box, const struct map_row *row, const struct shape *shape)
{
	_cleanup_strbuf_ struct strbuf reason = STRBUF_INIT;
	unsigned lines;

	*box = (struct box){.row = row, .height = shape->height, .reason = STRBUF_INIT};
	if (row->state != MAP_REFUSED)
		return 0;

	strbuf_appendf(&reason, "refused: %s", row->instance->first_error->text);
	if (strbuf_error(&reason) < 0)
		return strbuf_error(&reason);
	lines = text_append_folded(&box->reason, reason.text, REASON_COLUMNS);
	box->height += LINE_HEIGHT * (int)lines;
	return strbuf_error(&box->reason);
}

/* Spread the boxes over the height of the selector space, which grows if they do not fit. */
static int svg_measure(struct svg *svg)
{
	const struct map *map = svg->map;
	int n = (int)map->n_rows, used = 0, spare;

	svg->shape = &shapes[map->n_rows > ROWS_ROOMY];
	svg->boxes = calloc(map->n_rows + 1, sizeof(*svg->boxes));
	if (!svg->boxes)
		return -ENOMEM;
	for (int i = 0; i < n; i++)
		svg->boxes[i].reason = (struct strbuf)STRBUF_INIT;

	for (int i = 0; i < n; i++) {
		int r = box_measure(&svg->boxes[i], &map->rows[i], svg->shape);

		if (r < 0)
			return r;
		used += svg->boxes[i].height + BOX_GAP;
	}

	svg->height = used > SPACE_HEIGHT_MIN ? used : SPACE_HEIGHT_MIN;
	spare = n ? (svg->height - used) / n + BOX_GAP : 0;
	for (int i = 0, y = TOP; i < n; i++) {
		svg->boxes[i].y = y + spare / 2;
		y += svg->boxes[i].height + spare;
	}
	return 0;
}

/* Instances that are ok take colours in turn; other rows have the colour of their state. */
static const char *svg_row_class(const struct svg *svg, const struct map_row *row)
{
	static const char *const colors[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};
	static const char *const states[MAP_STATE_COUNT] = {
		[MAP_REFUSED] = "refused", [MAP_OTHERS] = "others", [MAP_NOBODY] = "nobody"};
	const char *class = states[row->state];

	return class ? class : colors[(size_t)(row - svg->map->rows) % ELEMENTSOF(colors)];
}

/* --- the load balancer ------------------------------------------------------------------- */

/* The name of the element in the file is Udp, Tcp or Tls. */
static void svg_append_frontend(struct svg *svg, const struct frontend *frontend, int y)
{
	const char *tag = frontend->element.source->data + frontend->element.offset + 1;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "%.3s ", tag);
	if (frontend->address.text)
		strbuf_append(&text, excerpt(frontend->address.text).text);
	canvas_open_group(svg->buf, text.text);
	canvas_text(svg->buf, MARGIN + 14, y, value_is_good(&frontend->address) ? "" : "bad",
		    text.text, FRONTEND_COLUMNS);
	canvas_close_group(svg->buf);
	canvas_inherit_error(svg->buf, &text);
}

static size_t shown_frontends(const struct load_balancer *lb)
{
	return lb->n_frontends > FRONTENDS_MAX ? FRONTENDS_MAX : lb->n_frontends;
}

/* Draw what is below the name of the load balancer. */
static void svg_append_frontends(struct svg *svg, int y)
{
	const struct installation *installation = svg->map->assignment->installation;
	const struct load_balancer *lb = &installation->load_balancer;
	size_t shown = shown_frontends(lb);

	if (!assignment_is_known(svg->map->assignment))
		canvas_text(svg->buf, MARGIN + 14, y, "bad",
			    installation->has_load_balancer ? "settings cannot be used"
							    : "no settings",
			    FRONTEND_COLUMNS);
	for (size_t i = 0; i < shown; i++)
		svg_append_frontend(svg, &lb->frontends[i], y + FRONTEND_HEIGHT * (int)i);
	if (shown < lb->n_frontends) {
		char more[32];

		snprintf(more, sizeof(more), "and %zu more", lb->n_frontends - shown);
		canvas_text(svg->buf, MARGIN + 14, y + FRONTEND_HEIGHT * (int)shown, "dim", more,
			    FRONTEND_COLUMNS);
	}
}

static void svg_append_balancer(struct svg *svg)
{
	const struct load_balancer *lb = &svg->map->assignment->installation->load_balancer;
	size_t shown = shown_frontends(lb);
	int lines = (int)shown +
		    (shown < lb->n_frontends || !assignment_is_known(svg->map->assignment));
	int height = 42 + FRONTEND_HEIGHT * lines;
	int room = svg->height < BALANCER_ROOM ? svg->height : BALANCER_ROOM;
	int y = TOP + (room > height ? (room - height) / 2 : 0);

	canvas_rect(svg->buf, MARGIN, y, BALANCER_WIDTH, height, "box round");
	canvas_text(svg->buf, MARGIN + 14, y + 26, "name", "LoadBalancer2", FRONTEND_COLUMNS);
	svg_append_frontends(svg, y + 50);
	if (assignment_is_known(svg->map->assignment))
		canvas_arrow(svg->buf, MARGIN + BALANCER_WIDTH, y + height / 2, SPACE_X - 26);
}

/* --- the selector space ------------------------------------------------------------------ */

static void svg_append_scale(struct svg *svg)
{
	for (int digit = 0; digit < 16; digit++) {
		char text[] = {"0123456789ABCDEF"[digit], 0};

		canvas_text(svg->buf, SPACE_X - 8, TOP + svg->height * digit / 16 + 11,
			    "mono dim end", text, 1);
	}
}

/* Append `4/2 Sipis2`: the backend of a segment, or the first prefix of one that has none. */
static void append_taker(struct strbuf *buf, const struct assignment *assignment,
			 const struct segment *segment)
{
	const struct backend *backend = segment->winner == PARTITION_NOBODY
						? NULL
						: assignment_backend(assignment, segment->winner);
	struct prefix first = range_first_prefix(&segment->range);
	char text[PREFIX_TEXT_MAX];

	strbuf_append(buf, prefix_format(backend ? &backend->prefix.prefix : &first, text));
	strbuf_append_char(buf, ' ');
	if (backend && backend_name(backend))
		strbuf_append(buf, excerpt(backend_name(backend)).text);
}

/* Draw a segment of the space, its prefix, and the curve to its box. */
static void svg_append_segment(struct svg *svg, const struct segment *segment)
{
	const struct map_row *row = map_find(svg->map, segment->winner);
	const struct box *box;
	const char *class;
	_cleanup_strbuf_ struct strbuf taker = STRBUF_INIT;
	int from, height;
	uint32_t start, end;

	assert(row); /* each segment has selectors, so its row is there */
	box = &svg->boxes[row - svg->map->rows];
	class = svg_row_class(svg, row);
	range_scale(&segment->range, (uint32_t)svg->height, &start, &end);
	height = (int)(end - start);
	from = TOP + (int)start + height / 2;
	append_taker(&taker, svg->map->assignment, segment);
	canvas_open_group(svg->buf, taker.text);
	/* Leave a line between two segments of one colour. */
	canvas_rect(svg->buf, SPACE_X, TOP + (int)start, SPACE_WIDTH,
		    height > 3 ? height - 1 : height, class);
	canvas_curve(svg->buf, SPACE_X + SPACE_WIDTH, from, BOX_X, box->y + box->height / 2, class);
	if (height >= LINE_HEIGHT) {
		taker.text[strcspn(taker.text, " ")] = 0;
		canvas_text(svg->buf, SPACE_X + SPACE_WIDTH / 2, from + 4,
			    row->state == MAP_NOBODY ? "mono mid bad" : "mono mid on", taker.text,
			    LABEL_COLUMNS);
	}
	canvas_close_group(svg->buf);
	canvas_inherit_error(svg->buf, &taker);
}

static void svg_append_space(struct svg *svg)
{
	const struct partition *partition = svg->map->assignment->partition;

	svg_append_scale(svg);
	if (!assignment_is_known(svg->map->assignment)) {
		canvas_rect(svg->buf, SPACE_X, TOP, SPACE_WIDTH, svg->height, "box");
		return;
	}
	for (size_t i = 0; i < partition->count; i++)
		svg_append_segment(svg, &partition->segments[i]);
}

/* --- the instances ----------------------------------------------------------------------- */

static void append_port(struct strbuf *buf, const char *what, const struct value *port)
{
	if (value_is_good(port))
		strbuf_appendf(buf, "%s %u · ", what, port->port);
}

static void svg_append_details(struct svg *svg, const struct box *box)
{
	static const char *const words[MAP_STATE_COUNT] = {
		[MAP_OTHERS] = "no instance here · ",
		[MAP_NOBODY] = "nobody serves them · ",
	};
	const struct map_row *row = box->row;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	if (row->instance) {
		const struct listener *listeners = row->instance->settings.listeners;

		append_port(&text, "SIP", &listeners[LISTENER_SERVER].port);
		append_port(&text, "HTTP", &listeners[LISTENER_HTTP].port);
	} else
		strbuf_append(&text, words[row->state]);
	if (row->texts[MAP_PREFIXES].length)
		strbuf_append(&text, row->texts[MAP_PREFIXES].text);
	else
		strbuf_append(&text, assignment_is_known(svg->map->assignment)
					     ? "no prefix"
					     : "prefixes unknown");
	canvas_text(svg->buf, svg->shape->details_x, svg->shape->details_y, "dim", text.text,
		    svg->shape->details_columns);
	canvas_inherit_error(svg->buf, &text);
}

static void svg_append_name(struct svg *svg, const struct map_row *row)
{
	static const char *const words[MAP_STATE_COUNT] = {
		[MAP_OTHERS] = "other backends", [MAP_NOBODY] = "served by nobody"};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	strbuf_append(&text, row->instance ? row->texts[MAP_INSTANCE].text : words[row->state]);
	if (row->texts[MAP_NAME].length)
		strbuf_appendf(&text, " · %s", row->texts[MAP_NAME].text);
	canvas_text(svg->buf, 18, svg->shape->name_y,
		    row->state == MAP_REFUSED || row->state == MAP_NOBODY ? "name bad" : "name",
		    text.text, svg->shape->name_columns);
	canvas_inherit_error(svg->buf, &text);
}

static void svg_append_reason(struct svg *svg, const struct box *box)
{
	int y = svg->shape->height + 10;

	for (char *line = box->reason.text, *end; *line; line = end, y += LINE_HEIGHT) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = 0;
		canvas_text(svg->buf, 18, y, "bad", line, REASON_COLUMNS);
	}
}

/* Draw a box. It clips its texts. */
static void svg_append_box(struct svg *svg, const struct box *box)
{
	const struct map_row *row = box->row;

	canvas_open(svg->buf, BOX_X, box->y, BOX_WIDTH, box->height);
	canvas_title(svg->buf, row->state == MAP_REFUSED ? row->instance->first_error->text
							 : row->texts[MAP_PREFIXES].text);
	canvas_rect(svg->buf, 1, 1, BOX_WIDTH - 2, box->height - 2,
		    row->state == MAP_NOBODY ? "nobody" : "box");
	if (row->state != MAP_NOBODY)
		canvas_rect(svg->buf, 0, 0, 8, box->height, svg_row_class(svg, row));
	svg_append_name(svg, row);
	svg_append_details(svg, box);
	canvas_text(svg->buf, BOX_WIDTH - 12, svg->shape->name_y, "name end",
		    row->texts[MAP_SHARE].text, REASON_COLUMNS);
	svg_append_reason(svg, box);
	canvas_close(svg->buf);
}

/* --- the document ------------------------------------------------------------------------ */

static void svg_append_summary(struct svg *svg)
{
	size_t counts[MAP_STATE_COUNT] = {}, instances;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < svg->map->n_rows; i++)
		counts[svg->map->rows[i].state]++;
	instances = counts[MAP_OK] + counts[MAP_REFUSED];
	strbuf_appendf(&text, "%zu instance%s", instances, instances == 1 ? "" : "s");
	if (counts[MAP_REFUSED])
		strbuf_appendf(&text, ", %zu refused", counts[MAP_REFUSED]);
	canvas_text(svg->buf, WIDTH - MARGIN, 36, counts[MAP_REFUSED] ? "bad end" : "dim end",
		    text.text, REASON_COLUMNS);
	canvas_inherit_error(svg->buf, &text);
}

int map_svg_append(struct strbuf *buf, const struct map *map)
{
	_cleanup_(svg_done) struct svg svg = {.buf = buf, .map = map};
	int r;

	r = svg_measure(&svg);
	if (r < 0)
		return r;

	canvas_begin(buf, "SIPIS behind LoadBalancer2", WIDTH, TOP + svg.height + MARGIN);
	canvas_text(buf, MARGIN, 36, "big", "SIPIS behind LoadBalancer2", REASON_COLUMNS);
	svg_append_summary(&svg);
	svg_append_balancer(&svg);
	svg_append_space(&svg);
	for (size_t i = 0; i < map->n_rows; i++)
		svg_append_box(&svg, &svg.boxes[i]);
	return canvas_end(buf);
}
