/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "util/macro.h"
#include "util/write.h"

/* The descriptor that no file has: the write() below takes its place. */
#define SCRIPTED_FD 4711

/* The results of write(), one a call: a number of bytes, 0 or a negative errno. */
static const int *script;
static char written[64];
static size_t n_written;

ssize_t write(int fd, const void *bytes, size_t size)
{
	int result;

	assert_int_equal(fd, SCRIPTED_FD);
	result = *script++;
	if (result < 0) {
		errno = -result;
		return -1;
	}
	assert_true((size_t)result <= size);
	memcpy(written + n_written, bytes, (size_t)result);
	n_written += (size_t)result;
	return result;
}

static void assert_written(const int *results, size_t n_results, int r, const char *expected)
{
	script = results;
	n_written = 0;
	assert_int_equal(write_all(SCRIPTED_FD, "0123456789", 10), r);
	assert_int_equal(script - results, n_results);
	assert_int_equal(n_written, strlen(expected));
	assert_memory_equal(written, expected, n_written);
}

static void all_bytes_are_written_in_any_number_of_calls(void **state)
{
	static const int once[] = {10}, pieces[] = {3, 1, -EINTR, 6};

	assert_written(once, ELEMENTSOF(once), 0, "0123456789");
	assert_written(pieces, ELEMENTSOF(pieces), 0, "0123456789");
}

static void nothing_is_written_for_no_bytes(void **state)
{
	script = NULL;
	assert_int_equal(write_all(SCRIPTED_FD, "", 0), 0);
}

static void an_error_ends_the_writing(void **state)
{
	static const int full[] = {3, -ENOSPC}, closed[] = {-EPIPE};

	assert_written(full, ELEMENTSOF(full), -ENOSPC, "012");
	assert_written(closed, ELEMENTSOF(closed), -EPIPE, "");
}

static void a_write_of_no_bytes_is_an_error_and_no_endless_loop(void **state)
{
	static const int nothing[] = {4, 0};

	assert_written(nothing, ELEMENTSOF(nothing), -EIO, "0123");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_bytes_are_written_in_any_number_of_calls),
		cmocka_unit_test(nothing_is_written_for_no_bytes),
		cmocka_unit_test(an_error_ends_the_writing),
		cmocka_unit_test(a_write_of_no_bytes_is_an_error_and_no_endless_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
