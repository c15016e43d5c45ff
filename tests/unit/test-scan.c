/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "helper-tree.h"
#include "installation/scan.h"

/* What a scan of /etc/sipis finds: instances in order, a `!` before those that are not valid. */
static void assert_scanned(const struct tree *tree, const char *expected)
{
	struct strbuf found = STRBUF_INIT;
	struct scan scan = {};
	int fd = next_fd();

	assert_int_equal(scan_settings(&tree->root, "/etc/sipis", &scan), 0);
	for (size_t i = 0; i < scan.n; i++)
		strbuf_appendf(&found, "%s%s%s", i ? " " : "", scan.entries[i].valid ? "" : "!",
			       scan.entries[i].instance);
	assert_string_equal(found.text, expected);
	strbuf_done(&found);
	scan_done(&scan);
	assert_int_equal(next_fd(), fd);
}

static void add_settings(const struct tree *tree, const char *instance)
{
	char name[300];

	snprintf(name, sizeof(name), "etc/sipis/Settings%s.xml", instance);
	tree_file(tree, name, "");
}

static void numbers_come_first_then_default_then_names(void **state)
{
	static const char *const instances[] = {
		"10",
		"",
		"9",
		"1",
		"-eu",
		"2",
		"a10",
		"a9",
		"100",
		"Z",
		"zz",
		"01",
		"-us",
		"-old",
		"1.bak",
		"10-old",
		"00",
		"99999999999999999999999",
		"100000000000000000000000",
	};

	for (size_t i = 0; i < ELEMENTSOF(instances); i++)
		add_settings(*state, instances[i]);
	assert_scanned(*state, "00 1 01 2 9 10 100 99999999999999999999999 "
			       "100000000000000000000000 default "
			       "-eu -old -us 1.bak 10-old Z a9 a10 zz");
}

static void the_order_of_names_is_that_of_versionsort(void **state)
{
	char name[64], previous[64] = "";
	struct scan scan = {};
	const struct tree *tree = *state;

	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "-%x.%u", (i * 7919) % 4096, (i * 104729) % 1000);
		add_settings(tree, name);
	}
	assert_int_equal(scan_settings(&tree->root, "/etc/sipis", &scan), 0);
	assert_int_equal(scan.n, 300);
	for (size_t i = 0; i < scan.n; i++) {
		assert_true(strverscmp(previous, scan.entries[i].instance) < 0);
		snprintf(previous, sizeof(previous), "%s", scan.entries[i].instance);
	}
	scan_done(&scan);
}

static void a_file_keeps_its_name(void **state)
{
	const struct tree *tree = *state;
	struct scan scan = {};

	add_settings(tree, "-eu");
	add_settings(tree, "");
	assert_int_equal(scan_settings(&tree->root, "/etc/sipis", &scan), 0);
	assert_int_equal(scan.n, 2);
	assert_string_equal(scan.entries[0].file, "Settings.xml");
	assert_string_equal(scan.entries[0].instance, "default");
	assert_string_equal(scan.entries[1].file, "Settings-eu.xml");
	scan_done(&scan);
}

static void files_with_other_names_are_not_settings_files(void **state)
{
	static const char *const names[] = {
		"Settings1.xml.bak",
		"Settings1.xml~",
		".Settings1.xml.swp",
		"Settings1.xml.dpkg-new",
		"Settings",
		"Settings.xm",
		"Settings1.XML",
		"settings1.xml",
		"Setting1.xml",
		"xSettings1.xml",
		"Settings1xml",
		".xml",
		"README",
		"#Settings1.xml#",
	};

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		char name[64];

		snprintf(name, sizeof(name), "etc/sipis/%s", names[i]);
		tree_file(*state, name, "");
	}
	assert_scanned(*state, "");
}

static void a_text_with_other_characters_is_not_an_instance(void **state)
{
	static const char *const instances[] = {"a b", "a@b", "a%i", "a\\b", "a\nb", "\xc3\xa4",
						"a'b", "$x",  "a,b", "~",    "a+b"};

	for (size_t i = 0; i < ELEMENTSOF(instances); i++) {
		add_settings(*state, instances[i]);
		assert_false(instance_name_is_valid(instances[i]));
	}
	assert_scanned(*state, "!$x !a\nb !a b !a%i !a'b !a+b !a,b !a@b !a\\b !~ !\xc3\xa4");
}

/* Its unit would be that of Settings.xml. */
static void the_text_default_is_not_an_instance(void **state)
{
	add_settings(*state, "default");
	assert_scanned(*state, "!default");
	add_settings(*state, "");
	add_settings(*state, "zz");
	add_settings(*state, "default1");
	assert_scanned(*state, "default !default default1 zz");
}

static void every_valid_character_may_be_anywhere_in_an_instance(void **state)
{
	static const char *const instances[] = {".",   "..",     "-", "_",   ":",
						"a.b", "--help", "0", ".xml"};

	for (size_t i = 0; i < ELEMENTSOF(instances); i++) {
		add_settings(*state, instances[i]);
		assert_true(instance_name_is_valid(instances[i]));
	}
	assert_scanned(*state, "0 - --help . .. .xml : _ a.b");
	for (int c = 1; c < 256; c++) {
		const char text[] = {(char)c, 0};
		bool valid = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    ":_.-",
				    c) != NULL;

		assert_int_equal(instance_name_is_valid(text), valid);
	}
}

static void an_instance_has_1_to_185_bytes(void **state)
{
	struct strbuf expected = STRBUF_INIT;
	char name[187];

	memset(name, 'a', sizeof(name));
	name[186] = 0;
	assert_false(instance_name_is_valid(name));
	add_settings(*state, name);
	strbuf_appendf(&expected, "%s !%s", name + 1, name);
	name[185] = 0;
	assert_true(instance_name_is_valid(name));
	add_settings(*state, name);
	assert_false(instance_name_is_valid(""));
	assert_scanned(*state, expected.text);
	strbuf_done(&expected);
}

static void near_misses_are_remembered(void **state)
{
	static const char *const names[] = {
		"Settings2.XML",     "settings3.xml",     "Setting4.xml",   "SETTINGS.XML",
		"Settings5.xml ",    "settings-eu.Xml",   "setting.xml",    "Settings1.xml",
		"Settings1.xml.bak", "Settings1.xml~",    "MySettings.xml", ".Settings1.xml.swp",
		"#Settings1.xml#",   "Settings1.xml.XML", "Sett.xml",       "Settings1xml",
		" Settings6.xml",    "Settigns7.xml",     "Setings8.xml",   "Seettings9.xml",
		"Settings10.xlm",    "Settings11.xmll",   "Settings12,xml", "Settings13.xm",
		"Settings14.xml\n",  "Settings1.xml_",    "Settings1.xsl",  "Settings1.yml",
		"Settings1.xml1",    "Settings.xsd",      "Sipis1.xml",     "1.xml",
		"Settings1.html",
	};
	static const char *const ignored[] = {
		" Settings6.xml",  "SETTINGS.XML",   "Seettings9.xml",    "Setings8.xml",
		"Settigns7.xml",   "Setting4.xml",   "Settings1.xml.XML", "Settings10.xlm",
		"Settings11.xmll", "Settings12,xml", "Settings13.xm",     "Settings14.xml\n",
		"Settings1xml",    "Settings2.XML",  "Settings5.xml ",    "setting.xml",
		"settings-eu.Xml", "settings3.xml",
	};
	const struct tree *tree = *state;
	struct scan scan = {};

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		char name[64];

		snprintf(name, sizeof(name), "etc/sipis/%s", names[i]);
		tree_file(tree, name, "");
	}
	tree_mkdir(tree, "etc/sipis/settings15.xml");
	assert_int_equal(scan_settings(&tree->root, "/etc/sipis", &scan), 0);
	assert_int_equal(scan.n, 1);
	assert_int_equal(scan.n_ignored, ELEMENTSOF(ignored));
	for (size_t i = 0; i < scan.n_ignored; i++)
		assert_string_equal(scan.ignored[i], ignored[i]);
	scan_done(&scan);
}

/* A scan opens nothing: what is behind a name shows when it is read. */
static void a_file_of_any_type_is_found(void **state)
{
	tree_mkdir(*state, "etc/sipis/Settings1.xml");
	tree_symlink(*state, "etc/sipis/Settings2.xml", "/nowhere");
	assert_int_equal(mkfifo(tree_path(*state, "etc/sipis/Settings3.xml"), 0600), 0);
	assert_scanned(*state, "1 2 3");
}

static void a_missing_directory_differs_from_a_file_in_its_place(void **state)
{
	const struct tree *tree = *state;
	struct scan scan = {};
	int fd = next_fd();

	assert_int_equal(scan_settings(&tree->root, "/etc/sipis", &scan), -ENOENT);
	tree_file(tree, "etc/sipis", "");
	assert_int_equal(scan_settings(&tree->root, "/etc/sipis", &scan), -ENOTDIR);
	assert_int_equal(scan.n, 0);
	assert_int_equal(next_fd(), fd);
}

static void an_empty_directory_has_no_instances(void **state)
{
	tree_mkdir(*state, "etc/sipis");
	assert_scanned(*state, "");
}

static void the_directory_may_be_a_link_inside_the_tree(void **state)
{
	tree_file(*state, "srv/sipis/Settings1.xml", "");
	tree_symlink(*state, "etc/sipis", "/srv/sipis");
	assert_scanned(*state, "1");
}

#define tree_test(function) cmocka_unit_test_setup_teardown(function, make_tree, remove_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(numbers_come_first_then_default_then_names),
		tree_test(the_order_of_names_is_that_of_versionsort),
		tree_test(a_file_keeps_its_name),
		tree_test(files_with_other_names_are_not_settings_files),
		tree_test(a_text_with_other_characters_is_not_an_instance),
		tree_test(the_text_default_is_not_an_instance),
		tree_test(every_valid_character_may_be_anywhere_in_an_instance),
		tree_test(an_instance_has_1_to_185_bytes),
		tree_test(near_misses_are_remembered),
		tree_test(a_file_of_any_type_is_found),
		tree_test(a_missing_directory_differs_from_a_file_in_its_place),
		tree_test(an_empty_directory_has_no_instances),
		tree_test(the_directory_may_be_a_link_inside_the_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
