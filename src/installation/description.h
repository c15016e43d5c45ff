/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The Description= of a healthy instance: `SIPIS NAME (port N, HTTP port M)`. The generator writes
 * it, and sipisctl reads from it what the loaded unit was generated for.
 */

#include "installation/settings.h"
#include "util/escape.h"
#include "util/strbuf.h"

struct description {
	struct excerpt name; /* of Server[Name] */
	uint16_t port;       /* Server[Port] */
	uint16_t http_port;  /* HttpServer[Port]; 0: left to SIPIS's default */
};

/* Return the description of settings that have no error. */
struct description description_of(const struct settings *settings);

void description_append(struct strbuf *buf, const struct description *description);

/* Parse what description_append() wrote. Return false for any other text. */
bool description_parse(const char *text, struct description *ret);
