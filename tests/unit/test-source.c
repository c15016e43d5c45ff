/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "document/source.h"
#include "helper.h"

static struct source *text_source(const char *text)
{
	return source_of("/etc/sipis/Settings1.xml", 0, text, strlen(text));
}

static void assert_located(struct source *source, size_t offset, unsigned line, unsigned column)
{
	struct place place = place_in(source, offset);
	unsigned actual_line = 0, actual_column = 0;

	place_locate(&place, &actual_line, &actual_column);
	assert_int_equal(actual_line, line);
	assert_int_equal(actual_column, column);
}

static void assert_line(struct source *source, unsigned line, const char *expected)
{
	size_t length = 99;
	const char *text = source_line(source, line, &length);

	assert_int_equal(length, strlen(expected));
	assert_memory_equal(text, expected, length);
}

static void a_new_source_copies_its_path_and_has_no_bytes(void **state)
{
	char path[] = "/etc/sipis/Settings1.xml";
	struct source *source = NULL;

	assert_int_equal(source_new(path, 7, &source), 0);
	path[0] = 'X';
	assert_string_equal(source->path, "/etc/sipis/Settings1.xml");
	assert_int_equal(source->order, 7);
	assert_null(source->data);
	assert_int_equal(source->size, 0);
	source_free(source);
}

static void the_place_of_a_whole_file_has_no_line(void **state)
{
	struct source *source = text_source("x");
	struct place whole = place_of_file(source), first = place_in(source, 0);

	assert_true(place_is_whole_file(&whole));
	assert_ptr_equal(whole.source, source);
	assert_false(place_is_whole_file(&first));
	source_free(source);
}

static void columns_count_bytes_from_one(void **state)
{
	struct source *source = text_source("a\tä<x\n\xf0\x9f\x98\x80y");

	assert_located(source, 0, 1, 1);
	assert_located(source, 2, 1, 3); /* a tab is one byte */
	assert_located(source, 4, 1, 5); /* ä is two */
	assert_located(source, 6, 1, 7); /* the newline ends its own line */
	assert_located(source, 7, 2, 1);
	assert_located(source, 11, 2, 5);
	assert_located(source, 12, 2, 6); /* the end of the file */
	source_free(source);
}

static void a_lone_carriage_return_does_not_begin_a_line(void **state)
{
	struct source *source = text_source("a\r\nb\rc\r\n\r\nd");

	assert_located(source, 1, 1, 2);
	assert_located(source, 3, 2, 1);
	assert_located(source, 5, 2, 3);
	assert_located(source, 8, 3, 1);
	assert_located(source, 10, 4, 1);
	assert_line(source, 1, "a");
	assert_line(source, 2, "b\rc");
	assert_line(source, 3, "");
	assert_line(source, 4, "d");
	source_free(source);
}

static void every_offset_gets_the_line_and_column_found_by_counting(void **state)
{
	static const char text[] = "\n\none\r\n\0two\n\n\nthree\xff\n\r\n";
	unsigned line = 1, column = 1;
	struct source *source = source_of("f", 0, text, sizeof(text) - 1);

	for (size_t offset = 0; offset < sizeof(text); offset++) {
		assert_located(source, offset, line, column);
		column++;
		if (text[offset] == '\n') {
			line++;
			column = 1;
		}
	}
	source_free(source);
}

static void lines_are_found_in_a_file_of_thousands_of_lines(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct source *source;

	for (unsigned i = 1; i <= 5000; i++)
		strbuf_appendf(&text, "line %04u\n", i);
	source = text_source(text.text);
	for (unsigned i = 1; i <= 5000; i++) {
		char expected[] = "line 0000";

		snprintf(expected, sizeof(expected), "line %04u", i % 10000);
		assert_located(source, (i - 1) * 10 + 5, i, 6);
		assert_line(source, i, expected);
	}
	assert_line(source, 5001, "");
	strbuf_done(&text);
	source_free(source);
}

static void a_line_excludes_its_line_end(void **state)
{
	struct source *source = text_source("first\nsecond\r\n\nlast");

	assert_line(source, 1, "first");
	assert_line(source, 2, "second");
	assert_line(source, 3, "");
	assert_line(source, 4, "last");
	source_free(source);
}

static void a_missing_line_is_empty(void **state)
{
	struct source *source = text_source("only\n"), *empty = text_source(""), *unread = NULL;

	assert_int_equal(source_new("f", 0, &unread), 0);
	assert_line(source, 0, "");
	assert_line(source, 2, "");
	assert_line(source, 3, "");
	assert_line(source, UINT32_MAX, "");
	assert_line(empty, 1, "");
	assert_line(empty, 2, "");
	assert_line(unread, 1, "");
	source_free(source);
	source_free(empty);
	source_free(unread);
}

/* Short and long ones, so that they fill blocks of all sizes; what one has overwritten, another
 * misses. */
static void texts_live_as_long_as_the_source(void **state)
{
	struct source *source = text_source("<a/>");
	char *kept[3000];
	char text[20000];

	for (size_t i = 0; i < ELEMENTSOF(kept); i++) {
		size_t length = i % 500 == 499 ? sizeof(text) : i % 60;

		memset(text, 'a' + (int)(i % 26), length);
		kept[i] = source_keep_text(source, text, length);
		assert_non_null(kept[i]);
	}
	for (size_t i = 0; i < ELEMENTSOF(kept); i++) {
		size_t length = i % 500 == 499 ? sizeof(text) : i % 60;

		memset(text, 'a' + (int)(i % 26), length);
		assert_memory_equal(kept[i], text, length);
		assert_int_equal(kept[i][length], 0);
	}
	source_free(source);
}

static void a_text_is_kept_with_all_its_bytes(void **state)
{
	struct source *source = text_source("<a/>");

	assert_memory_equal(source_keep_text(source, "a\0b", 3), "a\0b", 4);
	assert_memory_equal(source_keep_text(source, "", 0), "", 1);
	source_free(source);
}

static void the_start_of_an_empty_file_is_its_first_byte(void **state)
{
	struct source *source = text_source("");

	assert_located(source, 0, 1, 1);
	source_free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_source_copies_its_path_and_has_no_bytes),
		cmocka_unit_test(the_place_of_a_whole_file_has_no_line),
		cmocka_unit_test(columns_count_bytes_from_one),
		cmocka_unit_test(a_lone_carriage_return_does_not_begin_a_line),
		cmocka_unit_test(every_offset_gets_the_line_and_column_found_by_counting),
		cmocka_unit_test(lines_are_found_in_a_file_of_thousands_of_lines),
		cmocka_unit_test(a_line_excludes_its_line_end),
		cmocka_unit_test(a_missing_line_is_empty),
		cmocka_unit_test(the_start_of_an_empty_file_is_its_first_byte),
		cmocka_unit_test(texts_live_as_long_as_the_source),
		cmocka_unit_test(a_text_is_kept_with_all_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
