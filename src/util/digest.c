/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/digest.h"

#define FNV_OFFSET_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME        UINT64_C(0x100000001b3)

uint64_t digest(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t hash = FNV_OFFSET_BASIS;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * FNV_PRIME;
	return hash;
}
