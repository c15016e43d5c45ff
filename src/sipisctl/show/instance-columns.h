/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What tables tell about an instance as its settings and the load balancer's have it. */

#include "sipisctl/show/assignment.h"
#include "sipisctl/show/table.h"
#include "util/strbuf.h"

enum cell {
	CELL_INSTANCE,
	CELL_NAME,
	CELL_PORT,
	CELL_HTTP,
	CELL_REALM,
	CELL_PREFIXES,
	CELL_SHARE,
	CELL_STATE,
	CELL_SETTINGS,
	CELL_COUNT
};

extern const struct table_column cell_columns[CELL_COUNT];

struct cell_context {
	const struct view *view; /* borrowed */
	bool json;
};

/* Append what stands in a cell; nothing where there is nothing to tell. */
void cell_append(struct strbuf *buf, enum cell cell, const struct cell_context *context,
		 const struct view_instance *instance);
