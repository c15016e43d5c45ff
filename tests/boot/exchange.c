/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * exchange A B: exchange the files at two names with each other, as fast as possible, until it is
 * killed. A process of the sipis user does this to have root follow a link in its directories.
 */

#include <err.h>
#include <fcntl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: exchange A B");
	for (;;)
		if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0)
			err(1, "renameat2");
}
