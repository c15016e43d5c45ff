/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/encoding.h"

#include <stdio.h>
#include <string.h>

#include "document/markup.h"
#include "util/ascii.h"
#include "util/escape.h"
#include "util/macro.h"

/* The likely encoding of a file that is not UTF-8. */
enum bad_bytes {
	BAD_BYTES_MIXED,   /* UTF-8, but for some bytes */
	BAD_BYTES_BINARY,  /* no text */
	BAD_BYTES_LATIN,   /* ISO-8859-1, as far as one can tell */
	BAD_BYTES_WINDOWS, /* WINDOWS-1252 */
};

static struct place place_of_bytes(struct source *source, const char *at, size_t length)
{
	return (struct place){
		.source = source,
		.offset = (uint32_t)(at - source->data),
		.length = (uint32_t)length,
	};
}

static const char *source_end(const struct source *source)
{
	return source->data + source->size;
}

/* Return the first byte that is not UTF-8, or the end. */
static const char *skip_utf8(const char *at, const char *end)
{
	unsigned code_point;

	for (size_t length; at < end; at += length) {
		length = utf8_decode(at, (size_t)(end - at), &code_point);
		if (!length)
			return at;
	}
	return end;
}

/* Return the name of the file without its directory, to be shown in a command. */
static struct excerpt source_file_name(const struct source *source)
{
	const char *slash = strrchr(source->path, '/');

	return excerpt(slash ? slash + 1 : source->path);
}

/* Return the encoding that the first bytes show, or NULL. */
static const char *encoding_of_mark(const char *data, size_t size)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *name;
	} marks[] = {
		{.bytes = "\xff\xfe\0\0", .length = 4, .name = "UTF-32"},
		{.bytes = "\0\0\xfe\xff", .length = 4, .name = "UTF-32"},
		{.bytes = "\xfe\xff", .length = 2, .name = "UTF-16"},
		{.bytes = "\xff\xfe", .length = 2, .name = "UTF-16"},
		/* without a mark */
		{.bytes = "\0\0\0<", .length = 4, .name = "UTF-32BE"},
		{.bytes = "<\0\0\0", .length = 4, .name = "UTF-32LE"},
		{.bytes = "\0<", .length = 2, .name = "UTF-16BE"},
		{.bytes = "<\0", .length = 2, .name = "UTF-16LE"},
		{.bytes = "\x4c\x6f\xa7\x94", .length = 4, .name = "EBCDIC-US"},
	};

	for (size_t i = 0; i < ELEMENTSOF(marks); i++)
		if (size >= marks[i].length && !memcmp(data, marks[i].bytes, marks[i].length))
			return marks[i].name;
	return NULL;
}

/* The names that IANA has for the two encodings, and those that programs write. */
static const char *const utf8_names[] = {"UTF-8", "UTF8", "csUTF8", NULL};
static const char *const ascii_names[] = {
	"US-ASCII", "ASCII",   "ANSI_X3.4-1968", "ANSI_X3.4-1986", "ISO646-US",
	"iso-ir-6", "csASCII", "IBM367",         "cp367",          "us",
	NULL,
};

static bool encoding_is_named(const struct markup_attribute *encoding, const char *const *names)
{
	for (; *names; names++)
		if (encoding->value_length == strlen(*names) &&
		    ascii_equal_n(encoding->value, *names, encoding->value_length))
			return true;
	return false;
}

/* Return the first byte that is not ASCII, or NULL. */
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

/* Get the encoding of the XML declaration. Return false if it has none. */
static bool find_declared_encoding(const char *data, size_t size,
				   struct markup_attribute *ret_encoding)
{
	static const char declaration[] = "<?xml";
	struct markup_cursor cursor = {.at = skip_mark(data, size), .end = data + size};

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

/*
 * Return the declared name, to be shown if it begins as a name of an encoding does: anything else
 * may be a secret in the wrong place.
 */
static struct excerpt encoding_name(const struct markup_attribute *encoding)
{
	static const char *const beginnings[] = {
		"ISO",  "UTF",   "UCS",  "US-",  "ASCII", "WINDOWS", "LATIN", "CP",   "IBM",
		"KOI8", "SHIFT", "EUC-", "BIG5", "GB",    "MAC",     "TIS",   "ANSI",
	};
	char name[EXCERPT_MAX + 5];
	size_t length = encoding->value_length;

	if (length >= sizeof(name))
		length = sizeof(name) - 1;
	memcpy(name, encoding->value, length);
	name[length] = 0;

	for (size_t i = 0; i < ELEMENTSOF(beginnings); i++)
		if (ascii_equal_n(name, beginnings[i], strlen(beginnings[i])))
			return excerpt(name);
	return excerpt("another encoding");
}

/* Refuse bytes that are not US-ASCII: libxml2 reads US-ASCII as UTF-8, other parsers do not. */
static bool find_byte_outside_ascii(struct source *source, const struct markup_attribute *encoding,
				    struct encoding_fault *ret_fault)
{
	const char *start = skip_mark(source->data, source->size);
	const char *at = find_foreign_byte(start, source->data + source->size);

	if (!at)
		return false;

	ret_fault->place = place_of_bytes(source, at, 1);
	(void)snprintf(ret_fault->text, sizeof(ret_fault->text),
		       "the XML declaration says %s, but the byte \\x%02x is not: change the "
		       "declaration to UTF-8",
		       encoding_name(encoding).text, (unsigned char)*at);
	return true;
}

bool encoding_find_fault(struct source *source, struct encoding_fault *ret_fault)
{
	const char *mark = encoding_of_mark(source->data, source->size);
	struct markup_attribute encoding;

	if (mark) {
		ret_fault->place = place_of_bytes(source, source->data, 0);
		(void)snprintf(ret_fault->text, sizeof(ret_fault->text),
			       "the file is in %s, but only UTF-8 is read: convert it with iconv "
			       "-f %s -t UTF-8 %s",
			       mark, mark, source_file_name(source).text);
		return true;
	}

	if (!find_declared_encoding(source->data, source->size, &encoding) ||
	    encoding_is_named(&encoding, utf8_names))
		return false;
	if (encoding_is_named(&encoding, ascii_names))
		return find_byte_outside_ascii(source, &encoding, ret_fault);

	ret_fault->place = place_of_bytes(source, encoding.value, encoding.value_length);
	(void)snprintf(ret_fault->text, sizeof(ret_fault->text),
		       "the XML declaration says %s, but only UTF-8 is read: %s",
		       encoding_name(&encoding).text,
		       skip_utf8(source->data, source_end(source)) == source_end(source)
			       ? "change the declaration to UTF-8, which the file is in"
			       : "convert the file and change the declaration");
	return true;
}

/*
 * Classify a file with bytes that are not UTF-8, so that the remedy fits: iconv spoils the valid
 * characters of a file that has both, and ISO-8859-1 has no characters from 0x80 to 0x9f.
 */
static enum bad_bytes classify_bad_bytes(const struct source *source)
{
	const char *end = source_end(source);
	enum bad_bytes kind = BAD_BYTES_LATIN;
	unsigned code_point;
	size_t length;

	for (const char *at = source->data; at < end; at += length) {
		unsigned char byte = (unsigned char)*at;

		length = utf8_decode(at, (size_t)(end - at), &code_point);
		if (length > 1)
			return BAD_BYTES_MIXED;
		if (byte < ' ' && !ascii_is_blank(*at))
			return BAD_BYTES_BINARY;
		if (byte >= 0x80 && byte <= 0x9f)
			kind = BAD_BYTES_WINDOWS;
		length = 1;
	}
	return kind;
}

bool encoding_find_bad_byte(struct source *source, size_t end, struct encoding_fault *ret_fault)
{
	static const char *const remedies[] = {
		[BAD_BYTES_MIXED] = "other characters of the file are, so correct this one",
		[BAD_BYTES_BINARY] = "this is not a text file",
		[BAD_BYTES_LATIN] = "convert the file, for example with iconv -f ISO-8859-1",
		[BAD_BYTES_WINDOWS] = "convert the file, for example with iconv -f WINDOWS-1252",
	};
	const char *at = skip_utf8(source->data, source_end(source));
	enum bad_bytes kind;
	bool convert;

	if (at == source_end(source) || at >= source->data + end)
		return false;

	kind = classify_bad_bytes(source);
	convert = kind == BAD_BYTES_LATIN || kind == BAD_BYTES_WINDOWS;
	ret_fault->place = place_of_bytes(source, at, 1);
	(void)snprintf(ret_fault->text, sizeof(ret_fault->text),
		       "the byte \\x%02x is not UTF-8: %s%s%s", (unsigned char)*at, remedies[kind],
		       convert ? " -t UTF-8 " : "", convert ? source_file_name(source).text : "");
	return true;
}

bool encoding_find_control(struct source *source, size_t offset, struct encoding_fault *ret_fault)
{
	const char *at = source->data + offset, *end = source_end(source), *next = at;

	if (at == end || (unsigned char)*at >= ' ' || ascii_is_blank(*at))
		return false;

	while (next < end && !*next)
		next++;
	ret_fault->place = place_of_bytes(source, at, 0);
	if (next == end && !offset)
		(void)snprintf(ret_fault->text, sizeof(ret_fault->text),
			       "the file has only NUL bytes, as after a crash: restore it");
	else
		(void)snprintf(ret_fault->text, sizeof(ret_fault->text),
			       "the byte \\x%02x is not allowed in XML: remove it",
			       (unsigned char)*at);
	return true;
}
