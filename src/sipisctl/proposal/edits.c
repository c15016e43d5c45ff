/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/edits.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "util/array.h"

void edits_done(struct edits *edits)
{
	for (size_t i = 0; i < edits->n; i++)
		free(edits->items[i].text);
	free(edits->items);
	*edits = (struct edits){};
}

/* Insertion sort: there are few edits, and most come in ascending order. */
int edits_add(struct edits *edits, size_t offset, size_t length, const char *text)
{
	struct edit edit = {.offset = offset, .length = length};
	size_t i = edits->n;

	if (ARRAY_RESERVE(edits->items, edits->n, edits->capacity) < 0)
		return -ENOMEM;
	edit.text = strdup(text);
	if (!edit.text)
		return -ENOMEM;

	for (; i && edits->items[i - 1].offset > offset; i--)
		edits->items[i] = edits->items[i - 1];
	edits->items[i] = edit;
	edits->n++;
	return 0;
}

void edits_apply(const struct edits *edits, const char *data, size_t begin, size_t end,
		 struct strbuf *buf)
{
	size_t offset = begin;

	assert(begin <= end);

	for (size_t i = 0; i < edits->n; i++) {
		const struct edit *edit = &edits->items[i];

		if (edit->offset < begin || edit->offset + edit->length > end)
			continue;
		strbuf_append_bytes(buf, data + offset, edit->offset - offset);
		strbuf_append(buf, edit->text);
		offset = edit->offset + edit->length;
	}
	strbuf_append_bytes(buf, data + offset, end - offset);
}
