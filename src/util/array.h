/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Growing arrays: a pointer, a count and a capacity that stand side by side in their owner. */

#include <errno.h>
#include <stddef.h>

/* Make room for one more item. 0, or -ENOMEM with the array as it was. */
#define ARRAY_RESERVE(items, count, capacity) \
	((count) < (capacity) ? 0 : array_grow((void **)&(items), &(capacity), sizeof(*(items))))

/*
 * Make room in an empty array for `expected` items, so that it need not move while it grows. 0 or
 * -ENOMEM.
 */
#define ARRAY_EXPECT(items, capacity, expected) \
	array_expect((void **)&(items), &(capacity), expected, sizeof(*(items)))

int array_expect(void **items, size_t *capacity, size_t expected, size_t item_size);
int array_grow(void **items, size_t *capacity, size_t item_size);
