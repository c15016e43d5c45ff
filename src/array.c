/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "array.h"

#include <stdlib.h>

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
