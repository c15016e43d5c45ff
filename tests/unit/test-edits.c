/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper.h"
#include "sipisctl/proposal/edits.h"

struct wanted {
	size_t offset, length;
	const char *text;
};

/* What the edits make of the part of `data`. The caller frees it. */
static char *apply(const char *data, size_t begin, size_t end, const struct wanted *wanted,
		   size_t n)
{
	struct strbuf buf = STRBUF_INIT;
	struct edits edits = {};
	char *text = NULL;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(
			edits_add(&edits, wanted[i].offset, wanted[i].length, wanted[i].text), 0);
	assert_int_equal(edits.n, n);
	edits_apply(&edits, data, begin, end, &buf);
	assert_int_equal(strbuf_take(&buf, &text), 0);
	edits_done(&edits);
	assert_int_equal(edits.n, 0);
	assert_null(edits.items);
	return text;
}

#define assert_part(data, begin, end, expected, ...)                                       \
	do {                                                                               \
		const struct wanted wanted_[] = {__VA_ARGS__};                             \
		char *text_ = apply((data), (begin), (end), wanted_, ELEMENTSOF(wanted_)); \
                                                                                           \
		assert_string_equal(text_, (expected));                                    \
		free(text_);                                                               \
	} while (0)

#define assert_edited(data, expected, ...) \
	assert_part((data), 0, strlen(data), (expected), __VA_ARGS__)

static void no_edits_leave_the_text_unchanged(void **state)
{
	char *text = apply("abc", 0, 3, NULL, 0);

	assert_string_equal(text, "abc");
	free(text);
	text = apply("abc", 1, 1, NULL, 0);
	assert_string_equal(text, "");
	free(text);
}

static void an_edit_replaces_inserts_or_removes(void **state)
{
	assert_edited("abc", "aXc", {1, 1, "X"});
	assert_edited("abc", "aXYZc", {1, 1, "XYZ"});
	assert_edited("abc", "ac", {1, 1, ""});
	assert_edited("abc", "aXbc", {1, 0, "X"});
	assert_edited("abc", "Xabc", {0, 0, "X"});
	assert_edited("abc", "abcX", {3, 0, "X"});
	assert_edited("abc", "X", {0, 3, "X"});
	assert_edited("abc", "", {0, 3, ""});
	assert_edited("", "X", {0, 0, "X"});
}

static void edits_may_be_added_in_any_order(void **state)
{
	assert_edited("abcdef", "XbYdZf", {4, 1, "Z"}, {0, 1, "X"}, {2, 1, "Y"});
	assert_edited("abcdef", "XYZdef", {0, 1, "X"}, {1, 1, "Y"}, {2, 1, "Z"});
	assert_edited("abcdef", "XYZdef", {2, 1, "Z"}, {1, 1, "Y"}, {0, 1, "X"});
}

/* As new backends stand behind one that stays, before one that goes. */
static void insertions_at_one_offset_keep_their_order(void **state)
{
	assert_edited("abc", "aXYZbc", {1, 0, "X"}, {1, 0, "Y"}, {1, 0, "Z"});
	assert_edited("abc", "aXYc", {1, 0, "X"}, {1, 0, "Y"}, {1, 1, ""});
	assert_edited("abc", "aXYc", {1, 1, ""}, {2, 0, "X"}, {2, 0, "Y"});
	assert_edited("abc", "aXYc", {2, 0, "X"}, {2, 0, "Y"}, {1, 1, ""});
	assert_edited("abcd", "aXd", {1, 1, ""}, {2, 0, "X"}, {2, 1, ""});
}

static void only_edits_inside_a_part_change_it(void **state)
{
	assert_part("abcdef", 2, 4, "cd", {0, 1, "X"}, {5, 1, "X"});
	assert_part("abcdef", 2, 4, "XdY", {2, 1, "X"}, {4, 0, "Y"});
	assert_part("abcdef", 2, 4, "Xcd", {2, 0, "X"});
	/* One that lies on the edge is no part of it */
	assert_part("abcdef", 2, 4, "cd", {1, 2, "X"}, {3, 2, "Y"});
}

static void bytes_may_be_nul_or_not_utf8(void **state)
{
	static const char data[] = "a\0b\xff"
				   "c";
	const struct wanted wanted[] = {{3, 1, "X"}};
	struct strbuf buf = STRBUF_INIT;
	struct edits edits = {};

	assert_int_equal(edits_add(&edits, wanted[0].offset, wanted[0].length, wanted[0].text), 0);
	edits_apply(&edits, data, 0, 5, &buf);
	assert_int_equal(strbuf_error(&buf), 0);
	assert_int_equal(buf.length, 5);
	assert_memory_equal(buf.text, "a\0bXc", 5);
	strbuf_done(&buf);
	edits_done(&edits);
}

static void a_thousand_edits_are_applied(void **state)
{
	enum { N = 1000 };
	struct strbuf buf = STRBUF_INIT;
	struct edits edits = {};
	char data[N];

	memset(data, 'a', N);
	/* Every second byte, from behind */
	for (size_t i = N; i > 0; i -= 2)
		assert_int_equal(edits_add(&edits, i - 1, 1, "XY"), 0);
	edits_apply(&edits, data, 0, N, &buf);
	assert_int_equal(strbuf_error(&buf), 0);
	assert_int_equal(buf.length, N / 2 * 3);
	for (size_t i = 0; i < N / 2; i++)
		assert_memory_equal(buf.text + 3 * i, "aXY", 3);
	strbuf_done(&buf);
	edits_done(&edits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_edits_leave_the_text_unchanged),
		cmocka_unit_test(an_edit_replaces_inserts_or_removes),
		cmocka_unit_test(edits_may_be_added_in_any_order),
		cmocka_unit_test(insertions_at_one_offset_keep_their_order),
		cmocka_unit_test(only_edits_inside_a_part_change_it),
		cmocka_unit_test(bytes_may_be_nul_or_not_utf8),
		cmocka_unit_test(a_thousand_edits_are_applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
