/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The half of the shim that counts allocations, lets them fail, and knows what was never freed.
 * It stands in for malloc() and the like, also where libraries call them.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

/* glibc's own, by the names that nobody stands in for. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *block);

struct block {
	void *start; /* NULL: there is none */
	const void *caller;
	size_t size;
	unsigned long number;
};

static struct {
	bool counts;
	unsigned long count, at, from;
	struct block blocks[1 << 12]; /* by a hash of their start, the next free place */
	size_t n;
} memory;

static const size_t n_places = sizeof(memory.blocks) / sizeof(*memory.blocks);

static size_t place_of(const void *start)
{
	return (uintptr_t)start / 16 * 0x9e3779b1U % n_places;
}

static struct block *find_block(const void *start)
{
	size_t i = place_of(start);

	while (memory.blocks[i].start && memory.blocks[i].start != start)
		i = (i + 1) % n_places;
	return &memory.blocks[i];
}

static void *remember(void *start, size_t size, const void *caller)
{
	if (!start || !memory.counts)
		return start;
	if (++memory.n == n_places)
		abort();
	*find_block(start) = (struct block){start, caller, size, memory.count};
	return start;
}

/* Those behind it, which may have found its place taken, look for theirs again. */
static void forget(const void *start)
{
	struct block *block = memory.n ? find_block(start) : NULL;
	size_t i;

	if (!block || !block->start)
		return;
	block->start = NULL;
	memory.n--;
	i = (size_t)(block - memory.blocks);
	for (i = (i + 1) % n_places; memory.blocks[i].start; i = (i + 1) % n_places) {
		struct block moved = memory.blocks[i];

		memory.blocks[i].start = NULL;
		*find_block(moved.start) = moved;
	}
}

static bool fails(void)
{
	if (!memory.counts)
		return false;
	memory.count++;
	if (memory.count != memory.at && (!memory.from || memory.count < memory.from))
		return false;
	errno = ENOMEM;
	return true;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
	return fails() ? NULL : remember(__libc_malloc(size), size, CALLER);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : remember(__libc_calloc(n, size), n * size, CALLER);
}

/* `old` stays where it was if this fails. */
static void *resize(void *old, size_t size, const void *caller)
{
	void *start;

	if (fails())
		return NULL;
	start = __libc_realloc(old, size);
	if (old && (start || !size))
		forget(old);
	return remember(start, size, caller);
}

void *realloc(void *old, size_t size)
{
	return resize(old, size, CALLER);
}

void *reallocarray(void *old, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return resize(old, all, CALLER);
}

void free(void *block)
{
	if (block)
		forget(block);
	__libc_free(block);
}

void memory_begin(unsigned long at, unsigned long from)
{
	memory.counts = true;
	memory.at = at;
	memory.from = from;
}

void memory_end(void)
{
	memory.counts = false;
}

void memory_report(int fd)
{
	dprintf(fd, "%lu allocations\n", memory.count);
	for (size_t i = 0; memory.n && i < n_places; i++) {
		const struct block *block = &memory.blocks[i];
		Dl_info info = {};

		if (!block->start)
			continue;
		dladdr(block->caller, &info);
		dprintf(fd, "left: number %lu, %zu bytes, for %s of %s\n", block->number,
			block->size, info.dli_sname ? info.dli_sname : "a function",
			info.dli_fname ? info.dli_fname : "nowhere");
	}
}
