/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * journal SOCKET [full] - in place of systemd-journald: bind the socket, say `ready`, and when told
 * to end print all entries that were sent to it, each with an empty line behind it. With `full` its
 * queue has no room for any entry.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Fill the queue: each sender has a limit, so repeat this until a new one cannot send. */
static void fill(const struct sockaddr_un *address)
{
	size_t n;

	do {
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

		for (n = 0; sendto(fd, "x", 1, MSG_DONTWAIT, (const struct sockaddr *)address,
				   sizeof(*address)) > 0;
		     n++)
			;
	} while (n);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), received;
	char entry[4096];
	sigset_t end;
	ssize_t size;

	if (argc < 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("journal");
		return 1;
	}
	if (argc > 2)
		fill(&address);
	puts("ready");
	fflush(stdout);
	sigwait(&end, &received);
	while ((size = recv(fd, entry, sizeof(entry), MSG_DONTWAIT)) >= 0) {
		fwrite(entry, (size_t)size, 1, stdout);
		putchar('\n');
	}
	return fclose(stdout) ? 1 : 0;
}
