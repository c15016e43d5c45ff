/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/array.h"

#include <stdlib.h>

static int array_resize(void **items, size_t *capacity, size_t wanted, size_t item_size)
{
	void *resized = reallocarray(*items, wanted, item_size);

	if (!resized)
		return -ENOMEM;
	*items = resized;
	*capacity = wanted;
	return 0;
}

int array_expect(void **items, size_t *capacity, size_t expected, size_t item_size)
{
	return array_resize(items, capacity, expected + 1, item_size);
}

int array_grow(void **items, size_t *capacity, size_t item_size)
{
	return array_resize(items, capacity, *capacity ? *capacity * 2 : 8, item_size);
}

size_t array_lower_bound(const void *items, size_t n, size_t item_size, const void *key,
			 bool (*is_before)(const void *item, const void *key))
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before((const char *)items + middle * item_size, key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
