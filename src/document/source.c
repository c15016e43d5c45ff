/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/source.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "util/array.h"

struct source_text {
	struct source_text *next;
	char bytes[];
};

int source_new(const char *path, unsigned order, struct source **ret_source)
{
	_cleanup_(source_freep) struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return -ENOMEM;

	source->order = order;
	source->path = strdup(path);
	if (!source->path)
		return -ENOMEM;

	*ret_source = TAKE_PTR(source);
	return 0;
}

void source_free(struct source *source)
{
	if (!source)
		return;

	while (source->texts) {
		struct source_text *text = source->texts;

		source->texts = text->next;
		free(text);
	}
	free(source->path);
	free(source->data);
	free(source->line_starts);
	free(source);
}

char *source_keep_text(struct source *source, const void *text, size_t length)
{
	struct source_text *kept = malloc(sizeof(*kept) + length + 1);

	if (!kept)
		return NULL;

	memcpy(kept->bytes, text, length);
	kept->bytes[length] = 0;
	kept->next = source->texts;
	source->texts = kept;
	return kept->bytes;
}

static int source_index_lines(struct source *source)
{
	const char *at = source->data, *end = source->data + source->size;
	_cleanup_free_ uint32_t *starts = NULL;
	size_t n = 0, capacity = 0;

	if (source->line_starts)
		return 0;

	while (at) {
		if (ARRAY_RESERVE(starts, n, capacity) < 0)
			return -ENOMEM;

		starts[n++] = (uint32_t)(at - source->data);
		at = memchr(at, '\n', (size_t)(end - at));
		if (at)
			at++;
	}
	source->line_starts = TAKE_PTR(starts);
	source->n_lines = n;
	return 0;
}

/* Locate a place on OOM, when there is no table of lines. */
static void place_locate_by_counting(const struct place *place, unsigned *ret_line,
				     unsigned *ret_column)
{
	const char *at = place->source->data, *target = at + place->offset;
	unsigned line = 1;
	const char *next;

	while ((next = memchr(at, '\n', (size_t)(target - at)))) {
		at = next + 1;
		line++;
	}
	*ret_line = line;
	*ret_column = (unsigned)(target - at) + 1;
}

static bool line_starts_up_to(const void *item, const void *key)
{
	const uint32_t *start = item, *offset = key;

	return *start <= *offset;
}

void place_locate(const struct place *place, unsigned *ret_line, unsigned *ret_column)
{
	struct source *source = place->source;
	size_t line;

	assert(source->data);
	assert(place->offset <= source->size);

	if (source_index_lines(source) < 0) {
		place_locate_by_counting(place, ret_line, ret_column);
		return;
	}

	line = array_lower_bound(source->line_starts, source->n_lines, sizeof(*source->line_starts),
				 &place->offset, line_starts_up_to);
	*ret_line = (unsigned)line;
	*ret_column = place->offset - source->line_starts[line - 1] + 1;
}

const char *source_line(struct source *source, unsigned line, size_t *ret_length)
{
	const char *start, *end;

	*ret_length = 0;
	if (!source->data || source_index_lines(source) < 0 || !line || line > source->n_lines)
		return "";

	start = source->data + source->line_starts[line - 1];
	end = line < source->n_lines ? source->data + source->line_starts[line] - 1
				     : source->data + source->size;
	if (end > start && end[-1] == '\r')
		end--;

	*ret_length = (size_t)(end - start);
	return start;
}
