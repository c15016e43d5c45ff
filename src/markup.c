/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "markup.h"

#include <string.h>

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
	while (cursor->at < cursor->end && !is_blank(*cursor->at) &&
	       !strchr("=/>?\"'<", *cursor->at))
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

const char *markup_find_crowded_tag(const char *data, size_t size, size_t max)
{
	const char *end = data + size, *next;
	struct markup_attribute attribute;

	for (const char *at = memchr(data, '<', size); at; at = next) {
		struct markup_cursor cursor = {.at = at + 1};
		size_t n = 0;

		next = memchr(at + 1, '<', (size_t)(end - at - 1));
		cursor.end = next ? next : end;
		if ((size_t)(cursor.end - at) < max * strlen("a=''"))
			continue;
		markup_skip_name(&cursor);
		while (n <= max && markup_next_attribute(&cursor, &attribute))
			n++;
		if (n > max)
			return at;
	}
	return NULL;
}
