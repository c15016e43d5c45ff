/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Part of every program of `make coverage`, linked with --wrap=_exit: children that end with
 * _exit() count too. tests/fault/shim.c calls coverage_dump() where it ends a program.
 */

#include <gcov.h>
#include <unistd.h>

void coverage_dump(void);
void __wrap__exit(int status) __attribute__((noreturn));
void __real__exit(int status) __attribute__((noreturn));

void coverage_dump(void)
{
	__gcov_dump();
	__gcov_reset();
}

void __wrap__exit(int status)
{
	coverage_dump();
	__real__exit(status);
}
