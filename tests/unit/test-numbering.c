/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper.h"
#include "sipisctl/proposal/numbering.h"

typedef void append_function(struct strbuf *buf, const char *text, size_t length,
			     const struct renumbering *renumbering);

static void check(append_function *append, const char *text, const char *old, const char *new,
		  const char *expected)
{
	/* What follows is no part of it: values stand in a document */
	struct strbuf document = STRBUF_INIT, buf = STRBUF_INIT;
	const struct renumbering renumbering = {old, new};

	strbuf_appendf(&document, "%s2.lock/", text);
	append(&buf, document.text, strlen(text), &renumbering);
	assert_int_equal(strbuf_error(&buf), 0);
	assert_string_equal(buf.text ? buf.text : "", expected);
	strbuf_done(&document);
	strbuf_done(&buf);
}

#define assert_name(name, old, new, expected) \
	check(numbering_append_name, (name), (old), (new), (expected))
#define assert_path(path, old, new, expected) \
	check(numbering_append_path, (path), (old), (new), (expected))

static void a_name_gets_the_new_number(void **state)
{
	assert_name("Sipis", "", "1", "Sipis1");
	assert_name("Sipis1", "1", "2", "Sipis2");
	assert_name("Sipis1", "1", "", "Sipis");
	assert_name("Sipis1", "1", "1", "Sipis1");
	assert_name("Sipis9", "9", "10", "Sipis10");
	assert_name("Sipis-eu", "-eu", "3", "Sipis3");
	assert_name("Sipis", "", "", "Sipis");
}

/* The mark is that of the instance, and no other number. */
static void a_name_without_the_old_number_keeps_its_text(void **state)
{
	assert_name("Sipis2", "1", "3", "Sipis23");
	assert_name("Sipis21", "1", "3", "Sipis23");
	assert_name("Sipis2", "12", "3", "Sipis23");
	assert_name("1Sipis", "1", "3", "1Sipis3");
	assert_name("Sipis-EU", "-eu", "3", "Sipis-EU3");
	assert_name("Sipis2", "", "3", "Sipis23");
	assert_name("Sipis2", "1", "", "Sipis2");
}

static void a_name_that_is_only_a_number_stays(void **state)
{
	assert_name("1", "1", "2", "12");
	assert_name("1", "1", "", "1");
	assert_name("11", "1", "2", "12");
	assert_name("", "1", "2", "2");
}

static void a_path_gets_the_new_number_before_its_extension(void **state)
{
	assert_path("/var/run/sipis/sipis.lock", "", "1", "/var/run/sipis/sipis1.lock");
	assert_path("/var/run/sipis/sipis1.lock", "1", "2", "/var/run/sipis/sipis2.lock");
	assert_path("/var/run/sipis/sipis1.lock", "1", "", "/var/run/sipis/sipis.lock");
	assert_path("/run/sipis-eu.lock", "-eu", "2", "/run/sipis2.lock");
	assert_path("/run/sipis", "", "1", "/run/sipis1");
	assert_path("/run/sipis1", "1", "12", "/run/sipis12");
	assert_path("sipis.log", "", "1", "sipis1.log");
	assert_path("/sipis.log", "", "1", "/sipis1.log");
}

static void only_the_last_extension_of_a_file_counts(void **state)
{
	assert_path("/run/sipis.tar.gz", "", "1", "/run/sipis.tar1.gz");
	assert_path("/run/sipis.d/lock", "", "1", "/run/sipis.d/lock1");
	assert_path("/run/1.d/lock", "1", "2", "/run/1.d/lock2");
	assert_path("/run/.lock", "", "1", "/run/.lock1");
	assert_path("/run/.lock1", "1", "2", "/run/.lock2");
	assert_path("/run/..lock", "", "1", "/run/.1.lock");
	assert_path("/run/sipis.", "", "1", "/run/sipis1.");
	assert_path("/run/sipis.lock1", "1", "2", "/run/sipis2.lock1");
}

static void a_file_name_that_is_only_a_number_stays(void **state)
{
	assert_path("/run/1.lock", "1", "2", "/run/12.lock");
	assert_path("/run/1", "1", "2", "/run/12");
}

static void texts_that_are_not_paths_are_numbered_too(void **state)
{
	assert_path("", "", "1", "");
	assert_path("/", "", "1", "/1");
	assert_path(".", "", "1", ".1");
}

/* Values are raw: references stay what they are. */
static void references_are_not_broken(void **state)
{
	assert_name("R&amp;D1", "1", "2", "R&amp;D2");
	assert_name("R&amp;", "", "2", "R&amp;2");
	assert_path("/run/a&#47;b1.lock", "1", "2", "/run/a&#47;b2.lock");
	assert_path("/run/a&#46;b", "", "2", "/run/a&#46;b2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_gets_the_new_number),
		cmocka_unit_test(a_name_without_the_old_number_keeps_its_text),
		cmocka_unit_test(a_name_that_is_only_a_number_stays),
		cmocka_unit_test(a_path_gets_the_new_number_before_its_extension),
		cmocka_unit_test(only_the_last_extension_of_a_file_counts),
		cmocka_unit_test(a_file_name_that_is_only_a_number_stays),
		cmocka_unit_test(texts_that_are_not_paths_are_numbered_too),
		cmocka_unit_test(references_are_not_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
