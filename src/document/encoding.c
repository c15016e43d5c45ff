/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/encoding.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "document/markup.h"
#include "util/macro.h"

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

static bool is_named(const struct markup_attribute *encoding, const char *name)
{
	return encoding->value_length == strlen(name) &&
	       !strncasecmp(encoding->value, name, encoding->value_length);
}

/* The first byte that is not ASCII, or NULL. */
static const char *find_foreign_byte(const char *at, const char *end)
{
	for (; at < end; at++)
		if ((unsigned char)*at >= 0x80)
			return at;
	return NULL;
}

static const char *skip_mark(const char *data, size_t size)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	size_t length = strlen(byte_order_mark);

	return size >= length && !memcmp(data, byte_order_mark, length) ? data + length : data;
}

/* The encoding of the XML declaration; false where there is none. */
static bool find_encoding(const char *data, size_t size, struct markup_attribute *ret_encoding)
{
	static const char declaration[] = "<?xml";
	struct markup_cursor cursor = {skip_mark(data, size), data + size};

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
	if (!find_encoding(data, size, &encoding) || is_named(&encoding, "UTF-8"))
		return NULL;
	if (!is_named(&encoding, "US-ASCII")) {
		*ret_at = encoding.value;
		*ret_length = encoding.value_length;
		return "the file must be in UTF-8, and its XML declaration says that it is not";
	}
	/* libxml2 takes it for UTF-8, others would not. */
	*ret_at = find_foreign_byte(skip_mark(data, size), data + size);
	*ret_length = 1;
	return *ret_at ? "the XML declaration says that the file is in US-ASCII, and here it is not"
		       : NULL;
}
