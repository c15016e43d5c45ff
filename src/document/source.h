/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A source is one file as it was read, once: the path by which it can be opened, and its bytes.
 * A place is a range of those bytes; line and column are worked out when somebody wants to see
 * them, so that a file without a finding pays nothing for them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"

struct source {
	char *path; /* in the same piece of memory */
	char *data; /* `size` bytes and a NUL; NULL: not read */
	size_t size;
	size_t tags_end; /* behind the last tag that was read: no place in it is further on */
	unsigned order;  /* where this file stands among all files, in every listing */

	uint32_t *line_starts; /* of all lines, once somebody asked */
	size_t n_lines;

	struct source_texts *texts; /* what was kept; the block that is being filled comes first */
};

struct place {
	struct source *source; /* borrowed: the installation keeps sources as long as places */
	uint32_t offset;       /* PLACE_WHOLE_FILE: not one place in it */
	uint32_t length;
};

#define PLACE_WHOLE_FILE UINT32_MAX

static inline struct place place_of_file(struct source *source)
{
	return (struct place){.source = source, .offset = PLACE_WHOLE_FILE};
}

static inline bool place_is_whole_file(const struct place *place)
{
	return place->offset == PLACE_WHOLE_FILE;
}

/* A source that has a path and no bytes yet. `path` is copied. 0 or -ENOMEM. */
int source_new(const char *path, unsigned order, struct source **ret_source);
void source_free(struct source *source);
DEFINE_FREEP(struct source, source_freep, source_free)

/* Line and column of a place that is not a whole file; both count from 1, the column in bytes. */
void place_locate(const struct place *place, unsigned *ret_line, unsigned *ret_column);

/*
 * A copy of these bytes and a NUL, which lives as long as the source and may be changed. NULL: no
 * memory.
 */
char *source_keep_text(struct source *source, const void *text, size_t length);

/* Give the bytes back. Places up to `end` can still be located, lines are no longer there. */
void source_forget_bytes(struct source *source, size_t end);

/* The bytes of line `line` (from 1), without its line end; length 0 where there is no such line. */
const char *source_line(struct source *source, unsigned line, size_t *ret_length);
