/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "document/near-markup.h"
#include "util/macro.h"
#include "util/near-names.h"

static void misspelt_names_are_near(void **state _unused_)
{
	static const struct {
		const char *a, *b;
		bool near;
	} cases[] = {
		{"Sipis3", "Sipis3", true},
		{"Sipis3", "sipis3", true},
		{"SIPIS3", "sipis3", true},
		{"Sipis3", "Sipis 3", true},
		{"Sipis3", " Sipis3 ", true},
		{"Sipis3", "Sipis3\t", true},
		{"Sipis3", "Sipi3", true},
		{"Sipis3", "Sippis3", true},
		{"Sipis3", "Sipsi3", true},
		{"Sipis3", "Sopis3", true},
		{"Sipis3", "spi3", false}, /* three letters: too short for two edits */
		{"Sipis3", "Spii3", false},
		{"SipisBerlin", "SipsiBerln", true},
		{"SipisBerlin", "SpsBerln", false},

		{"Sipis3", "Sipis4", false},
		{"Sipis3", "Sipis", false},
		{"Sipis3", "Sipis33", false},
		{"Sipis12", "Sipis21", false},
		{"Sipis", "Sipis1", false},
		{"x3s", "xs3", false},
		{"ab", "ac", false}, /* nothing would be left to recognize it by */
		{"a", "", false},
		{"", "abcdefgh", false},
		{"Sipis1", "SipisInDocker1", false},
		{"\xc3\xa4nders1", "\xc3\x84nders1", true},

		/* what looks the same: no-break space, zero-width space, byte order mark */
		{"Sipis3",
		 "Sipis\xc2\xa0"
		 "3",
		 true},
		{"Sipis3",
		 "Sipis\xe2\x80\x8b"
		 "3",
		 true},
		{"Sipis3", "Sipis3\xef\xbb\xbf", true},
		{"Sipis3", "Sipis3\n", true},
		{"a",
		 "\xe2\x80\x8b"
		 "a",
		 true},
		/* a Cyrillic letter, a full-width one, a letter and its accent */
		{"Sipis3", "S\xd1\x96pis3", true},
		{"Sipis3", "\xef\xbc\xb3ipis3", true},
		{"M\xc3\xbcller", "Mu\xcc\x88ller", true},
		{"Sipis3", "\xef\xbc\xb3\xef\xbc\xa9\xef\xbc\xb0is3", false},
		{"Sipis3", "Sipis\xef\xbc\x93", false},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		if (names_are_near(cases[i].a, cases[i].b) != cases[i].near ||
		    names_are_near(cases[i].b, cases[i].a) != cases[i].near)
			fail_msg("\"%s\" and \"%s\"", cases[i].a, cases[i].b);
}

static void elements_that_are_read_are_no_misspelling(void **state _unused_)
{
	static const struct grammar_element elements[] = {{.name = "Server"}, {.name = "Servers"}};
	static const struct grammar grammar = {.elements = elements,
					       .n_elements = ELEMENTSOF(elements)};

	assert_true(near_element(&grammar, "Server", "Server"));
	assert_true(near_element(&grammar, "server", "Server"));
	assert_true(near_element(&grammar, "Sever", "Server"));
	assert_false(near_element(&grammar, "Servers", "Server"));
	assert_false(near_element(&grammar, "Service", "Server"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misspelt_names_are_near),
		cmocka_unit_test(elements_that_are_read_are_no_misspelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
