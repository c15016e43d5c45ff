/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/near-markup.h"

#include <stdio.h>
#include <string.h>

#include "document/markup.h"
#include "util/near-names.h"

/* Longer names are not near those that are read. */
#define NAME_LENGTH_MAX 63

/* Copy a name of the document. Returns false if it is longer than any that can be near. */
static bool name_copy(char found[static NAME_LENGTH_MAX + 1], const char *name, size_t length)
{
	if (length > NAME_LENGTH_MAX)
		return false;
	memcpy(found, name, length);
	found[length] = '\0';
	return true;
}

static struct near_hint make_hint(const char *name, const char *found)
{
	struct near_hint hint;

	(void)snprintf(hint.text, sizeof(hint.text), ": write %s, not \"%s\"", name,
		       excerpt(found).text);
	return hint;
}

struct near_hint near_attribute(const struct place *tag, const char *name)
{
	const char *data = tag->source->data + tag->offset;
	struct markup_cursor cursor = {.at = data + 1, .end = data + tag->length};
	struct markup_attribute attribute;

	markup_skip_name(&cursor);
	while (markup_next_attribute(&cursor, &attribute)) {
		char found[NAME_LENGTH_MAX + 1];

		if (name_copy(found, attribute.name, attribute.name_length) &&
		    strcmp(found, name) != 0 && names_are_near(found, name))
			return make_hint(name, found);
	}
	return (struct near_hint){};
}

bool near_element(const struct grammar *grammar, const char *found, const char *name)
{
	if (!strcmp(found, name))
		return true;
	for (size_t i = 0; i < grammar->n_elements; i++)
		if (!strcmp(grammar->elements[i].name, found))
			return false;
	return names_are_near(found, name);
}

/* Copy the name of a tag, without its prefix. Returns false if it is too long. */
static bool tag_copy_name(char found[static NAME_LENGTH_MAX + 1], const char *tag, size_t length)
{
	const char *colon = memchr(tag, ':', length);
	const char *local = colon ? colon + 1 : tag;

	return name_copy(found, local, (size_t)(tag + length - local));
}

/* Step over the tag whose name the cursor is at. Return true if it opens an element that is not
 * empty. */
static bool tag_skip(struct markup_cursor *cursor)
{
	struct markup_attribute attribute;

	while (markup_next_attribute(cursor, &attribute))
		;
	return cursor->at < cursor->end && *cursor->at != '/';
}

struct near_hint near_child(const struct source *source, const struct grammar *grammar,
			    const char *name)
{
	const char *end = source->data + source->size, *at = source->data, *next;
	char found[NAME_LENGTH_MAX + 1];
	unsigned depth = 0;

	for (; (at = memchr(at, '<', (size_t)(end - at))); at = next) {
		struct markup_cursor cursor = {.at = at + 1, .end = end};
		const char *tag = at + 1;

		next = markup_skip_opaque(at, end);
		if (next != at)
			continue;
		next = tag;
		if (tag < end && *tag == '/') {
			depth--;
			continue;
		}

		markup_skip_name(&cursor);
		if (depth == 1 && tag_copy_name(found, tag, (size_t)(cursor.at - tag)) &&
		    strcmp(found, name) != 0 && near_element(grammar, found, name))
			return make_hint(name, found);
		depth += tag_skip(&cursor);
		next = cursor.at;
	}
	return (struct near_hint){};
}
