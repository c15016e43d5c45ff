/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "util/escape.h"

struct escape_case {
	const char *text, *shown;
};

static void assert_shown(const char *text, size_t length, const char *expected)
{
	struct strbuf buf = STRBUF_INIT;

	escape_append(&buf, text, length);
	assert_string_equal(buf.text, expected);
	strbuf_done(&buf);
}

/* The UTF-8 form of a code point, by the book; its length. */
static size_t utf8_encode(unsigned code_point, char ret_text[5])
{
	size_t length = code_point < 0x80      ? 1
			: code_point < 0x800   ? 2
			: code_point < 0x10000 ? 3
					       : 4;
	static const unsigned leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = length - 1; i > 0; i--, code_point >>= 6)
		ret_text[i] = (char)(0x80 | (code_point & 0x3f));
	ret_text[0] = (char)(leads[length] | code_point);
	ret_text[length] = 0;
	return length;
}

/* --- what is shown ----------------------------------------------------------------------- */

static void harmless_text_is_not_changed(void **state)
{
	static const char *const texts[] = {
		"",
		"Sipis1",
		" ~!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}",
		"Zürich, Žižkov, 東京, 😀",
		"\xc2\xa1\xc2\xac\xc2\xae", /* U+00A1, U+00AC, U+00AE */
		"\xd8\x9b",                 /* U+061B and U+061D, around the arabic letter mark */
		"\xd8\x9d",
		"\xe2\x80\x90",     /* U+2010 */
		"\xe2\x80\xa7",     /* U+2027 */
		"\xe2\x80\xb0",     /* U+2030 */
		"\xe2\x81\x9e",     /* U+205E */
		"\xe2\x81\xb0",     /* U+2070 */
		"\xef\xbf\xbd",     /* U+FFFD */
		"\xf4\x8f\xbf\xbd", /* U+10FFFD, the last character there can be */
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		assert_shown(texts[i], strlen(texts[i]), texts[i]);
}

static void noncharacters_are_found_and_escaped(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"\xef\xb7\x90", "\\xef\\xb7\\x90"},          /* U+FDD0 */
		{"\xef\xb7\xaf", "\\xef\\xb7\\xaf"},          /* U+FDEF */
		{"\xef\xbf\xbe", "\\xef\\xbf\\xbe"},          /* U+FFFE */
		{"\xf0\x9f\xbf\xbf", "\\xf0\\x9f\\xbf\\xbf"}, /* U+1FFFF */
		{"\xf4\x8f\xbf\xbe", "\\xf4\\x8f\\xbf\\xbe"}, /* U+10FFFE */
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		assert_shown(cases[i].text, strlen(cases[i].text), cases[i].shown);
		assert_true(text_has_noncharacter(cases[i].text));
	}
	assert_false(text_has_noncharacter("\xef\xb7\x8f\xef\xb7\xb0\xef\xbf\xbd")); /* beside */
}

static void every_ascii_control_is_escaped(void **state)
{
	for (unsigned byte = 0; byte < 0x80; byte++) {
		char text[] = {'<', (char)byte, '>'}, expected[8];

		if (byte == '\n' || byte == '\r' || byte == '\t')
			snprintf(expected, sizeof(expected), "<\\%c>",
				 byte == '\n'   ? 'n'
				 : byte == '\r' ? 'r'
						: 't');
		else if (byte < 0x20 || byte == 0x7f)
			snprintf(expected, sizeof(expected), "<\\x%02x>", byte);
		else
			snprintf(expected, sizeof(expected), "<%c>", (int)byte);
		assert_shown(text, sizeof(text), expected);
	}
}

static const struct {
	unsigned first, last;
} invisible[] = {
	{0x80, 0xa0},       {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
	{0x115f, 0x1160},   {0x1680, 0x1680},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
	{0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},   {0x2800, 0x2800},
	{0x2d7f, 0x2d7f},   {0x3000, 0x3000},   {0x3164, 0x3164},   {0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0x1107f, 0x1107f},
	{0x13430, 0x1343f}, {0x16fe4, 0x16fe4}, {0x1bca0, 0x1bca3}, {0x1d159, 0x1d159},
	{0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static void invisible_and_bidirectional_characters_are_escaped_byte_by_byte(void **state)
{
	for (size_t i = 0; i < ELEMENTSOF(invisible); i++)
		for (unsigned c = invisible[i].first; c <= invisible[i].last; c++) {
			struct strbuf expected = STRBUF_INIT;
			char text[5];
			size_t length = utf8_encode(c, text);

			for (size_t at = 0; at < length; at++)
				strbuf_appendf(&expected, "\\x%02x", (unsigned char)text[at]);
			assert_shown(text, length, expected.text);
			strbuf_done(&expected);
		}
}

static void all_other_characters_are_shown_as_they_are(void **state)
{
	size_t i = 0;

	for (unsigned c = 0x20; c <= 0x10ffff; c++) {
		bool is_noncharacter = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);

		if (i < ELEMENTSOF(invisible) && c > invisible[i].last)
			i++;
		if (c == 0x7f || is_noncharacter ||
		    (i < ELEMENTSOF(invisible) && c >= invisible[i].first))
			assert_true(character_is_escaped(c));
		else
			assert_false(character_is_escaped(c));
	}
}

static void bytes_that_are_not_utf8_are_escaped_alone(void **state)
{
	static const struct escape_case cases[] = {
		{"\x80", "\\x80"},
		{"a\xff"
		 "b",
		 "a\\xffb"},
		{"\xc3", "\\xc3"}, /* cut */
		{"\xe2\x82", "\\xe2\\x82"},
		{"\xf0\x9f\x98", "\\xf0\\x9f\\x98"},
		{"\xc3z", "\\xc3z"},
		{"\xe2\x82\xc3\xa4", "\\xe2\\x82\xc3\xa4"},
		{"\xc0\x80", "\\xc0\\x80"}, /* overlong */
		{"\xc1\xbf", "\\xc1\\xbf"},
		{"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},
		{"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* surrogates */
		{"\xed\xbf\xbf", "\\xed\\xbf\\xbf"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* past the last */
		{"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		assert_shown(cases[i].text, strlen(cases[i].text), cases[i].shown);
}

static void a_text_is_not_read_past_its_length(void **state)
{
	assert_shown("\xc3\xa4", 1, "\\xc3");
	assert_shown("abc", 2, "ab");
	assert_shown("", 0, "");
}

/* --- UTF-8 ------------------------------------------------------------------------------- */

static void every_code_point_decodes_to_itself(void **state)
{
	for (unsigned c = 0; c <= 0x110000; c++) {
		bool good = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
		unsigned decoded = 0;
		char text[5];
		size_t length = utf8_encode(c, text);

		if (utf8_decode(text, length, &decoded) != (good ? length : 0))
			fail_msg("U+%04X is taken wrongly", c);
		if (good && decoded != c)
			fail_msg("U+%04X is taken for U+%04X", c, decoded);
		if (utf8_decode(text, length - 1, &decoded) == length)
			fail_msg("U+%04X is read too far", c);
	}
}

/* Of all pairs and triples of bytes, as many are a character as there are such characters. */
static void other_bytes_do_not_decode(void **state)
{
	size_t pairs = 0, triples = 0;
	unsigned ignored;

	for (unsigned bytes = 0; bytes < 0x10000; bytes++) {
		const char text[] = {(char)(bytes >> 8), (char)bytes};

		pairs += utf8_decode(text, 2, &ignored) == 2;
	}
	for (unsigned bytes = 0xe00000; bytes < 0xf00000; bytes++) {
		const char text[] = {(char)(bytes >> 16), (char)(bytes >> 8), (char)bytes};

		triples += utf8_decode(text, 3, &ignored) == 3;
	}
	assert_int_equal(pairs, 0x800 - 0x80);
	assert_int_equal(triples, 0x10000 - 0x800 - 0x800);
}

static void control_characters_are_found_anywhere(void **state)
{
	static const struct {
		const char *text;
		bool control;
	} cases[] = {
		{"", false},
		{"plain", false},
		{"tab\t", true},
		{"\x1b[31m", true},
		{"del\x7f", true},
		{"next\xc2\x85line", true},
		{"last\xc2\x9f", true},
		{"\xc2\xa0", false},
		{"\xc3\xa4\n", true},
		{"\xe2\x80\xae", false}, /* reorders, and is no control */
		{"\xff\x01", true},
		{"\xff\x80", false},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		if (text_has_control(cases[i].text) != cases[i].control)
			fail_msg("case %zu", i);
}

/* --- excerpts ---------------------------------------------------------------------------- */

/*
 * The text is `unit` over and over, and each ends up as `shown`. An excerpt is all of it where
 * that fits; else it is cut between two units, no more than needed, and says so.
 */
static void assert_excerpts_of(const char *unit, const char *shown)
{
	struct strbuf text = STRBUF_INIT, whole = STRBUF_INIT;

	for (size_t n = 0; n < 150; n++) {
		struct excerpt cut = excerpt(text.text);

		if (whole.length <= EXCERPT_MAX)
			assert_string_equal(cut.text, whole.text);
		else {
			size_t kept = (EXCERPT_MAX - 3) / strlen(shown) * strlen(shown);

			assert_int_equal(strlen(cut.text), kept + 3);
			assert_memory_equal(cut.text, whole.text, kept);
			assert_string_equal(cut.text + kept, "...");
		}
		strbuf_append(&text, unit);
		strbuf_append(&whole, shown);
	}
	strbuf_done(&text);
	strbuf_done(&whole);
}

static void an_excerpt_is_cut_between_characters(void **state)
{
	assert_excerpts_of("a", "a");
	assert_excerpts_of("ä", "ä");
	assert_excerpts_of("東", "東");
	assert_excerpts_of("😀", "😀");
	assert_excerpts_of("\n", "\\n");
	assert_excerpts_of("\x1b", "\\x1b");
	assert_excerpts_of("\xc2\x85", "\\xc2\\x85");
	assert_excerpts_of("\xe2\x80\xae", "\\xe2\\x80\\xae");
	assert_excerpts_of("\xff", "\\xff");
}

static void all_but_ascii_can_be_escaped(void **state)
{
	static const struct escape_case cases[] = {
		{"Sipis ~", "Sipis ~"},
		{"Z\xc3\xbcrich", "Z\\xc3\\xbcrich"},
		{"\xf0\x9f\x98\x80", "\\xf0\\x9f\\x98\\x80"},
		{"\xc2\xa0\n\x1b\xff.", "\\xc2\\xa0\\n\\x1b\\xff."},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct strbuf buf = STRBUF_INIT;

		escape_append_ascii(&buf, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buf.text, cases[i].shown);
		strbuf_done(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(harmless_text_is_not_changed),
		cmocka_unit_test(noncharacters_are_found_and_escaped),
		cmocka_unit_test(every_ascii_control_is_escaped),
		cmocka_unit_test(invisible_and_bidirectional_characters_are_escaped_byte_by_byte),
		cmocka_unit_test(all_other_characters_are_shown_as_they_are),
		cmocka_unit_test(bytes_that_are_not_utf8_are_escaped_alone),
		cmocka_unit_test(a_text_is_not_read_past_its_length),
		cmocka_unit_test(every_code_point_decodes_to_itself),
		cmocka_unit_test(other_bytes_do_not_decode),
		cmocka_unit_test(control_characters_are_found_anywhere),
		cmocka_unit_test(all_but_ascii_can_be_escaped),
		cmocka_unit_test(an_excerpt_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
