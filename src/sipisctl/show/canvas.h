/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The few shapes that an SVG document is drawn with. Colours and fonts are classes, so that they
 * can suit a light page and a dark one. Texts must be fit to be shown (see escape.h); they become
 * fit for XML here.
 */

#include "util/strbuf.h"

struct canvas {
	struct strbuf *buf; /* borrowed: where the document goes */
	struct strbuf line; /* the text that is being written */
};

#define CANVAS_INIT(document)                          \
	{                                              \
		.buf = (document), .line = STRBUF_INIT \
	}

void canvas_done(struct canvas *canvas);

void canvas_begin(struct canvas *canvas, const char *title, int width, int height);

/* The document is complete: 0 or -ENOMEM. */
int canvas_end(struct canvas *canvas);

/* Free a text of the caller's; where it lacked memory, so does the document. */
void canvas_drawn(struct canvas *canvas, struct strbuf *text);

/* A line of text from `x` on (or up to it, or around it: by class), cut to `columns`. */
void canvas_text(struct canvas *canvas, int x, int y, const char *class, const char *text,
		 unsigned columns);

/* What a browser shows where the mouse rests: all of it. */
void canvas_title(struct canvas *canvas, const char *text);

void canvas_rect(struct canvas *canvas, int x, int y, int width, int height, const char *class);

/* An S from one point to another, or an arrow to the right. */
void canvas_curve(struct canvas *canvas, int x, int y, int to_x, int to_y, const char *class);
void canvas_arrow(struct canvas *canvas, int x, int y, int to_x);

/* A picture in the picture, which nothing inside can leave. */
void canvas_open(struct canvas *canvas, int x, int y, int width, int height);
void canvas_close(struct canvas *canvas);

/* What belongs together, under one title. */
void canvas_open_group(struct canvas *canvas, const char *title);
void canvas_close_group(struct canvas *canvas);
