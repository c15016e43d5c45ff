/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "document/markup.h"
#include "util/macro.h"
#include "util/strbuf.h"

/*
 * The attributes of a tag as `[NAME]=[VALUE]`, one behind the other. The bytes stand in memory of
 * their own size, so that reading past them shows.
 */
static void assert_attributes(const char *tag, const char *expected)
{
	struct strbuf found = STRBUF_INIT;
	struct markup_attribute attribute;
	struct markup_cursor cursor;
	size_t length = strlen(tag);
	char *bytes = malloc(length ? length : 1);

	assert_non_null(bytes);
	memcpy(bytes, tag, length);
	cursor = (struct markup_cursor){bytes, bytes + length};
	markup_skip_name(&cursor);
	while (markup_next_attribute(&cursor, &attribute))
		strbuf_appendf(&found, "[%.*s]=[%.*s]", (int)attribute.name_length, attribute.name,
			       (int)attribute.value_length, attribute.value);
	assert_true(cursor.at >= bytes && cursor.at <= bytes + length);
	assert_string_equal(found.text, expected);
	strbuf_done(&found);
	free(bytes);
}

struct tag_case {
	const char *tag, *attributes;
};

static void the_attributes_of_a_tag_are_found_in_order(void **state)
{
	static const struct tag_case cases[] = {
		{"Server Name=\"Sipis1\" Port='80'/>", "[Name]=[Sipis1][Port]=[80]"},
		{"Server\n\tName = \"a\"\r\n\tPort\n=\n'1'\n>", "[Name]=[a][Port]=[1]"},
		{"Server", ""},
		{"Server>", ""},
		{"Server/>", ""},
		{"Server />", ""},
		{"Server  Name=''", "[Name]=[]"},
		{"s:Server s:Name='1' xmlns:s='u'", "[s:Name]=[1][xmlns:s]=[u]"},
		{"Server N\xc3\xa4me='\xe2\x82\xac'", "[N\xc3\xa4me]=[\xe2\x82\xac]"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		assert_attributes(cases[i].tag, cases[i].attributes);
}

static void a_value_is_raw_and_ends_at_its_own_quote(void **state)
{
	static const struct tag_case cases[] = {
		{"a v=\"it's\"", "[v]=[it's]"},
		{"a v='say \"x\"'", "[v]=[say \"x\"]"},
		{"a v='a > b / c = d'", "[v]=[a > b / c = d]"},
		{"a v='&amp;&#9;&lt;'", "[v]=[&amp;&#9;&lt;]"},
		{"a v=' \n\t '", "[v]=[ \n\t ]"},
		{"a v='x' w='y'", "[v]=[x][w]=[y]"},
		{"a v='x'w='y'", "[v]=[x][w]=[y]"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		assert_attributes(cases[i].tag, cases[i].attributes);
}

static void an_xml_declaration_is_read_like_a_tag(void **state)
{
	assert_attributes("xml version=\"1.0\" encoding='UTF-8'?>",
			  "[version]=[1.0][encoding]=[UTF-8]");
	assert_attributes("xml version='1.0'?><Sipis a='b'>", "[version]=[1.0]");
}

static void reading_stops_at_bytes_that_are_not_an_attribute(void **state)
{
	static const struct tag_case cases[] = {
		{"", ""},
		{"a v='x' /", "[v]=[x]"},
		{"a v='x'><b w='y'>", "[v]=[x]"},
		{"a v='x' w", "[v]=[x]"},
		{"a v='x' w=", "[v]=[x]"},
		{"a v='x' w= ", "[v]=[x]"},
		{"a v='x' w='", "[v]=[x]"},
		{"a v='x' w=\"y'", "[v]=[x]"},
		{"a v='x' w=y", "[v]=[x]"},
		{"a v='x' w z='y'", "[v]=[x]"},
		{"a v='x' ='y'", "[v]=[x]"},
		{"a 'x'", ""},
		{"a v=>'x'", ""},
		{"a v<w='x'", ""},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		assert_attributes(cases[i].tag, cases[i].attributes);
}

static void a_truncated_tag_is_not_read_past_its_end(void **state)
{
	static const char tag[] = "Server Name = \"Sipis1\"\tPort='1'/>";
	const char *first_end = strchr(strchr(tag, '"') + 1, '"') + 1;
	const char *second_end = strrchr(tag, '\'') + 1;

	for (const char *end = tag; end <= tag + strlen(tag); end++) {
		char cut[sizeof(tag)] = "";

		memcpy(cut, tag, (size_t)(end - tag));
		assert_attributes(cut, end >= second_end  ? "[Name]=[Sipis1][Port]=[1]"
				       : end >= first_end ? "[Name]=[Sipis1]"
							  : "");
	}
}

static void a_nul_byte_is_not_part_of_a_name(void **state)
{
	static const char bytes[] = "a b\0c='x' d='y\0z'";
	struct markup_cursor cursor = {bytes, bytes + sizeof(bytes) - 1};
	struct markup_attribute attribute;

	markup_skip_name(&cursor);
	assert_false(markup_next_attribute(&cursor, &attribute));
	assert_true(cursor.at < bytes + sizeof(bytes));
	cursor.at = strchr(bytes + 4, '\'') + 4;
	assert_true(markup_next_attribute(&cursor, &attribute));
	assert_int_equal(attribute.value_length, 3);
	assert_memory_equal(attribute.value, "y\0z", 3);
}

static void a_name_ends_at_a_blank_or_a_delimiter(void **state)
{
	static const char signs[] = " \t\r\n=/>?\"'<";

	for (size_t i = 0; i < strlen(signs); i++) {
		const char tag[] = {'S', '-', '.', '1', signs[i], 'x'};
		struct markup_cursor cursor = {tag, tag + sizeof(tag)};

		markup_skip_name(&cursor);
		assert_ptr_equal(cursor.at, tag + 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_attributes_of_a_tag_are_found_in_order),
		cmocka_unit_test(a_value_is_raw_and_ends_at_its_own_quote),
		cmocka_unit_test(an_xml_declaration_is_read_like_a_tag),
		cmocka_unit_test(reading_stops_at_bytes_that_are_not_an_attribute),
		cmocka_unit_test(a_truncated_tag_is_not_read_past_its_end),
		cmocka_unit_test(a_nul_byte_is_not_part_of_a_name),
		cmocka_unit_test(a_name_ends_at_a_blank_or_a_delimiter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
