/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/numbering.h"

#include <string.h>

/* Return the length of `name` without the suffix, or all of it if nothing else would remain. */
static size_t stem_length(const char *name, size_t length, const char *suffix)
{
	size_t n = strlen(suffix);

	if (length <= n || memcmp(name + length - n, suffix, n) != 0)
		return length;
	return length - n;
}

void numbering_append_name(struct strbuf *buf, const char *name, size_t length,
			   const struct renumbering *renumbering)
{
	strbuf_append_bytes(buf, name, stem_length(name, length, renumbering->old));
	strbuf_append(buf, renumbering->new);
}

static size_t base_offset(const char *path, size_t length)
{
	const char *slash = memrchr(path, '/', length);

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Return where the extension begins, or `length`. A leading dot (`.lock`) begins no extension. */
static size_t extension_offset(const char *path, size_t length)
{
	size_t base = base_offset(path, length);
	const char *dot = memrchr(path + base, '.', length - base);

	return dot && dot > path + base ? (size_t)(dot - path) : length;
}

void numbering_append_path(struct strbuf *buf, const char *path, size_t length,
			   const struct renumbering *renumbering)
{
	size_t base = base_offset(path, length), extension = extension_offset(path, length);

	if (!length)
		return;

	strbuf_append_bytes(buf, path, base);
	numbering_append_name(buf, path + base, extension - base, renumbering);
	strbuf_append_bytes(buf, path + extension, length - extension);
}
