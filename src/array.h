/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Growing arrays: a pointer, a count and a capacity that stand side by side in their owner. */

#include <errno.h>
#include <stddef.h>

/* Make room for one more item. 0, or -ENOMEM with the array as it was. */
#define ARRAY_RESERVE(items, count, capacity) \
	((count) < (capacity) ? 0 : array_grow((void **)&(items), &(capacity), sizeof(*(items))))

int array_grow(void **items, size_t *capacity, size_t item_size);
