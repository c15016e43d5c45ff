/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * outage PORT... - wait until one of the TCP ports of this machine refuses connections, then until
 * all accept them, and print how many milliseconds are between.
 *
 * "ready" is printed when the watching begins. The ports are tried every two milliseconds, so that
 * trying them costs little.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool answers(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((unsigned short)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct linger linger = {.l_onoff = 1}; /* reset: leave no connection in TIME_WAIT */
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool connected;

	if (fd < 0)
		exit(1);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return connected;
}

static bool all_answer(char **ports)
{
	for (; *ports; ports++)
		if (!answers(*ports))
			return false;
	return true;
}

static void wait_until(char **ports, bool answering)
{
	while (all_answer(ports) != answering)
		usleep(2000);
}

int main(int argc, char **argv)
{
	double begin;

	if (argc < 2)
		return 2;
	wait_until(argv + 1, true);
	puts("ready");
	fflush(stdout);
	wait_until(argv + 1, false);
	begin = now_ms();
	wait_until(argv + 1, true);
	printf("%.1f\n", now_ms() - begin);
	return 0;
}
