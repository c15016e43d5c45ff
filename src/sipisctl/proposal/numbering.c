/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/numbering.h"

#include <string.h>

/* The length of `name` without the mark; all of it where nothing else would be left. */
static size_t stem_length(const char *name, size_t length, const char *mark)
{
	size_t mark_length = strlen(mark);

	if (length <= mark_length || memcmp(name + length - mark_length, mark, mark_length) != 0)
		return length;
	return length - mark_length;
}

void numbering_append_name(struct strbuf *buf, const char *name, size_t length,
			   const struct renumbering *renumbering)
{
	strbuf_append_bytes(buf, name, stem_length(name, length, renumbering->old));
	strbuf_append(buf, renumbering->new);
}

/* Where the extension begins, the end where there is none: `.lock` alone is a name. */
static size_t extension_offset(const char *path, size_t length)
{
	const char *slash = memrchr(path, '/', length);
	size_t base = slash ? (size_t)(slash - path) + 1 : 0;
	const char *dot = memrchr(path + base, '.', length - base);

	return dot && dot > path + base ? (size_t)(dot - path) : length;
}

void numbering_append_path(struct strbuf *buf, const char *path, size_t length,
			   const struct renumbering *renumbering)
{
	size_t extension = extension_offset(path, length), base;
	const char *slash = memrchr(path, '/', extension);

	if (!length)
		return;
	base = slash ? (size_t)(slash - path) + 1 : 0;
	strbuf_append_bytes(buf, path, base);
	numbering_append_name(buf, path + base, extension - base, renumbering);
	strbuf_append_bytes(buf, path + extension, length - extension);
}
