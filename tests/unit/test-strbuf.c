/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "util/strbuf.h"

static void a_new_buffer_is_an_empty_string(void **state)
{
	struct strbuf buf = STRBUF_INIT;

	assert_string_equal(buf.text, "");
	assert_int_equal(buf.length, 0);
	assert_int_equal(strbuf_error(&buf), 0);
	strbuf_done(&buf);
	assert_string_equal(buf.text, "");
}

static void appended_texts_keep_their_order(void **state)
{
	struct strbuf buf = STRBUF_INIT;

	strbuf_append(&buf, "one");
	strbuf_append_char(&buf, ' ');
	strbuf_append_bytes(&buf, "two and more", 3);
	strbuf_appendf(&buf, " %d%s", 3, "!");
	assert_string_equal(buf.text, "one two 3!");
	assert_int_equal(buf.length, 10);
	strbuf_done(&buf);
}

static void appended_bytes_may_contain_nul(void **state)
{
	struct strbuf buf = STRBUF_INIT;

	strbuf_append_bytes(&buf, "a\0b", 3);
	strbuf_append_char(&buf, 0);
	strbuf_append(&buf, "c");
	assert_int_equal(buf.length, 5);
	assert_memory_equal(buf.text, "a\0b\0c", 6);
	strbuf_done(&buf);
}

static void a_growing_text_stays_complete_and_terminated(void **state)
{
	struct strbuf buf = STRBUF_INIT;
	char expected[5001];

	for (size_t i = 0; i < sizeof(expected) - 1; i++) {
		expected[i] = (char)('a' + i % 26);
		expected[i + 1] = 0;
		strbuf_append_char(&buf, expected[i]);
		assert_int_equal(buf.length, i + 1);
		assert_int_equal(buf.text[i + 1], 0);
	}
	assert_string_equal(buf.text, expected);
	strbuf_done(&buf);
}

/* The lengths go past the capacities that a buffer begins with and doubles to. */
static void one_append_of_any_length_fits(void **state)
{
	char expected[301] = "";

	for (size_t length = 0; length < sizeof(expected); length++) {
		struct strbuf formatted = STRBUF_INIT, copied = STRBUF_INIT;

		memset(expected, 'x', length);
		expected[length] = 0;
		strbuf_appendf(&formatted, "%s", expected);
		strbuf_append(&copied, expected);
		assert_string_equal(formatted.text, expected);
		assert_int_equal(formatted.length, length);
		assert_string_equal(copied.text, expected);
		assert_int_equal(copied.length, length);
		strbuf_done(&formatted);
		strbuf_done(&copied);
	}
}

static void truncating_removes_only_the_end(void **state)
{
	struct strbuf buf = STRBUF_INIT;

	strbuf_append(&buf, "abcdef");
	strbuf_truncate(&buf, 100);
	strbuf_truncate(&buf, 6);
	assert_string_equal(buf.text, "abcdef");
	strbuf_truncate(&buf, 2);
	assert_string_equal(buf.text, "ab");
	assert_int_equal(buf.length, 2);
	strbuf_append(&buf, "X");
	assert_string_equal(buf.text, "abX");
	strbuf_truncate(&buf, 0);
	assert_string_equal(buf.text, "");
	strbuf_done(&buf);
}

static void a_taken_text_belongs_to_the_caller(void **state)
{
	struct strbuf buf = STRBUF_INIT;
	char *first = NULL, *second = NULL;

	strbuf_append(&buf, "first");
	assert_int_equal(strbuf_take(&buf, &first), 0);
	assert_string_equal(buf.text, "");
	assert_int_equal(buf.length, 0);
	strbuf_append(&buf, "second");
	assert_int_equal(strbuf_take(&buf, &second), 0);
	assert_string_equal(first, "first");
	assert_string_equal(second, "second");
	free(first);
	free(second);
}

static void an_empty_text_can_be_taken_and_freed(void **state)
{
	struct strbuf buf = STRBUF_INIT;
	char *text = NULL;

	assert_int_equal(strbuf_take(&buf, &text), 0);
	assert_ptr_not_equal(text, strbuf_empty);
	assert_string_equal(text, "");
	free(text);
}

static void the_shared_empty_string_stays_empty(void **state)
{
	struct strbuf buf = STRBUF_INIT, other = STRBUF_INIT;

	strbuf_truncate(&buf, 0);
	strbuf_append(&buf, "");
	strbuf_append_bytes(&buf, "x", 0);
	strbuf_append(&buf, "text");
	strbuf_truncate(&buf, 0);
	assert_string_equal(other.text, "");
	strbuf_done(&buf);
	strbuf_done(&buf);
	assert_string_equal(strbuf_empty, "");
}

static void after_a_failed_allocation_nothing_is_appended(void **state)
{
	struct strbuf buf = STRBUF_INIT;
	char *text = NULL;

	strbuf_append(&buf, "before");
	buf.error = -ENOMEM; /* as the allocation leaves it */
	strbuf_append(&buf, "a");
	strbuf_append_char(&buf, 'b');
	strbuf_append_bytes(&buf, "c", 1);
	strbuf_appendf(&buf, "%d", 1);
	assert_string_equal(buf.text, "before");
	strbuf_truncate(&buf, 1);
	assert_string_equal(buf.text, "b");
	assert_int_equal(strbuf_error(&buf), -ENOMEM);
	assert_int_equal(strbuf_take(&buf, &text), -ENOMEM);
	assert_null(text);
	strbuf_done(&buf);
	assert_int_equal(strbuf_error(&buf), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_buffer_is_an_empty_string),
		cmocka_unit_test(appended_texts_keep_their_order),
		cmocka_unit_test(appended_bytes_may_contain_nul),
		cmocka_unit_test(a_growing_text_stays_complete_and_terminated),
		cmocka_unit_test(one_append_of_any_length_fits),
		cmocka_unit_test(truncating_removes_only_the_end),
		cmocka_unit_test(a_taken_text_belongs_to_the_caller),
		cmocka_unit_test(an_empty_text_can_be_taken_and_freed),
		cmocka_unit_test(the_shared_empty_string_stays_empty),
		cmocka_unit_test(after_a_failed_allocation_nothing_is_appended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
