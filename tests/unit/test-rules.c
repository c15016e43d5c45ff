/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "helper-installation.h"

#define SECOND_SETTINGS                                                        \
	"<Sipis><Server Name='Sipis2' Port='14988'/><HttpServer Port='5010'/>" \
	"<Lock FileName='/run/sipis/2.lock'/><Log FileName='/var/log/sipis/2.log'/></Sipis>"

static void assert_judged(const struct settings_file *files, size_t n, const char *expected)
{
	struct installation installation;

	install(&installation, files, n);
	judge(&installation);
	assert_findings(&installation.diagnostics, expected);
	installation_done(&installation);
}

static void a_good_installation_has_no_findings(void **state)
{
	static const struct settings_file files[] = {
		{"Settings1.xml", GOOD_SETTINGS},
		{"Settings2.xml", SECOND_SETTINGS},
	};

	assert_judged(files, 0, "");
	assert_judged(files, 1, "");
	assert_judged(files, 2, "");
}

static void a_value_left_to_its_default_is_a_warning_at_its_element(void **state)
{
	static const struct settings_file files[] = {
		{"Settings1.xml",
		 "<Sipis>\n<Server Name='a' Port='1'/>\n<HttpServer/><Log/></Sipis>"},
	};

	assert_judged(
		files, 1,
		"Settings1.xml:1:1: warning: Lock[FileName] is missing, and the default of SIPIS "
		"is unknown here: set it [left-to-default]\n"
		"Settings1.xml:3:1: warning: HttpServer[Port] is missing, and the default of SIPIS "
		"is unknown here: set it [left-to-default]\n"
		"Settings1.xml:3:14: warning: Log[FileName] is missing, and the default of SIPIS "
		"is unknown here: set it [left-to-default]\n");
}

static void a_bad_value_is_not_left_to_its_default(void **state)
{
	static const struct settings_file files[] = {
		{"Settings1.xml", "<Sipis><Server Name='a' Port='1'/><HttpServer Port=''/>"
				  "<Lock FileName='/run/1'/><Log FileName='/dev/null'/></Sipis>"},
	};

	assert_judged(files, 1,
		      "Settings1.xml:1:53: error: HttpServer[Port] \"\" is not a decimal "
		      "number from 1 to 65535 [bad-port]\n");
}

static void settings_xml_beside_other_files_is_a_warning(void **state)
{
	static const struct settings_file files[] = {
		{"Settings1.xml", GOOD_SETTINGS},
		{"Settings.xml", SECOND_SETTINGS},
	};
	static const struct settings_file alone[] = {
		{"Settings.xml", GOOD_SETTINGS},
	};

	assert_judged(files, 2,
		      "Settings.xml: warning: Settings.xml is beside other settings files, and is "
		      "an instance too: if the others replaced it in a split, move it out of this "
		      "directory [leftover-default]\n");
	assert_judged(alone, 1, "");
}

static void only_an_error_refuses_and_the_first_is_the_reason(void **state)
{
	static const struct settings_file files[] = {
		{"Settings1.xml", "<Sipis><Server Name='Sipis1' Port='1'/></Sipis>"},
		{"Settings2.xml", "<Sipis><HttpServer/><Server Name='Sipis1' Port='0'/></Sipis>"},
		{"Settings3.xml", "<Sipis>"},
		{"Settings.xml", SECOND_SETTINGS},
	};
	struct installation installation;

	install(&installation, files, ELEMENTSOF(files));
	judge(&installation);
	assert_null(installation.instances[0].first_error);
	assert_non_null(installation.instances[1].first_error);
	assert_int_equal(installation.instances[1].first_error->code, DIAGNOSTIC_DUPLICATE_PATH);
	assert_int_equal(installation.instances[2].first_error->code, DIAGNOSTIC_XML_SYNTAX);
	assert_null(installation.instances[3].first_error);
	installation_done(&installation);
}

static void instances_are_found_by_name_and_by_place(void **state)
{
	static const struct settings_file files[] = {
		{"Settings1.xml", GOOD_SETTINGS},
		{"Settingsa b.xml", GOOD_SETTINGS},
		{"Settings2.xml", "<Sipis>"},
	};
	struct installation installation;
	struct place place, nowhere = {};

	install(&installation, files, ELEMENTSOF(files));
	place = place_in(installation.instances[2].source, 3);
	assert_ptr_equal(installation_find(&installation, "2"), &installation.instances[2]);
	assert_null(installation_find(&installation, "a b"));
	assert_null(installation_find(&installation, "default"));
	assert_ptr_equal(installation_at(&installation, &place), &installation.instances[2]);
	assert_null(installation_at(&installation, &nowhere));
	assert_int_equal(installation_count(&installation), 2);
	installation_done(&installation);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_installation_has_no_findings),
		cmocka_unit_test(a_value_left_to_its_default_is_a_warning_at_its_element),
		cmocka_unit_test(a_bad_value_is_not_left_to_its_default),
		cmocka_unit_test(settings_xml_beside_other_files_is_a_warning),
		cmocka_unit_test(only_an_error_refuses_and_the_first_is_the_reason),
		cmocka_unit_test(instances_are_found_by_name_and_by_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
