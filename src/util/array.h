/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Growing arrays: their owner has a pointer, a count and a capacity. Searching sorted arrays. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* Make room for one more item. 0, or -ENOMEM with the array unchanged. */
#define ARRAY_RESERVE(items, count, capacity) \
	((count) < (capacity) ? 0 : array_grow((void **)&(items), &(capacity), sizeof(*(items))))

/* Make room for `expected` items in an empty array, so that it is not moved while it grows. 0 or
 * -ENOMEM. */
#define ARRAY_EXPECT(items, capacity, expected) \
	array_expect((void **)&(items), &(capacity), expected, sizeof(*(items)))

int array_expect(void **items, size_t *capacity, size_t expected, size_t item_size);
int array_grow(void **items, size_t *capacity, size_t item_size);

/*
 * Return the index of the first item for which `is_before(item, key)` is false, or `n`. The items
 * for which it is true must come first.
 */
size_t array_lower_bound(const void *items, size_t n, size_t item_size, const void *key,
			 bool (*is_before)(const void *item, const void *key));
