/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "util/ascii.h"
#include "util/macro.h"

static void only_ascii_letters_have_two_cases(void **state)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			  lower[] = "abcdefghijklmnopqrstuvwxyz";

	for (int c = 0; c <= UINT8_MAX; c++) {
		const char *letter = c ? strchr(upper, c) : NULL;

		assert_int_equal(ascii_lower((char)c), letter ? lower[letter - upper] : (char)c);
		assert_int_equal(ascii_is_letter((char)c),
				 c && (strchr(upper, c) || strchr(lower, c)));
		assert_int_equal(ascii_is_digit((char)c), c && strchr("0123456789", c));
	}
}

static void texts_are_compared_without_case(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{"", "", true},
		{"ASCII", "ascii", true},
		{"INSTANCE", "instance", true},
		{"a", "", false},
		{"", "a", false},
		{"ab", "a", false},
		{"@[`{", "@[`{", true},
		{"@", "`", false},
		{"[", "{", false},
		{"\xc3\x84", "\xc3\xa4", false}, /* U+00C4 and U+00E4 */
		{"I", "\xc4\xb1", false},        /* the i without a dot */
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		assert_int_equal(ascii_equal(cases[i].a, cases[i].b), cases[i].equal);
		assert_int_equal(ascii_equal(cases[i].b, cases[i].a), cases[i].equal);
		assert_int_equal(!ascii_compare(cases[i].a, cases[i].b), cases[i].equal);
	}
	assert_true(ascii_compare("A", "b") < 0 && ascii_compare("B", "a") > 0);
	assert_true(ascii_compare("z", "\xc3") < 0 && ascii_compare("ab", "A") > 0);
	assert_true(ascii_equal_n("utf-8'", "UTF-8", 5));
	assert_false(ascii_equal_n("utf-7'", "UTF-8", 5));
	assert_true(ascii_equal_n("a\0b", "a\0c", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_ascii_letters_have_two_cases),
		cmocka_unit_test(texts_are_compared_without_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
