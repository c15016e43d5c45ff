/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The columns about an instance that come from its settings and from the load balancer's. `list`
 * has only these; in `status` they come first.
 */

#include "sipisctl/show/assignment.h"
#include "sipisctl/show/table.h"
#include "util/strbuf.h"

enum instance_column {
	CELL_INSTANCE,
	CELL_NAME,
	CELL_ADDRESS,
	CELL_PORT,
	CELL_HTTP,
	CELL_REALM,
	CELL_PREFIXES,
	CELL_SHARE,
	CELL_STATE,
	CELL_LOCK,
	CELL_LOG,
	CELL_SETTINGS,
	CELL_COUNT
};

extern const struct table_column instance_columns[CELL_COUNT];

/*
 * Fill the cells of a table's last row. The table's first columns must be instance_columns. Return
 * 0 or -ENOMEM.
 */
int instance_columns_set(struct table *table, const struct assignment *assignment,
			 const struct assigned_instance *instance);

/* Return whether the caller, who is not root, may not read the instance's settings. */
bool instance_is_unreadable(const struct instance *instance);

/* Return STATE without what systemd knows: ok, refused or unreadable. */
const char *instance_state_word(const struct instance *instance);
