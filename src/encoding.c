/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "encoding.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "macro.h"
#include "markup.h"

static bool has_foreign_mark(const char *data, size_t size)
{
	static const struct {
		const char *bytes;
		size_t length;
	} marks[] = {
		{"\xfe\xff",         2}, /* UTF-16, big endian */
		{"\xff\xfe",         2}, /* UTF-16 or UTF-32, little endian */
		{"\0\0\xfe\xff",     4}, /* UTF-32, big endian */
		{"\0<",              2}, /* UTF-16 without its mark */
		{"<\0",              2},
		{"\0\0\0<",          4}, /* UTF-32 without its mark */
		{"\x4c\x6f\xa7\x94", 4}, /* EBCDIC */
	};

	for (size_t i = 0; i < ELEMENTSOF(marks); i++)
		if (size >= marks[i].length && !memcmp(data, marks[i].bytes, marks[i].length))
			return true;
	return false;
}

static bool is_known(const struct markup_attribute *encoding)
{
	static const char *const known[] = {"UTF-8", "US-ASCII"};

	for (size_t i = 0; i < ELEMENTSOF(known); i++)
		if (encoding->value_length == strlen(known[i]) &&
		    !strncasecmp(encoding->value, known[i], encoding->value_length))
			return true;
	return false;
}

/* The encoding of the XML declaration; false where there is none. */
static bool find_encoding(const char *data, size_t size, struct markup_attribute *ret_encoding)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf", declaration[] = "<?xml";
	struct markup_cursor cursor = {data, data + size};

	if (size >= strlen(byte_order_mark) &&
	    !memcmp(data, byte_order_mark, strlen(byte_order_mark)))
		cursor.at += strlen(byte_order_mark);
	if ((size_t)(cursor.end - cursor.at) < strlen(declaration) ||
	    memcmp(cursor.at, declaration, strlen(declaration)) != 0)
		return false;
	cursor.at += strlen(declaration);
	while (markup_next_attribute(&cursor, ret_encoding))
		if (ret_encoding->name_length == strlen("encoding") &&
		    !memcmp(ret_encoding->name, "encoding", strlen("encoding")))
			return true;
	return false;
}

const char *encoding_fault(const char *data, size_t size, const char **ret_at, size_t *ret_length)
{
	struct markup_attribute encoding;

	if (has_foreign_mark(data, size)) {
		*ret_at = data;
		*ret_length = 0;
		return "the file must be in UTF-8, and its first bytes say that it is not";
	}
	if (find_encoding(data, size, &encoding) && !is_known(&encoding)) {
		*ret_at = encoding.value;
		*ret_length = encoding.value_length;
		return "the file must be in UTF-8, and its XML declaration says that it is not";
	}
	return NULL;
}
