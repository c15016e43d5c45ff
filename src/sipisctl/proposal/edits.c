/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/edits.h"

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

/* Kept in order of their offsets: there are few, and most come in that order. */
int edits_add(struct edits *edits, size_t offset, size_t length, const char *text)
{
	struct edit edit = {offset, length, NULL};
	size_t at = edits->n;

	if (ARRAY_RESERVE(edits->items, edits->n, edits->capacity) < 0)
		return -ENOMEM;
	edit.text = strdup(text);
	if (!edit.text)
		return -ENOMEM;
	for (; at && edits->items[at - 1].offset > offset; at--)
		edits->items[at] = edits->items[at - 1];
	edits->items[at] = edit;
	edits->n++;
	return 0;
}

void edits_apply(const struct edits *edits, const char *data, size_t begin, size_t end,
		 struct strbuf *buf)
{
	size_t at = begin;

	for (size_t i = 0; i < edits->n; i++) {
		const struct edit *edit = &edits->items[i];

		if (edit->offset < begin || edit->offset + edit->length > end)
			continue;
		strbuf_append_bytes(buf, data + at, edit->offset - at);
		strbuf_append(buf, edit->text);
		at = edit->offset + edit->length;
	}
	strbuf_append_bytes(buf, data + at, end - at);
}
