/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The map as a picture for a browser: LoadBalancer2 and where it listens, the selector space, and
 * the instances, with an edge for each part of the space. One SVG document that needs nothing else.
 */

#include "sipisctl/show/map-rows.h"

/* 0 or -ENOMEM. */
int map_svg_append(struct strbuf *buf, const struct map *map);
