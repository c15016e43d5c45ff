/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/element-edits.h"

#include <string.h>

#include "document/markup.h"

static struct markup_cursor cursor_of(const struct place *tag)
{
	const char *data = tag->source->data;
	struct markup_cursor cursor = {
		.at = data + tag->offset + 1,
		.end = data + tag->offset + tag->length,
	};

	markup_skip_name(&cursor);
	return cursor;
}

static bool find_attribute(const struct place *tag, const char *name,
			   struct markup_attribute *ret_attribute)
{
	struct markup_cursor cursor = cursor_of(tag);

	while (markup_next_attribute(&cursor, ret_attribute))
		if (ret_attribute->name_length == strlen(name) &&
		    !memcmp(ret_attribute->name, name, ret_attribute->name_length))
			return true;
	return false;
}

const char *tag_raw_value(const struct place *tag, const char *attribute, size_t *ret_length)
{
	struct markup_attribute found;

	if (!find_attribute(tag, attribute, &found))
		return NULL;
	*ret_length = found.value_length;
	return found.value;
}

/* The attribute that a new one is put beside, and the blanks before it. False: there is none. */
struct neighbour {
	struct markup_attribute attribute;
	const char *blanks;
};

static bool find_neighbour(const struct place *tag, enum tag_end where, struct neighbour *ret)
{
	struct markup_cursor cursor = cursor_of(tag);
	struct markup_attribute attribute;
	const char *blanks = cursor.at;
	bool found = false;

	for (; !(found && where == TAG_FIRST) && markup_next_attribute(&cursor, &attribute);
	     blanks = cursor.at) {
		*ret = (struct neighbour){attribute, blanks};
		found = true;
	}
	return found;
}

static int insert_attribute(struct edits *edits, const struct place *tag, const char *name,
			    const char *raw, enum tag_end where)
{
	const char *data = tag->source->data, *at = cursor_of(tag).at, *blanks = " ";
	struct strbuf text = STRBUF_INIT;
	struct neighbour neighbour;
	size_t n_blanks = 1;
	char quote = '"';
	int r;

	if (find_neighbour(tag, where, &neighbour)) {
		const struct markup_attribute *attribute = &neighbour.attribute;

		blanks = neighbour.blanks;
		n_blanks = (size_t)(attribute->name - blanks);
		quote = attribute->value[-1];
		if (where == TAG_LAST)
			at = attribute->value + attribute->value_length + 1;
	}
	strbuf_append_bytes(&text, blanks, n_blanks);
	strbuf_appendf(&text, "%s=%c%s%c", name, quote, raw, quote);
	r = strbuf_error(&text);
	if (r == 0)
		r = edits_add(edits, (size_t)(at - data), 0, text.text);
	strbuf_done(&text);
	return r;
}

int tag_set(struct edits *edits, const struct place *tag, const char *attribute, const char *raw,
	    enum tag_end where)
{
	size_t length = 0;
	const char *value = tag_raw_value(tag, attribute, &length);

	if (!value)
		return insert_attribute(edits, tag, attribute, raw, where);
	if (length == strlen(raw) && !memcmp(value, raw, length))
		return 0;
	return edits_add(edits, (size_t)(value - tag->source->data), length, raw);
}

void tag_append_escaped(struct strbuf *buf, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			strbuf_append(buf, "&amp;");
			break;
		case '<':
			strbuf_append(buf, "&lt;");
			break;
		case '"':
			strbuf_append(buf, "&quot;");
			break;
		case '\'':
			strbuf_append(buf, "&apos;");
			break;
		default:
			strbuf_append_char(buf, *text);
		}
}

int tag_set_text(struct edits *edits, const struct place *tag, const char *attribute,
		 const char *text, enum tag_end where)
{
	struct strbuf raw = STRBUF_INIT;
	int r;

	tag_append_escaped(&raw, text);
	r = strbuf_error(&raw);
	if (r == 0)
		r = tag_set(edits, tag, attribute, raw.text, where);
	strbuf_done(&raw);
	return r;
}

/* Behind the `>` of the tag at `at`; what stands in quotes does not end it. */
static const char *behind_tag(const char *at, const char *end, bool *ret_empty)
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

size_t tag_element_end(const struct place *tag)
{
	const char *data = tag->source->data, *end = data + tag->source->size, *next;
	const char *at = data + tag->offset;
	size_t depth = 0;
	bool empty;

	while (at && at < end) {
		next = markup_skip_opaque(at, end);
		if (next == at) {
			bool closes = at + 1 < end && at[1] == '/';

			next = behind_tag(at, end, &empty);
			depth += closes ? (size_t)-1 : !empty;
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

size_t tag_line_end(const struct place *tag)
{
	static const char comment[] = "<!--";
	const char *data = tag->source->data, *end = data + tag->source->size, *at, *behind;
	size_t element = tag_element_end(tag);
	char before = data[tag_indentation(tag)];

	if (before != '\n' && before != '\r')
		return element; /* it shares its line with others */
	at = skip_line_blanks(data + element, end);
	if ((size_t)(end - at) < strlen(comment) || memcmp(at, comment, strlen(comment)) != 0)
		return element;
	behind = markup_skip_opaque(at, end);
	at = skip_line_blanks(behind, end);
	return at < end && (*at == '\n' || *at == '\r') ? (size_t)(behind - data) : element;
}

size_t tag_indentation(const struct place *tag)
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
