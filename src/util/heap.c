/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE /* glibc 2.35; a kernel before 5.14 refuses it */
#define MADV_POPULATE_WRITE 23
#endif

void heap_prepare(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), before;
	char *piece;

	if (bytes < HEAP_PREPARE_MIN)
		return;
	if (bytes > HEAP_PREPARE_MAX)
		bytes = HEAP_PREPARE_MAX;
	/* From the heap itself, which keeps what is freed. */
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, (int)HEAP_PREPARE_MAX * 2);
	piece = malloc(bytes);
	if (!piece)
		return;
	before = (page - (uintptr_t)piece % page) % page; /* the first of its whole pages */
	madvise(piece + before, (bytes - before) / page * page, MADV_POPULATE_WRITE);
	free(piece);
}
