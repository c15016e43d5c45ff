/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The half of the shim that counts allocations, lets them fail, and knows what was never freed.
 * It stands in for malloc() and the like, also where libraries call them.
 */

#undef _FORTIFY_SOURCE /* its functions are defined here, under their own names */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

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
	const void *failed;           /* the caller of the allocation that failed last */
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

/*
 * libsmartcols from 2.39 on is spared: without memory it crashes while it prints, or leaves values
 * out without an error.
 */
static struct {
	uintptr_t from, to;
} spared;

static int spare(struct dl_phdr_info *info, size_t size, void *context)
{
	int (*version)(const char **) = dlsym(RTLD_DEFAULT, "scols_get_library_version");

	(void)size;
	(void)context;
	if (!strstr(info->dlpi_name, "/libsmartcols.so") || !version || version(NULL) < 2390)
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		spared.from = info->dlpi_addr + part->p_vaddr;
		spared.to = spared.from + part->p_memsz;
	}
	return 1;
}

static bool fails(const void *caller)
{
	if (!memory.counts || ((uintptr_t)caller >= spared.from && (uintptr_t)caller < spared.to))
		return false;
	if (!memory.count++)
		expect_end();
	if (memory.count != memory.at && (!memory.from || memory.count < memory.from))
		return false;
	memory.failed = caller;
	errno = ENOMEM;
	return true;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
	return fails(CALLER) ? NULL : remember(__libc_malloc(size), size, CALLER);
}

void *calloc(size_t n, size_t size)
{
	return fails(CALLER) ? NULL : remember(__libc_calloc(n, size), n * size, CALLER);
}

/* `old` stays where it was if this fails. */
static void *resize(void *old, size_t size, const void *caller)
{
	void *start;

	if (fails(caller))
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

/* Those that glibc would let call its own malloc(): here they know who called them. */
static char *duplicate(const char *text, size_t length, const void *caller)
{
	char *copy;

	if (fails(caller))
		return NULL;
	copy = remember(__libc_malloc(length + 1), length + 1, caller);
	if (!copy)
		return NULL;
	copy[length] = 0;
	return memcpy(copy, text, length);
}

char *strdup(const char *text)
{
	return duplicate(text, strlen(text), CALLER);
}

char *strndup(const char *text, size_t size)
{
	return duplicate(text, strnlen(text, size), CALLER);
}

__attribute__((format(printf, 2, 0))) static int print(char **ret_text, const char *format,
						       va_list args, const void *caller)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0 || fails(caller))
		return -1;
	*ret_text = remember(__libc_malloc((size_t)length + 1), (size_t)length + 1, caller);
	return *ret_text ? vsnprintf(*ret_text, (size_t)length + 1, format, args) : -1;
}

int asprintf(char **ret_text, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = print(ret_text, format, args, CALLER);
	va_end(args);
	return r;
}

__attribute__((format(printf, 3, 4))) int __asprintf_chk(char **ret_text, int flag,
							 const char *format, ...);
int __asprintf_chk(char **ret_text, int flag, const char *format, ...)
{
	va_list args;
	int r;

	(void)flag;
	va_start(args, format);
	r = print(ret_text, format, args, CALLER);
	va_end(args);
	return r;
}

void free(void *block)
{
	if (block)
		forget(block);
	__libc_free(block);
}

void memory_begin(unsigned long at, unsigned long from)
{
	dl_iterate_phdr(spare, NULL);
	memory.counts = true;
	memory.at = at;
	memory.from = from;
}

void memory_end(void)
{
	memory.counts = false;
}

void memory_report_failed(int fd)
{
	Dl_info program, info;

	/* Where its program headers are, the program is. */
	if (!memory.failed || !dladdr(memory.failed, &info) ||
	    !dladdr((const void *)getauxval(AT_PHDR), &program) ||
	    info.dli_fbase != program.dli_fbase)
		return;
	dprintf(fd, "allocation %lx\n",
		(unsigned long)((uintptr_t)memory.failed - (uintptr_t)info.dli_fbase));
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
