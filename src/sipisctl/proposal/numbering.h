/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names and paths that carry the number of an instance, as the vendor's guide has them: `Sipis2`,
 * `/run/sipis/sipis2.lock`. This works on the raw bytes of attribute values too: no mark has a byte
 * that is markup, so what was well-formed stays so.
 */

#include "util/strbuf.h"

/* From one mark to another: "" is none, as in the name of an installation of one instance. */
struct renumbering {
	const char *old, *new;
};

/* `name` with the new mark behind it instead of the old one, where it ends in that. */
void numbering_append_name(struct strbuf *buf, const char *name, size_t length,
			   const struct renumbering *renumbering);

/*
 * `path` with the new mark before its extension instead of the old one, where that stands there.
 * The empty path stays as it is.
 */
void numbering_append_path(struct strbuf *buf, const char *path, size_t length,
			   const struct renumbering *renumbering);
