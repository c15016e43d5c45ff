/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/element-edits.h"

#include <string.h>

#include "document/markup.h"

static struct markup_cursor tag_cursor(const struct place *tag)
{
	const char *data = tag->source->data;
	struct markup_cursor cursor = {
		.at = data + tag->offset + 1,
		.end = data + tag->offset + tag->length,
	};

	markup_skip_name(&cursor);
	return cursor;
}

static bool tag_find_attribute(const struct place *tag, const char *name,
			       struct markup_attribute *ret_attribute)
{
	struct markup_cursor cursor = tag_cursor(tag);
	size_t length = strlen(name);

	while (markup_next_attribute(&cursor, ret_attribute))
		if (ret_attribute->name_length == length &&
		    !memcmp(ret_attribute->name, name, length))
			return true;
	return false;
}

/* The attribute beside a new one, and the blanks before it. */
struct neighbour {
	struct markup_attribute attribute;
	const char *blanks;
};

/* Return false if the tag has no attributes. */
static bool tag_find_neighbour(const struct place *tag, enum attribute_position position,
			       struct neighbour *ret)
{
	struct markup_cursor cursor = tag_cursor(tag);
	struct markup_attribute attribute;
	const char *blanks = cursor.at;
	bool found = false;

	while (markup_next_attribute(&cursor, &attribute)) {
		*ret = (struct neighbour){attribute, blanks};
		found = true;
		if (position == ATTRIBUTE_FIRST)
			break;
		blanks = cursor.at;
	}
	return found;
}

static int tag_insert_attribute(struct edits *edits, const struct place *tag, const char *name,
				const char *raw, enum attribute_position position)
{
	const char *at = tag_cursor(tag).at, *blanks = " ";
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct neighbour neighbour;
	size_t n_blanks = 1;
	char quote = '"';

	if (tag_find_neighbour(tag, position, &neighbour)) {
		const struct markup_attribute *attribute = &neighbour.attribute;

		blanks = neighbour.blanks;
		n_blanks = (size_t)(attribute->name - blanks);
		quote = attribute->value[-1];
		if (position == ATTRIBUTE_LAST)
			at = attribute->value + attribute->value_length + 1;
	}

	strbuf_append_bytes(&text, blanks, n_blanks);
	strbuf_appendf(&text, "%s=%c%s%c", name, quote, raw, quote);
	if (strbuf_error(&text) < 0)
		return strbuf_error(&text);
	return edits_add(edits, (size_t)(at - tag->source->data), 0, text.text);
}

int element_set(struct edits *edits, const struct place *tag, const char *attribute,
		const char *raw, enum attribute_position position)
{
	struct markup_attribute old;

	if (!tag_find_attribute(tag, attribute, &old))
		return tag_insert_attribute(edits, tag, attribute, raw, position);

	if (old.value_length == strlen(raw) && !memcmp(old.value, raw, old.value_length))
		return 0;
	return edits_add(edits, (size_t)(old.value - tag->source->data), old.value_length, raw);
}

int element_set_text(struct edits *edits, const struct place *tag, const char *attribute,
		     const char *text, enum attribute_position position)
{
	_cleanup_strbuf_ struct strbuf raw = STRBUF_INIT;

	markup_append_escaped(&raw, text);
	if (strbuf_error(&raw) < 0)
		return strbuf_error(&raw);
	return element_set(edits, tag, attribute, raw.text, position);
}

const char *element_raw_value(const struct place *tag, const char *attribute, size_t *ret_length)
{
	struct markup_attribute found;

	if (!tag_find_attribute(tag, attribute, &found))
		return NULL;
	*ret_length = found.value_length;
	return found.value;
}

int element_remove(struct edits *edits, const struct place *tag, const char *attribute)
{
	struct markup_cursor cursor = tag_cursor(tag);
	const char *data = tag->source->data, *begin = cursor.at;
	size_t length = strlen(attribute);
	struct markup_attribute old;

	while (markup_next_attribute(&cursor, &old)) {
		const char *end = old.value + old.value_length + 1;

		if (old.name_length == length && !memcmp(old.name, attribute, length))
			return edits_add(edits, (size_t)(begin - data), (size_t)(end - begin), "");
		begin = end;
	}
	return 0;
}

/* Return the byte after the `>` of the tag at `at`. A `>` in quotes does not end a tag. */
static const char *skip_tag(const char *at, const char *end, bool *ret_empty)
{
	char quote = 0;

	for (at++; at < end && (quote || *at != '>'); at++)
		if (quote)
			quote = *at == quote ? 0 : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;

	*ret_empty = at < end && at[-1] == '/';
	return at < end ? at + 1 : end;
}

size_t element_end(const struct place *tag)
{
	const char *data = tag->source->data, *end = data + tag->source->size;
	const char *at = data + tag->offset;
	size_t depth = 0;

	while (at && at < end) {
		const char *next = markup_skip_opaque(at, end);

		if (next == at) {
			bool closes = at + 1 < end && at[1] == '/', empty;

			next = skip_tag(at, end, &empty);
			if (closes)
				depth--;
			else if (!empty)
				depth++;
			if (!depth)
				return (size_t)(next - data);
		}
		at = memchr(next, '<', (size_t)(end - next));
	}
	return tag->source->size;
}

static const char *skip_line_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

size_t element_line_end(const struct place *tag)
{
	static const char comment[] = "<!--";
	const char *data = tag->source->data, *end = data + tag->source->size, *at, *after;
	size_t element = element_end(tag);

	if (!is_line_end(data[element_indentation(tag)]))
		return element; /* it shares its line with others */

	at = skip_line_blanks(data + element, end);
	if ((size_t)(end - at) < strlen(comment) || memcmp(at, comment, strlen(comment)) != 0)
		return element;

	after = markup_skip_opaque(at, end);
	at = skip_line_blanks(after, end);
	return at < end && is_line_end(*at) ? (size_t)(after - data) : element;
}

size_t element_indentation(const struct place *tag)
{
	const char *data = tag->source->data;
	size_t at = tag->offset;

	while (at && (data[at - 1] == ' ' || data[at - 1] == '\t'))
		at--;
	if (at && data[at - 1] == '\n')
		at--;
	if (at && data[at] == '\n' && data[at - 1] == '\r')
		at--;
	return at;
}
