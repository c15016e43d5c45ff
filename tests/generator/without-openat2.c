/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * without-openat2 PROGRAM [ARGUMENT...] - run the program where openat2(2) fails with ENOSYS. Exit
 * status 77 where this is not possible.
 */

#include <err.h>

#include "../unit/helper-openat2.h"

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(127, "see without-openat2.c");
	if (!block_openat2(ENOSYS))
		return 77;
	execvp(argv[1], argv + 1);
	err(127, "%s", argv[1]);
}
