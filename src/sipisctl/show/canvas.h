/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The shapes of an SVG document, appended to a buffer that remembers a failed allocation. Classes
 * give colours and fonts, for light and for dark pages. Texts must be escaped for people, see
 * escape.h; they are escaped for XML here. Coordinates are in units of the picture.
 */

#include "util/strbuf.h"

void canvas_begin(struct strbuf *svg, const char *title, int width, int height);

/* Return 0, or -ENOMEM if any allocation failed. */
int canvas_end(struct strbuf *svg);

/* Let the document fail if `text`, which was drawn, lacked memory. */
void canvas_inherit_error(struct strbuf *svg, const struct strbuf *text);

/* Draw a line of text, cut to `columns`. Its class says whether `x` is its start, middle or end. */
void canvas_text(struct strbuf *svg, int x, int y, const char *class, const char *text,
		 unsigned columns);

/* Set the tooltip of the element that was opened last. */
void canvas_title(struct strbuf *svg, const char *text);

void canvas_rect(struct strbuf *svg, int x, int y, int width, int height, const char *class);

/* Draw an S-shaped curve, or an arrow to the right. */
void canvas_curve(struct strbuf *svg, int x, int y, int to_x, int to_y, const char *class);
void canvas_arrow(struct strbuf *svg, int x, int y, int to_x);

/* Open a picture within the picture: what is drawn until canvas_close() is clipped to it. */
void canvas_open(struct strbuf *svg, int x, int y, int width, int height);
void canvas_close(struct strbuf *svg);

/* Group shapes under one tooltip. */
void canvas_open_group(struct strbuf *svg, const char *title);
void canvas_close_group(struct strbuf *svg);
