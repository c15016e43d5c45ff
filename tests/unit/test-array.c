/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "util/array.h"
#include "util/macro.h"

static bool item_is_smaller(const void *item, const void *key)
{
	return *(const int *)item < *(const int *)key;
}

static void the_lower_bound_is_the_first_item_that_is_not_before(void **state)
{
	static const int items[] = {1, 3, 3, 3, 5, 8, 8, 9};

	for (size_t n = 0; n <= ELEMENTSOF(items); n++)
		for (int key = 0; key <= 10; key++) {
			size_t expected = 0;

			while (expected < n && items[expected] < key)
				expected++;
			assert_int_equal(array_lower_bound(items, n, sizeof(items[0]), &key,
							   item_is_smaller),
					 expected);
		}
}

static void an_array_grows_and_keeps_its_items(void **state)
{
	_cleanup_free_ int *items = NULL;
	size_t n = 0, capacity = 0;

	for (int i = 0; i < 1000; i++) {
		assert_int_equal(ARRAY_RESERVE(items, n, capacity), 0);
		items[n++] = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
}

static void expected_items_do_not_move_the_array(void **state)
{
	_cleanup_free_ int *items = NULL;
	size_t n = 0, capacity = 0;
	const int *first;

	assert_int_equal(ARRAY_EXPECT(items, capacity, 100), 0);
	first = items;
	for (; n < 100; n++)
		assert_int_equal(ARRAY_RESERVE(items, n, capacity), 0);
	assert_ptr_equal(items, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lower_bound_is_the_first_item_that_is_not_before),
		cmocka_unit_test(an_array_grows_and_keeps_its_items),
		cmocka_unit_test(expected_items_do_not_move_the_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
