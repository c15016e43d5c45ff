/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "installation/description.h"
#include "util/macro.h"

static void assert_round_trip(const char *name, uint16_t port, uint16_t http_port)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct description written = {.name = excerpt(name), .port = port, .http_port = http_port};
	struct description read = {};

	description_append(&text, &written);
	assert_int_equal(strbuf_error(&text), 0);
	assert_true(description_parse(text.text, &read));
	assert_string_equal(read.name.text, written.name.text);
	assert_int_equal(read.port, port);
	assert_int_equal(read.http_port, http_port);
}

static void a_description_shows_the_settings(void **state _unused_)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct settings settings = {
		.name.text = (char[]){"Sipis1"},
		.listeners[LISTENER_SERVER].port = {.text = (char[]){"14998"}, .port = 14998},
		.listeners[LISTENER_HTTP].port = {.text = (char[]){"5000"}, .port = 5000},
	};
	struct description description = description_of(&settings);

	description_append(&text, &description);
	assert_string_equal(text.text, "SIPIS Sipis1 (port 14998, HTTP port 5000)");

	strbuf_truncate(&text, 0);
	settings.listeners[LISTENER_HTTP].port = (struct value){};
	description = description_of(&settings);
	description_append(&text, &description);
	assert_string_equal(text.text, "SIPIS Sipis1 (port 14998)");
}

static void a_formatted_description_parses_to_the_same_values(void **state _unused_)
{
	static const char *const names[] = {
		"Sipis1",
		"x",
		" ",
		" (port 1)",
		"x (port 1, HTTP port 2)",
		" (port ",
		"x)",
		", HTTP port 7)",
		"SIPIS ",
		"100%",
		"a\nb\x1b[31m",
		"\xc3\xa4\xe2\x80\xae\xff",
		"0123456789012345678901234567890123456789012345678901234567890123",
		"a name that is so long that only its beginning is shown, with ... after it",
	};

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		assert_round_trip(names[i], 14998, 5000);
		assert_round_trip(names[i], 1, 0);
		assert_round_trip(names[i], 65535, 65535);
	}
}

static void other_texts_are_not_descriptions(void **state _unused_)
{
	static const char *const texts[] = {
		"",
		"SIPIS",
		"SIPIS Sipis1",
		"SIPIS  (port 1)", /* a name has at least one byte */
		"SIPIS (port 1)",
		"sipis Sipis1 (port 1)",
		"SIPIS Sipis1 (port 1",
		"SIPIS Sipis1 (port 1) ",
		"SIPIS Sipis1 (port )",
		"SIPIS Sipis1 (port 0)",
		"SIPIS Sipis1 (port 01)",
		"SIPIS Sipis1 (port +1)",
		"SIPIS Sipis1 (port 65536)",
		"SIPIS Sipis1 (port 100000000000)",
		"SIPIS Sipis1 (port 1, HTTP port )",
		"SIPIS Sipis1 (port 1, HTTP port 0)",
		"SIPIS Sipis1 (port 1, HTTP port 2",
		"SIPIS Sipis1 (port 1, HTTP port 2, x)",
		"SIPIS Settings1.xml, refused: Server port 1 is already used by Settings2.xml",
		"SIPIS 01234567890123456789012345678901234567890123456789012345678901234 (port 1)",
		"My own description",
	};
	struct description untouched = {.port = 4711};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		assert_false(description_parse(texts[i], &untouched));
		assert_int_equal(untouched.port, 4711);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_description_shows_the_settings),
		cmocka_unit_test(a_formatted_description_parses_to_the_same_values),
		cmocka_unit_test(other_texts_are_not_descriptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
