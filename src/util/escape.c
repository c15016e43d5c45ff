/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/escape.h"

#include <string.h>

/* Return the length of the character that begins with `lead`, or 0, and the bits that it holds. */
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

static bool character_is_control(unsigned code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
}

/* XML allows most of these, systemd refuses them as invalid UTF-8. */
static bool character_is_noncharacter(unsigned code_point)
{
	return (code_point & 0xfffe) == 0xfffe || (code_point >= 0xfdd0 && code_point <= 0xfdef);
}

bool character_is_escaped(unsigned code_point)
{
	static const struct {
		unsigned first, last;
	} ranges[] = {
		{0x00a0, 0x00a0}, /* no-break space */
		{0x00ad, 0x00ad}, /* soft hyphen */
		{0x034f, 0x034f}, /* combining grapheme joiner */
		{0x061c, 0x061c}, /* Arabic letter mark */
		{0x115f, 0x1160}, /* Hangul fillers */
		{0x1680, 0x1680}, /* Ogham space */
		{0x17b4, 0x17b5}, /* Khmer inherent vowels */
		{0x180b, 0x180f}, /* Mongolian variation selectors and vowel separator */
		{0x2000, 0x200f}, /* spaces, zero-width characters, direction marks */
		{0x2028, 0x202f}, /* separators, direction embeddings, narrow no-break space */
		{0x205f, 0x206f}, /* mathematical space, invisible operators, direction isolates */
		{0x2800, 0x2800}, /* Braille blank */
		{0x2d7f, 0x2d7f}, /* Tifinagh consonant joiner */
		{0x3000, 0x3000}, /* ideographic space */
		{0x3164, 0x3164}, /* Hangul filler */
		{0xfe00, 0xfe0f}, /* variation selectors */
		{0xfeff, 0xfeff}, /* zero-width no-break space, the byte order mark */
		{0xffa0, 0xffa0}, /* halfwidth Hangul filler */
		{0xfff0, 0xfffb}, /* unassigned and interlinear annotation */
		{0x1107f, 0x1107f}, /* Brahmi number joiner */
		{0x13430, 0x1343f}, /* hieroglyph format controls */
		{0x16fe4, 0x16fe4}, /* Khitan filler */
		{0x1bca0, 0x1bca3}, /* shorthand format controls */
		{0x1d159, 0x1d159}, /* musical null notehead */
		{0x1d173, 0x1d17a}, /* musical format controls */
		{0xe0000, 0xe0fff}, /* tags, more variation selectors */
	};

	for (size_t i = 0; i < ELEMENTSOF(ranges); i++)
		if (code_point >= ranges[i].first && code_point <= ranges[i].last)
			return true;
	return character_is_control(code_point) || character_is_noncharacter(code_point);
}

/* The longest escaped character: four bytes as `\\x1b` each. */
#define ESCAPED_MAX 16

/* Write the escaped form of a byte, without a NUL, and return its length. */
static size_t escape_byte(char *escaped, unsigned char byte)
{
	static const char short_forms[] = {['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
	static const char digits[] = "0123456789abcdef";

	escaped[0] = '\\';
	if (byte < sizeof(short_forms) && short_forms[byte]) {
		escaped[1] = short_forms[byte];
		return 2;
	}

	escaped[1] = 'x';
	escaped[2] = digits[byte >> 4];
	escaped[3] = digits[byte & 0xf];
	return 4;
}

/*
 * Write the escaped form of the first character of `text`, without a NUL, and return its length.
 * *ret_taken is the number of bytes of `text` that were read.
 */
static size_t escape_character(char escaped[ESCAPED_MAX], const char *text, size_t length,
			       size_t *ret_taken)
{
	unsigned code_point = 0;
	size_t taken = utf8_decode(text, length, &code_point), written = 0;

	if (taken && !character_is_escaped(code_point)) {
		memcpy(escaped, text, taken);
		*ret_taken = taken;
		return taken;
	}

	*ret_taken = taken ? taken : 1;
	for (size_t i = 0; i < *ret_taken; i++)
		written += escape_byte(escaped + written, (unsigned char)text[i]);
	return written;
}

void escape_append(struct strbuf *buf, const char *text, size_t length)
{
	while (length) {
		char escaped[ESCAPED_MAX];
		size_t taken, written = escape_character(escaped, text, length, &taken);

		strbuf_append_bytes(buf, escaped, written);
		text += taken;
		length -= taken;
	}
}

void escape_append_ascii(struct strbuf *buf, const char *text, size_t length)
{
	for (const char *end = text + length; text < end;) {
		char escaped[ESCAPED_MAX];
		size_t taken,
			written = escape_character(escaped, text, (size_t)(end - text), &taken);

		if (escaped[0] & 0x80)
			for (size_t i = written = 0; i < taken; i++)
				written += escape_byte(escaped + written, (unsigned char)text[i]);
		strbuf_append_bytes(buf, escaped, written);
		text += taken;
	}
}

/* Return the number of printable ASCII characters that `text` begins with. */
static size_t plain_length(const char *text)
{
	size_t length = 0;

	while (text[length] >= ' ' && text[length] <= '~')
		length++;
	return length;
}

struct excerpt excerpt(const char *text)
{
	static const char mark[] = "...";
	struct excerpt excerpt;
	size_t length = plain_length(text), left, end = 0;
	size_t cut = 0; /* the last end of a character that leaves room for the mark */

	if (!text[length] && length <= EXCERPT_MAX) {
		memcpy(excerpt.text, text, length + 1);
		return excerpt;
	}

	/* One more character of four bytes shows that the text is too long. */
	for (left = strnlen(text, EXCERPT_MAX + 4); left;) {
		char escaped[ESCAPED_MAX];
		size_t taken, written = escape_character(escaped, text, left, &taken);

		if (end + written > EXCERPT_MAX) {
			memcpy(excerpt.text + cut, mark, sizeof(mark));
			return excerpt;
		}
		memcpy(excerpt.text + end, escaped, written);
		end += written;
		if (end <= EXCERPT_MAX - strlen(mark))
			cut = end;
		text += taken;
		left -= taken;
	}
	excerpt.text[end] = 0;
	return excerpt;
}

/* Return true if some character matches. `matches` must be false for printable ASCII. */
static bool text_contains(const char *text, bool (*matches)(unsigned code_point))
{
	const char *end = text + strlen(text);

	for (;;) {
		unsigned code_point = 0;
		size_t taken;

		text += plain_length(text);
		if (text == end)
			return false;
		taken = utf8_decode(text, (size_t)(end - text), &code_point);
		if (taken && matches(code_point))
			return true;
		text += taken ? taken : 1;
	}
}

bool text_has_control(const char *text)
{
	return text_contains(text, character_is_control);
}

bool text_has_noncharacter(const char *text)
{
	return text_contains(text, character_is_noncharacter);
}
