/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A source is one file as it was read: its path and its bytes. A place is a range of those bytes.
 * Line and column are computed when a place is shown.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"

struct source {
	char *path;           /* the path by which others can open the file; owned */
	char *data;           /* `size` bytes and a NUL; NULL if the file was not read; owned */
	const char *dangling; /* where the symbolic link points that leads to no file, or NULL */
	size_t size;
	uint64_t digest; /* of the bytes that were read, see util/digest.h */
	unsigned order;  /* position among all files in listings */
	bool silent;     /* its file system did not answer in time */

	uint32_t *line_starts; /* offsets of all lines; NULL until a place is located */
	size_t n_lines;

	struct source_text *texts; /* owned: the texts of source_keep_text() */
};

struct place {
	struct source *source; /* borrowed: the installation keeps sources as long as places */
	uint32_t offset;       /* or PLACE_WHOLE_FILE */
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

/* Make a source without bytes. `path` is copied. 0 or -ENOMEM. */
int source_new(const char *path, unsigned order, struct source **ret_source);
void source_free(struct source *source);
DEFINE_FREEP(struct source, source_freep, source_free)

/*
 * Get line and column of a place that is not a whole file. Both count from 1, the column in bytes.
 * The source must have its bytes.
 */
void place_locate(const struct place *place, unsigned *ret_line, unsigned *ret_column);

/* Copy these bytes and a NUL. The source owns the copy, which may be changed. NULL on OOM. */
char *source_keep_text(struct source *source, const void *text, size_t length);

/* Return the bytes of a line (from 1) without its line end; length 0 if there is no such line. */
const char *source_line(struct source *source, unsigned line, size_t *ret_length);
