/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Mount a file system that never answers, in a mount namespace of the caller's: what happens when a
 * file server is away. Print a line when it is mounted, and keep it until killed.
 *
 *     hang DIRECTORY
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd = open("/dev/fuse", O_RDWR);
	char options[128];

	if (argc != 2 || fd < 0)
		return 1;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other",
		 fd);
	if (mount("hang", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		return 1;
	/* Not even the kernel's greeting is read, so every question waits. */
	puts("mounted");
	fflush(stdout);
	for (;;)
		pause();
}
