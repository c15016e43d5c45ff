/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The map as lines of text: columns, and a bar that takes the rest of the line. */

#include "sipisctl/show/map-rows.h"
#include "sipisctl/show/table.h"

/* The columns, for a table too. */
extern const struct table_column map_columns[MAP_TEXT_COUNT];

struct map_style {
	unsigned width; /* of a line */
	bool unicode, color;
};

/* 0 or -ENOMEM. */
int map_append_text(struct strbuf *buf, const struct map *map, const struct map_style *style);
