/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "util/heap.h"
#include "util/macro.h"

#define PIECE ((size_t)1024)
#define TOTAL ((size_t)2048 * 1024)

static long faults(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_minflt;
}

/* Many small things, all at once and each written to; how many pages came by a fault. */
static long fill(void)
{
	static void *pieces[TOTAL / PIECE];
	long before = faults();

	for (size_t i = 0; i < TOTAL / PIECE; i++) {
		pieces[i] = malloc(PIECE);
		assert_non_null(pieces[i]);
		memset(pieces[i], (int)i, PIECE);
	}
	before = faults() - before;
	for (size_t i = 0; i < TOTAL / PIECE; i++)
		free(pieces[i]);
	return before;
}

/* Linux 5.14 and newer. An emulator may take it for advice that nobody needs. */
static bool kernel_can_populate(void)
{
	bool can = false;
#ifdef MADV_POPULATE_WRITE
	const size_t size = (size_t)64 * 4096;
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long before;

	assert_true(pages != MAP_FAILED);
	can = madvise(pages, size, MADV_POPULATE_WRITE) == 0;
	before = faults();
	memset(pages, 1, size);
	can = can && faults() - before < 16;
	munmap(pages, size);
#endif
	return can;
}

/* First of all tests: what comes after it finds memory that was used before. */
static void what_is_prepared_comes_without_faults(void **state)
{
	/* The sanitizer has a malloc() of its own. */
	bool few = !HAVE_ADDRESS_SANITIZER && kernel_can_populate();

	heap_prepare(TOTAL + TOTAL / 8); /* and what malloc() adds to each piece */
	if (few)
		assert_in_range(fill(), 0, TOTAL / 4096 / 8);
	else
		fill();
}

static void what_is_little_or_too_much_does_no_harm(void **state)
{
	heap_prepare(0);
	heap_prepare(1);
	heap_prepare(HEAP_PREPARE_MIN - 1);
	heap_prepare(HEAP_PREPARE_MAX + 1);
	heap_prepare(SIZE_MAX);
	fill();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_prepared_comes_without_faults),
		cmocka_unit_test(what_is_little_or_too_much_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
