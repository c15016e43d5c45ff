/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "../../generator/drop-in.h"
#include "../../generator/plan.h"
#include "helper-installation.h"

static const struct settings_file files[] = {
	{"Settings1.xml", GOOD_SETTINGS},
	{"Settings10.xml", "<Sipis>"},
	{"Settingsa b.xml", GOOD_SETTINGS},
	{"Settings-eu.xml", "<Sipis><Server Name='eu' Port='1'/></Sipis>"},
	{"Settings.xml", "<Sipis><Server Name='default' Port='2'/></Sipis>"},
};

struct planned {
	struct installation installation;
	struct plan plan;
};

static struct planned plan_of(size_t n, bool has_confdir)
{
	struct planned planned = {};

	install(&planned.installation, files, n);
	planned.installation.has_confdir = has_confdir;
	judge(&planned.installation);
	assert_int_equal(plan_make(&planned.installation, &planned.plan), 0);
	return planned;
}

static void planned_done(struct planned *planned)
{
	plan_done(&planned->plan);
	assert_null(planned->plan.units);
	assert_int_equal(planned->plan.n, 0);
	installation_done(&planned->installation);
}

/* What plan_print() puts on standard output. The caller frees it. */
static char *printed(const struct plan *plan)
{
	FILE *terminal = stdout;
	char *text = NULL;
	size_t size = 0;
	int r;

	fflush(stdout);
	stdout = open_memstream(&text, &size);
	r = stdout ? plan_print(plan) : -1;
	if (stdout)
		fclose(stdout);
	stdout = terminal;
	assert_int_equal(r, 0);
	assert_int_equal(strlen(text), size);
	return text;
}

static void without_a_settings_directory_nothing_is_planned(void **state)
{
	struct planned planned = plan_of(0, false);
	char *text = printed(&planned.plan);

	assert_int_equal(planned.plan.n, 0);
	assert_string_equal(text, "");
	free(text);
	planned_done(&planned);
}

static void for_an_empty_directory_only_the_umbrella_is_planned(void **state)
{
	struct planned planned = plan_of(0, true);

	assert_int_equal(planned.plan.n, 1);
	assert_string_equal(planned.plan.units[0].name, "sipis.service");
	assert_false(planned.plan.units[0].wanted);
	planned_done(&planned);
}

static void every_instance_even_a_refused_one_has_a_unit(void **state)
{
	static const char *const names[] = {"sipis.service", "sipis@1.service", "sipis@10.service",
					    "sipis@-eu.service", "sipis@default.service"};
	struct planned planned = plan_of(ELEMENTSOF(files), true);

	assert_int_equal(planned.plan.n, ELEMENTSOF(names));
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		assert_string_equal(planned.plan.units[i].name, names[i]);
		assert_int_equal(planned.plan.units[i].wanted, i > 0);
	}
	planned_done(&planned);
}

static void a_bad_instance_name_has_no_unit(void **state)
{
	struct planned planned = plan_of(3, true);

	for (size_t i = 0; i < planned.plan.n; i++)
		assert_null(strstr(planned.plan.units[i].name, "a b"));
	assert_int_equal(planned.plan.n, 3);
	planned_done(&planned);
}

static void a_unit_has_the_drop_in_of_its_instance(void **state)
{
	struct planned planned = plan_of(2, true);
	char *umbrella = NULL, *text = NULL;

	assert_int_equal(drop_in_for_umbrella(&umbrella), 0);
	assert_string_equal(planned.plan.units[0].drop_in, umbrella);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(drop_in_for_instance(&planned.installation.instances[i], &text),
				 0);
		assert_string_equal(planned.plan.units[1 + i].drop_in, text);
		free(text);
	}
	free(umbrella);
	planned_done(&planned);
}

static void a_plan_is_printed_with_content_and_links(void **state)
{
	struct planned planned = plan_of(1, true);
	struct strbuf expected = STRBUF_INIT;
	char *text = printed(&planned.plan);

	strbuf_appendf(&expected,
		       "# sipis.service.d/50-sipis-generator.conf\n%s\n"
		       "# sipis.service.wants/sipis@1.service -> " SYSTEM_UNIT_DIR
		       "/sipis@.service\n\n"
		       "# sipis@1.service.d/50-sipis-generator.conf\n%s\n",
		       planned.plan.units[0].drop_in, planned.plan.units[1].drop_in);
	assert_string_equal(text, expected.text);
	free(text);
	strbuf_done(&expected);
	planned_done(&planned);
}

static void a_plan_is_printed_sorted_by_path(void **state)
{
	static const char *const paths[] = {
		"# sipis.service.d/50-sipis-generator.conf\n",
		"# sipis.service.wants/sipis@-eu.service -> ",
		"# sipis.service.wants/sipis@1.service -> ",
		"# sipis.service.wants/sipis@10.service -> ",
		"# sipis.service.wants/sipis@default.service -> ",
		"# sipis@-eu.service.d/50-sipis-generator.conf\n",
		"# sipis@1.service.d/50-sipis-generator.conf\n",
		"# sipis@10.service.d/50-sipis-generator.conf\n",
		"# sipis@default.service.d/50-sipis-generator.conf\n",
	};
	struct planned planned = plan_of(ELEMENTSOF(files), true);
	char *text = printed(&planned.plan);
	const char *at = text;

	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		at = strstr(at, "# sipis");
		assert_non_null(at);
		assert_memory_equal(at, paths[i], strlen(paths[i]));
		at++;
	}
	assert_null(strstr(at, "# sipis"));
	free(text);
	planned_done(&planned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_settings_directory_nothing_is_planned),
		cmocka_unit_test(for_an_empty_directory_only_the_umbrella_is_planned),
		cmocka_unit_test(every_instance_even_a_refused_one_has_a_unit),
		cmocka_unit_test(a_bad_instance_name_has_no_unit),
		cmocka_unit_test(a_unit_has_the_drop_in_of_its_instance),
		cmocka_unit_test(a_plan_is_printed_with_content_and_links),
		cmocka_unit_test(a_plan_is_printed_sorted_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
