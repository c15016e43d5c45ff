/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array.h"

#include <stdlib.h>

int array_expect(void **items, size_t *capacity, size_t expected, size_t item_size)
{
	void *grown = reallocarray(*items, expected + 1, item_size);

	if (!grown)
		return -ENOMEM;
	*items = grown;
	*capacity = expected + 1;
	return 0;
}

int array_grow(void **items, size_t *capacity, size_t item_size)
{
	size_t wanted = *capacity ? *capacity * 2 : 8;
	void *grown;

	grown = reallocarray(*items, wanted, item_size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*capacity = wanted;
	return 0;
}
