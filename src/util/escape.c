/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/escape.h"

#include <string.h>

static size_t utf8_expected_length(unsigned char lead, unsigned *ret_bits)
{
	static const struct {
		unsigned char mask, lead;
		size_t length;
	} forms[] = {
		{0x80, 0x00, 1},
		{0xe0, 0xc0, 2},
		{0xf0, 0xe0, 3},
		{0xf8, 0xf0, 4},
	};

	for (size_t i = 0; i < ELEMENTSOF(forms); i++)
		if ((lead & forms[i].mask) == forms[i].lead) {
			*ret_bits = (unsigned char)(lead & ~forms[i].mask);
			return forms[i].length;
		}
	return 0;
}

size_t utf8_decode(const char *text, size_t length, unsigned *ret_code_point)
{
	static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned code_point;
	size_t expected;

	if (!length)
		return 0;
	if (!(text[0] & 0x80)) {
		*ret_code_point = (unsigned char)text[0];
		return 1;
	}
	expected = utf8_expected_length((unsigned char)text[0], &code_point);
	if (!expected || expected > length)
		return 0;
	for (size_t i = 1; i < expected; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		code_point = code_point << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (code_point < smallest[expected] || code_point > 0x10ffff ||
	    (code_point >= 0xd800 && code_point <= 0xdfff))
		return 0;
	*ret_code_point = code_point;
	return expected;
}

static bool is_control(unsigned code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
}

/* Code points that are no characters: XML allows most of them, systemd takes them for no UTF-8. */
static bool is_noncharacter(unsigned code_point)
{
	return (code_point & 0xfffe) == 0xfffe || (code_point >= 0xfdd0 && code_point <= 0xfdef);
}

/* Controls, and what changes the direction or the line of the text around it. */
static bool is_deceptive(unsigned code_point)
{
	static const struct {
		unsigned first, last;
	} ranges[] = {
		{0x061c, 0x061c},
		{0x200e, 0x200f},
		{0x2028, 0x202e},
		{0x2066, 0x2069},
	};

	for (size_t i = 0; i < ELEMENTSOF(ranges); i++)
		if (code_point >= ranges[i].first && code_point <= ranges[i].last)
			return true;
	return is_control(code_point) || is_noncharacter(code_point);
}

static void append_escaped_byte(struct strbuf *buf, unsigned char byte)
{
	switch (byte) {
	case '\n':
		strbuf_append(buf, "\\n");
		break;
	case '\r':
		strbuf_append(buf, "\\r");
		break;
	case '\t':
		strbuf_append(buf, "\\t");
		break;
	default:
		strbuf_appendf(buf, "\\x%02x", byte);
	}
}

/* Append the first character of `text` in its escaped form; the bytes of `text` that it took. */
static size_t append_character(struct strbuf *buf, const char *text, size_t length)
{
	unsigned code_point = 0;
	size_t taken = utf8_decode(text, length, &code_point);

	if (taken && !is_deceptive(code_point)) {
		strbuf_append_bytes(buf, text, taken);
		return taken;
	}
	if (!taken)
		taken = 1;
	for (size_t i = 0; i < taken; i++)
		append_escaped_byte(buf, (unsigned char)text[i]);
	return taken;
}

void escape_append(struct strbuf *buf, const char *text, size_t length)
{
	while (length) {
		size_t taken = append_character(buf, text, length);

		text += taken;
		length -= taken;
	}
}

/* How many printable ASCII characters `text` begins with: most texts are nothing else. */
static size_t plain_length(const char *text)
{
	size_t length = 0;

	while (text[length] >= ' ' && text[length] <= '~')
		length++;
	return length;
}

void escape_append_excerpt(struct strbuf *buf, const char *text)
{
	static const char mark[] = "...";
	size_t start = buf->length, length = plain_length(text);
	size_t cut = start; /* the last end of a character with room left for the mark */

	if (!text[length] && length <= EXCERPT_MAX) {
		strbuf_append_bytes(buf, text, length);
		return;
	}
	length = strlen(text);
	while (length) {
		size_t taken = append_character(buf, text, length);

		if (buf->error)
			return;
		if (buf->length - start > EXCERPT_MAX) {
			strbuf_truncate(buf, cut);
			strbuf_append(buf, mark);
			return;
		}
		if (buf->length - start <= EXCERPT_MAX - strlen(mark))
			cut = buf->length;
		text += taken;
		length -= taken;
	}
}

char *escape_excerpt(const char *text)
{
	struct strbuf buf = STRBUF_INIT;
	char *excerpt = NULL;

	escape_append_excerpt(&buf, text);
	if (strbuf_take(&buf, &excerpt) < 0)
		excerpt = NULL;
	strbuf_done(&buf);
	return excerpt;
}

/* `is_such`: true of no printable ASCII character. */
static bool has_such(const char *text, bool (*is_such)(unsigned code_point))
{
	const char *end = text + strlen(text);

	for (;;) {
		unsigned code_point = 0;
		size_t taken;

		text += plain_length(text);
		if (text == end)
			return false;
		taken = utf8_decode(text, (size_t)(end - text), &code_point);
		if (taken && is_such(code_point))
			return true;
		text += taken ? taken : 1;
	}
}

bool text_has_control(const char *text)
{
	return has_such(text, is_control);
}

bool text_has_noncharacter(const char *text)
{
	return has_such(text, is_noncharacter);
}
