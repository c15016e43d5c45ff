/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "util/macro.h"
#include "util/pathname.h"

struct path_case {
	const char *path, *expected;
};

static void an_absolute_path_of_a_file_is_valid(void **state)
{
	static const char *const paths[] = {
		"/a",
		"/run/sipis/sipis1.lock",
		"/dev/null",
		"//a///b",
		"/./a/./b",
		"/a/..b",
		"/a/b..",
		"/a/...",
		"/.a",
		"/a b/c\"d'e\\f%g",
		"/var/log/s\xc3\xbc\xc3\x9f/\xe2\x82\xac.log",
		"/$HOME/~/*",
	};

	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		const char *fault = pathname_fault(paths[i]);

		if (fault)
			fail_msg("%s: %s", paths[i], fault);
	}
}

static void a_path_that_no_file_can_have_is_invalid(void **state)
{
	static const struct path_case cases[] = {
		{"", "it is empty"},
		{"a", "it does not begin with /"},
		{"./a", "it does not begin with /"},
		{" /a", "it does not begin with /"},
		{"~/a", "it does not begin with /"},
		{"/", "it ends in /"},
		{"/a/", "it ends in /"},
		{"/a/./", "it ends in /"},
		{"/a/.", "it ends in /."},
		{"/..", "it has a .. component"},
		{"/../a", "it has a .. component"},
		{"/a/../b", "it has a .. component"},
		{"/a/b/..", "it has a .. component"},
		{"/..a/b../../c", "it has a .. component"},
		{"/a//..//b", "it has a .. component"},
		{"/a\n", "it has a control character"},
		{"/a\tb", "it has a control character"},
		{"/a\x7f", "it has a control character"},
		{"/a\xc2\x85"
		 "b",
		 "it has a control character"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const char *fault = pathname_fault(cases[i].path);

		if (!fault)
			fail_msg("%s has no fault", cases[i].path);
		else
			assert_string_equal(fault, cases[i].expected);
	}
}

static void a_path_has_at_most_4095_bytes(void **state)
{
	char path[4097];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[4096] = 0;
	for (size_t i = 200; i < 4095; i += 200)
		path[i] = '/';
	assert_string_equal(pathname_fault(path), "it is over 4095 bytes long");
	path[4095] = 0;
	assert_null(pathname_fault(path));
}

static void a_component_has_at_most_255_bytes(void **state)
{
	char path[300];

	memset(path, 'a', sizeof(path));
	memcpy(path, "/b/", 3);
	path[3 + 256] = 0;
	assert_string_equal(pathname_fault(path), "it has a component of over 255 bytes");
	path[3 + 255] = 0;
	assert_null(pathname_fault(path));
}

static void all_spellings_of_a_path_become_one(void **state)
{
	static const struct path_case cases[] = {
		{"/a/b", "/a/b"},
		{"//a///b", "/a/b"},
		{"/./a/././b", "/a/b"},
		{"/.//.//./a", "/a"},
		{"/.a/.b/..c", "/.a/.b/..c"},
		{"/a/b.", "/a/b."},
		{"/var/run/sipis/a.lock", "/run/sipis/a.lock"},
		{"//var/./run//a.lock", "/run/a.lock"},
		{"/var/run/var/run/a", "/run/var/run/a"},
		{"/var/runner/a", "/var/runner/a"},
		{"/var/run.d/a", "/var/run.d/a"},
		{"/srv/var/run/a", "/srv/var/run/a"},
		{"/run/a", "/run/a"},
		{"/var/lock/a", "/var/lock/a"},
		{"/Var/Run/a", "/Var/Run/a"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		char *path = strdup(cases[i].path);

		assert_non_null(path);
		pathname_normalize(path);
		assert_string_equal(path, cases[i].expected);
		pathname_normalize(path);
		assert_string_equal(path, cases[i].expected);
		free(path);
	}
}

static void the_directory_of_a_path_is_found(void **state)
{
	static const struct path_case cases[] = {
		{"/run/sipis/a.lock", "/run/sipis"},
		{"/run/a.lock", "/run"},
		{"/a.lock", "/"},
		{"/a/b/c/d", "/a/b/c"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		char *directory = pathname_directory(cases[i].path);

		assert_non_null(directory);
		assert_string_equal(directory, cases[i].expected);
		free(directory);
	}
}

static void only_paths_inside_a_directory_are_below_it(void **state)
{
	static const struct {
		const char *path, *directory, *expected;
	} cases[] = {
		{"/run/sipis/a", "/run/sipis", "a"},
		{"/run/sipis/a/b", "/run/sipis", "a/b"},
		{"/run/sipis", "/run/sipis", NULL},
		{"/run/sipis2/a", "/run/sipis", NULL},
		{"/run", "/run/sipis", NULL},
		{"/srv/run/sipis", "/run/sipis", NULL},
		{"", "/run/sipis", NULL},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const char *below = pathname_below(cases[i].path, cases[i].directory);

		if (cases[i].expected) {
			assert_non_null(below);
			assert_string_equal(below, cases[i].expected);
		} else
			assert_null(below);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_absolute_path_of_a_file_is_valid),
		cmocka_unit_test(a_path_that_no_file_can_have_is_invalid),
		cmocka_unit_test(a_path_has_at_most_4095_bytes),
		cmocka_unit_test(a_component_has_at_most_255_bytes),
		cmocka_unit_test(all_spellings_of_a_path_become_one),
		cmocka_unit_test(the_directory_of_a_path_is_found),
		cmocka_unit_test(only_paths_inside_a_directory_are_below_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
