/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper.h"

#include "sipisctl/transaction/attributes.h"

static struct attributes base, other;

static int make(void **state _unused_)
{
	base = (struct attributes){.mode = 0640, .uid = 1, .gid = 2};
	assert_int_equal(attributes_add_xattr(&base, "user.a", "1\0", 2), 0);
	assert_int_equal(attributes_add_xattr(&base, "user.b", "2", 1), 0);
	assert_int_equal(attributes_copy(&base, &other), 0);
	return 0;
}

static int done(void **state _unused_)
{
	attributes_done(&base);
	attributes_done(&other);
	return 0;
}

static void assert_different(void)
{
	assert_false(attributes_equal(&base, &other));
	assert_false(attributes_equal(&other, &base));
}

static void a_copy_is_equal(void **state _unused_)
{
	assert_true(attributes_equal(&base, &other));
}

static void the_order_of_extended_attributes_does_not_matter(void **state _unused_)
{
	struct xattr first = other.xattrs[0];

	other.xattrs[0] = other.xattrs[1];
	other.xattrs[1] = first;
	assert_true(attributes_equal(&base, &other));
}

static void another_mode_differs(void **state _unused_)
{
	other.mode = 0600;
	assert_different();
}

static void another_owner_differs(void **state _unused_)
{
	other.uid = 3;
	assert_different();
}

static void another_group_differs(void **state _unused_)
{
	other.gid = 3;
	assert_different();
}

static void one_extended_attribute_more_differs(void **state _unused_)
{
	assert_int_equal(attributes_add_xattr(&other, "user.c", "", 0), 0);
	assert_different();
}

static void another_value_differs(void **state _unused_)
{
	other.xattrs[0].value[1] = 1;
	assert_different();
}

static void a_shorter_value_differs(void **state _unused_)
{
	other.xattrs[0].size = 1;
	assert_different();
}

static void another_name_differs(void **state _unused_)
{
	other.xattrs[0].name[5] = 'c';
	assert_different();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_copy_is_equal),       TEST(the_order_of_extended_attributes_does_not_matter),
		TEST(another_mode_differs),  TEST(another_owner_differs),
		TEST(another_group_differs), TEST(one_extended_attribute_more_differs),
		TEST(another_value_differs), TEST(a_shorter_value_differs),
		TEST(another_name_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
