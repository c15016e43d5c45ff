/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "document/diagnostic.h"
#include "helper.h"

static struct source *first, *second;

static int make_sources(void **state)
{
	static const char text[] = "<Sipis>\n\t<Server/>\n</Sipis>\n";

	first = source_of("/etc/sipis/Settings1.xml", 0, text, strlen(text));
	second = source_of("/etc/sipis/Settings2.xml", 1, text, strlen(text));
	return 0;
}

static int free_sources(void **state)
{
	source_free(first);
	source_free(second);
	return 0;
}

static void add(struct diagnostics *diagnostics, enum diagnostic_code code, struct place place,
		const char *text)
{
	assert_int_equal(diagnostics_add(diagnostics, code, &place, NULL, "%s", text), 0);
}

static void a_finding_shows_place_severity_text_and_code(void **state)
{
	struct diagnostics diagnostics = {};

	add(&diagnostics, DIAGNOSTIC_BAD_PORT, place_in(first, 9), "no port");
	add(&diagnostics, DIAGNOSTIC_LEFT_TO_DEFAULT, place_in(first, 0), "who knows");
	assert_findings(&diagnostics,
			"/etc/sipis/Settings1.xml:2:2: error: no port [bad-port]\n"
			"/etc/sipis/Settings1.xml:1:1: warning: who knows [left-to-default]\n");
	diagnostics_done(&diagnostics);
}

static void a_finding_about_a_file_has_no_line(void **state)
{
	struct diagnostics diagnostics = {};
	struct source *unread = NULL;

	assert_int_equal(source_new("/etc/sipis/Settings3.xml", 2, &unread), 0);
	add(&diagnostics, DIAGNOSTIC_FILE_UNREADABLE, place_of_file(unread), "why");
	assert_findings(&diagnostics, "/etc/sipis/Settings3.xml: error: why [file-unreadable]\n");
	diagnostics_done(&diagnostics);
	source_free(unread);
}

static void a_related_place_follows_the_text(void **state)
{
	struct place place = place_in(second, 9), related = place_in(first, 9);
	struct place whole = place_of_file(first);
	struct diagnostics diagnostics = {};

	diagnostics_add(&diagnostics, DIAGNOSTIC_DUPLICATE_PORT, &place, &related, "%s %d", "port",
			80);
	diagnostics_add(&diagnostics, DIAGNOSTIC_DUPLICATE_PORT, &place, &whole, "port");
	assert_string_equal(diagnostics.items[0].text, "port 80");
	assert_findings(&diagnostics, "/etc/sipis/Settings2.xml:2:2: error: port 80 (see "
				      "/etc/sipis/Settings1.xml:2:2) [duplicate-port]\n"
				      "/etc/sipis/Settings2.xml:2:2: error: port (see "
				      "/etc/sipis/Settings1.xml) [duplicate-port]\n");
	diagnostics_done(&diagnostics);
}

static void a_hostile_path_stays_on_one_line(void **state)
{
	struct source *hostile = source_of("/etc/sipis/Settings\n\x1b[2J\xff.xml", 0, "", 0);
	struct diagnostics diagnostics = {};

	add(&diagnostics, DIAGNOSTIC_BAD_INSTANCE_NAME, place_of_file(hostile), "text");
	assert_findings(&diagnostics, "/etc/sipis/Settings\\n\\x1b[2J\\xff.xml: error: text "
				      "[bad-instance-name]\n");
	diagnostics_done(&diagnostics);
	source_free(hostile);
}

static void errors_come_first_then_files_places_codes_and_texts(void **state)
{
	struct diagnostics diagnostics = {};

	add(&diagnostics, DIAGNOSTIC_MISSING_REALM, place_in(second, 0), "k");
	add(&diagnostics, DIAGNOSTIC_LEFTOVER_DEFAULT, place_of_file(second), "j");
	add(&diagnostics, DIAGNOSTIC_LEFTOVER_DEFAULT, place_of_file(first), "i");
	add(&diagnostics, DIAGNOSTIC_BAD_PORT, place_in(second, 0), "h");
	add(&diagnostics, DIAGNOSTIC_FILE_UNREADABLE, place_of_file(second), "g");
	add(&diagnostics, DIAGNOSTIC_DUPLICATE_PORT, place_in(first, 9), "f");
	add(&diagnostics, DIAGNOSTIC_DUPLICATE_PORT, place_in(first, 9), "e");
	add(&diagnostics, DIAGNOSTIC_BAD_PATH, place_in(first, 9), "d");
	add(&diagnostics, DIAGNOSTIC_MISSING_ELEMENT, place_in(first, 8), "c");
	add(&diagnostics, DIAGNOSTIC_BAD_NAME, place_in(first, 8), "b");
	add(&diagnostics, DIAGNOSTIC_XML_SYNTAX, place_in(first, 0), "a");
	diagnostics_sort(&diagnostics);
	assert_int_equal(diagnostics.n, 11);
	for (size_t i = 0; i < diagnostics.n; i++)
		assert_int_equal(diagnostics.items[i].text[0], 'a' + i);
	diagnostics_done(&diagnostics);
}

/* The order of the table is not that of the names; listings go by the names. */
static void codes_of_one_place_are_sorted_by_name(void **state)
{
	struct diagnostics diagnostics = {};

	for (int code = DIAGNOSTIC_CODE_COUNT; code-- > 0;)
		add(&diagnostics, (enum diagnostic_code)code, place_in(first, 1), "text");
	diagnostics_sort(&diagnostics);
	for (size_t i = 1; i < diagnostics.n; i++)
		assert_true(diagnostic_severity(&diagnostics.items[i - 1]) <
				    diagnostic_severity(&diagnostics.items[i]) ||
			    strcmp(diagnostic_code_name(diagnostics.items[i - 1].code),
				   diagnostic_code_name(diagnostics.items[i].code)) < 0);
	diagnostics_done(&diagnostics);
}

static void an_empty_list_can_be_sorted(void **state)
{
	struct diagnostics diagnostics = {};

	diagnostics_sort(&diagnostics);
	assert_int_equal(diagnostics.n, 0);
	assert_int_equal(diagnostics_count(&diagnostics, SEVERITY_ERROR), 0);
	diagnostics_done(&diagnostics);
}

static void errors_and_warnings_are_counted_separately(void **state)
{
	struct diagnostics diagnostics = {};

	for (int i = 0; i < 100; i++)
		add(&diagnostics, i % 4 ? DIAGNOSTIC_BAD_NAME : DIAGNOSTIC_LEFT_TO_DEFAULT,
		    place_in(first, 0), "text");
	assert_int_equal(diagnostics_count(&diagnostics, SEVERITY_ERROR), 75);
	assert_int_equal(diagnostics_count(&diagnostics, SEVERITY_WARNING), 25);
	diagnostics_done(&diagnostics);
	assert_int_equal(diagnostics.n, 0);
}

static void truncating_keeps_the_first_findings(void **state)
{
	struct diagnostics diagnostics = {};

	add(&diagnostics, DIAGNOSTIC_BAD_NAME, place_in(first, 0), "one");
	add(&diagnostics, DIAGNOSTIC_BAD_NAME, place_in(first, 0), "two");
	add(&diagnostics, DIAGNOSTIC_BAD_NAME, place_in(first, 0), "three");
	diagnostics_truncate(&diagnostics, 5);
	assert_int_equal(diagnostics.n, 3);
	diagnostics_truncate(&diagnostics, 1);
	add(&diagnostics, DIAGNOSTIC_BAD_NAME, place_in(first, 0), "four");
	assert_int_equal(diagnostics.n, 2);
	assert_string_equal(diagnostics.items[0].text, "one");
	assert_string_equal(diagnostics.items[1].text, "four");
	diagnostics_done(&diagnostics);
}

static void every_code_is_unique(void **state)
{
	for (int i = 0; i < DIAGNOSTIC_CODE_COUNT; i++) {
		const char *name = diagnostic_code_name((enum diagnostic_code)i);

		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		assert_true(strlen(name) > 0);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(name,
						diagnostic_code_name((enum diagnostic_code)j));
	}
}

static void the_severities_are_error_and_warning(void **state)
{
	assert_string_equal(severity_name(SEVERITY_ERROR), "error");
	assert_string_equal(severity_name(SEVERITY_WARNING), "warning");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finding_shows_place_severity_text_and_code),
		cmocka_unit_test(a_finding_about_a_file_has_no_line),
		cmocka_unit_test(a_related_place_follows_the_text),
		cmocka_unit_test(a_hostile_path_stays_on_one_line),
		cmocka_unit_test(errors_come_first_then_files_places_codes_and_texts),
		cmocka_unit_test(codes_of_one_place_are_sorted_by_name),
		cmocka_unit_test(an_empty_list_can_be_sorted),
		cmocka_unit_test(errors_and_warnings_are_counted_separately),
		cmocka_unit_test(truncating_keeps_the_first_findings),
		cmocka_unit_test(every_code_is_unique),
		cmocka_unit_test(the_severities_are_error_and_warning),
	};

	return cmocka_run_group_tests(tests, make_sources, free_sources);
}
