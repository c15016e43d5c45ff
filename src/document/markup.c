/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/markup.h"

#include <string.h>

#include "util/macro.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct markup_cursor *cursor)
{
	while (cursor->at < cursor->end && is_blank(*cursor->at))
		cursor->at++;
}

void markup_skip_name(struct markup_cursor *cursor)
{
	static const bool ends_name[256] = {
		[0] = true,    [' '] = true, ['\t'] = true, ['\n'] = true,
		['\r'] = true, ['='] = true, ['/'] = true,  ['>'] = true,
		['?'] = true,  ['"'] = true, ['\''] = true, ['<'] = true,
	};

	while (cursor->at < cursor->end && !ends_name[(unsigned char)*cursor->at])
		cursor->at++;
}

bool markup_next_attribute(struct markup_cursor *cursor, struct markup_attribute *ret_attribute)
{
	struct markup_attribute attribute;
	const char *close;

	skip_blanks(cursor);
	attribute.name = cursor->at;
	markup_skip_name(cursor);
	attribute.name_length = (size_t)(cursor->at - attribute.name);
	skip_blanks(cursor);
	if (!attribute.name_length || cursor->at == cursor->end || *cursor->at != '=')
		return false;

	cursor->at++;
	skip_blanks(cursor);
	if (cursor->at == cursor->end || (*cursor->at != '"' && *cursor->at != '\''))
		return false;

	attribute.value = cursor->at + 1;
	close = memchr(attribute.value, *cursor->at, (size_t)(cursor->end - attribute.value));
	if (!close)
		return false;

	attribute.value_length = (size_t)(close - attribute.value);
	cursor->at = close + 1;
	*ret_attribute = attribute;
	return true;
}

/* These may contain text that looks like markup. */
static const struct {
	const char *open, *close;
} opaque[] = {
	{.open = "<!--", .close = "-->"},
	{.open = "<![CDATA[", .close = "]]>"},
	{.open = "<?", .close = "?>"},
};

static bool begins_with(const char *at, const char *end, const char *text)
{
	return (size_t)(end - at) >= strlen(text) && !memcmp(at, text, strlen(text));
}

const char *markup_skip_opaque(const char *at, const char *end)
{
	for (size_t i = 0; i < ELEMENTSOF(opaque); i++) {
		const char *close = opaque[i].close;
		const char *found;

		if (!begins_with(at, end, opaque[i].open))
			continue;

		at += strlen(opaque[i].open);
		found = memmem(at, (size_t)(end - at), close, strlen(close));
		return found ? found + strlen(close) : end;
	}
	return at;
}

static size_t count_attributes(const char *tag, const char *end, size_t max)
{
	struct markup_cursor cursor = {tag + 1, end};
	struct markup_attribute attribute;
	size_t n = 0;

	markup_skip_name(&cursor);
	while (n <= max && markup_next_attribute(&cursor, &attribute))
		n++;
	return n;
}

/* Return the next `<` after the one at `at`, or the end. */
static const char *next_open(const char *at, const char *end)
{
	const char *next = memchr(at + 1, '<', (size_t)(end - at - 1));

	return next ? next : end;
}

/* Return true if two neighbouring `<` are so far apart, or the last one from the end. */
static bool has_long_tag(const char *data, const char *end, size_t length)
{
	const char *next;

	if ((size_t)(end - data) < length)
		return false;

	for (const char *at = memchr(data, '<', (size_t)(end - data)); at && at < end; at = next) {
		next = next_open(at, end);
		if ((size_t)(next - at) >= length)
			return true;
	}
	return false;
}

const char *markup_find_crowded_tag(const char *data, size_t size, size_t max)
{
	size_t length_min = max * strlen("a=''");
	const char *end = data + size, *at = data;

	if (!has_long_tag(data, end, length_min)) /* the fast path of all real files */
		return NULL;

	while ((at = memchr(at, '<', (size_t)(end - at)))) {
		const char *next = markup_skip_opaque(at, end);

		if (next == at) {
			next = next_open(at, end);
			if ((size_t)(next - at) >= length_min &&
			    count_attributes(at, next, max) > max)
				return at;
		}
		at = next;
	}
	return NULL;
}

const char *markup_skip_misc(const char *data, size_t size)
{
	const char *end = data + size, *at = data, *next;

	for (;;) {
		while (at < end && is_blank(*at))
			at++;
		next = begins_with(at, end, "<![") ? at : markup_skip_opaque(at, end);
		if (next == at)
			return at;
		at = next;
	}
}

const char *markup_find_doctype(const char *data, size_t size)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	const char *end = data + size, *at = data;

	if (begins_with(at, end, byte_order_mark))
		at += strlen(byte_order_mark);
	at = markup_skip_misc(at, (size_t)(end - at));
	return begins_with(at, end, "<!DOCTYPE") ? at : NULL;
}

void markup_append_escaped(struct strbuf *buf, const char *text)
{
	static const char *const references[] = {
		['"'] = "&quot;",
		['&'] = "&amp;",
		['\''] = "&apos;",
		['<'] = "&lt;",
	};

	for (const char *at = text; *at; at++) {
		unsigned char c = (unsigned char)*at;

		if (c < ELEMENTSOF(references) && references[c])
			strbuf_append(buf, references[c]);
		else if (c == '>' && at > text && at[-1] == ']')
			strbuf_append(buf, "&gt;"); /* XML forbids ]]> in text */
		else
			strbuf_append_char(buf, *at);
	}
}
