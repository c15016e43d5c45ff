/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names and paths with the suffix of an instance: `Sipis2`, `/run/sipis/sipis2.lock`.
 *
 * The functions also work on the raw bytes of attribute values: a suffix has no byte that is
 * markup, so a well-formed value stays well-formed.
 */

#include <stddef.h>

#include "util/strbuf.h"

/* "" is the suffix of the only instance of an installation. */
struct renumbering {
	const char *old, *new;
};

/* Append `name`, its old suffix replaced by the new one. A name without the old suffix keeps all.
 */
void numbering_append_name(struct strbuf *buf, const char *name, size_t length,
			   const struct renumbering *renumbering);

/*
 * Append `path`, with the suffix before the extension of its last component replaced in the same
 * way. The empty path stays empty.
 */
void numbering_append_path(struct strbuf *buf, const char *path, size_t length,
			   const struct renumbering *renumbering);
