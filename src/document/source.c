/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/source.h"

#include <errno.h>
#include <string.h>

#include "util/array.h"

/* The values of a usual settings file fit into one of the smallest blocks. */
#define BLOCK_MIN 144
#define BLOCK_MAX 8192

struct source_texts {
	struct source_texts *next;
	unsigned used, size;
	char bytes[];
};

int source_new(const char *path, unsigned order, struct source **ret_source)
{
	size_t size = strlen(path) + 1;
	struct source *source = calloc(1, sizeof(*source) + size);

	if (!source)
		return -ENOMEM;
	source->order = order;
	source->path = memcpy(source + 1, path, size);
	*ret_source = source;
	return 0;
}

void source_free(struct source *source)
{
	while (source->texts) {
		struct source_texts *texts = source->texts;

		source->texts = texts->next;
		free(texts);
	}
	free(source->data);
	free(source->line_starts);
	free(source);
}

static int source_add_block(struct source *source, size_t length)
{
	size_t size = source->texts ? source->texts->size * 2 : BLOCK_MIN;
	struct source_texts *texts;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	/* The sanitizer is to see a step from one text into the next. */
	if (size <= length || HAVE_ADDRESS_SANITIZER)
		size = length + 1;
	texts = malloc(sizeof(*texts) + size);
	if (!texts)
		return -ENOMEM;
	*texts = (struct source_texts){.next = source->texts, .size = (unsigned)size};
	source->texts = texts;
	return 0;
}

char *source_keep_text(struct source *source, const void *text, size_t length)
{
	char *kept;

	if ((!source->texts || source->texts->size - source->texts->used <= length) &&
	    source_add_block(source, length) < 0)
		return NULL;
	kept = source->texts->bytes + source->texts->used;
	memcpy(kept, text, length);
	kept[length] = 0;
	source->texts->used += (unsigned)length + 1;
	return kept;
}

/* Of the lines that begin in the first `size` bytes, or right behind them. */
static int source_index_lines(struct source *source, size_t size)
{
	_cleanup_free_ uint32_t *starts = NULL;
	size_t n = 0, capacity = 0;
	const char *at = source->data, *end = source->data + size;

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

/* Without memory for the table of lines they stay: a place can always be told. */
void source_forget_bytes(struct source *source, size_t end)
{
	if (!source->data || (!source->line_starts && source_index_lines(source, end) < 0))
		return;
	free(source->data);
	source->data = NULL;
}

/* Without memory for the table: slower, and as right. */
static void locate_by_counting(const struct place *place, unsigned *ret_line, unsigned *ret_column)
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

void place_locate(const struct place *place, unsigned *ret_line, unsigned *ret_column)
{
	struct source *source = place->source;
	size_t low = 0, high;

	if (!source->line_starts && source_index_lines(source, source->size) < 0) {
		locate_by_counting(place, ret_line, ret_column);
		return;
	}
	high = source->n_lines;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->line_starts[middle] <= place->offset)
			low = middle;
		else
			high = middle;
	}
	*ret_line = (unsigned)low + 1;
	*ret_column = place->offset - source->line_starts[low] + 1;
}

const char *source_line(struct source *source, unsigned line, size_t *ret_length)
{
	const char *start, *end;

	*ret_length = 0;
	if (!source->data ||
	    (!source->line_starts && source_index_lines(source, source->size) < 0) || !line ||
	    line > source->n_lines)
		return "";
	start = source->data + source->line_starts[line - 1];
	end = line < source->n_lines ? source->data + source->line_starts[line] - 1
				     : source->data + source->size;
	if (end > start && end[-1] == '\r')
		end--;
	*ret_length = (size_t)(end - start);
	return start;
}
