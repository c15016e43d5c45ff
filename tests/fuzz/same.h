/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Two trees that are the same but for what an edit may change. */

#include <libxml/tree.h>
#include <stdbool.h>

struct same {
	/* Attributes that may come, go and change. */
	bool (*attribute_is_free)(const xmlNode *element, const char *attribute);
	/* Nodes that may come and go; NULL: none. */
	bool (*node_is_free)(const xmlNode *node);
};

void check_same_trees(const struct same *same, const xmlDoc *a, const xmlDoc *b);
