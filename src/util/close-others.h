/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

/*
 * In a child: close all descriptors but these two; -1 stands for none. A child that hangs must not
 * keep a pipe of its parent, such as standard output, open.
 */
static inline void close_others(int a, int b)
{
	unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

	if (a < 0 || b < 0)
		low = high;
	if (low)
		(void)syscall(SYS_close_range, 0U, low - 1, 0U);
	/* If the two are adjacent, this range is empty and the call fails. */
	(void)syscall(SYS_close_range, low + 1, high - 1, 0U);
	(void)syscall(SYS_close_range, high + 1, ~0U, 0U);
}
