/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * listener PROTOCOL ADDRESS PORT... - bind, say `ready`, and stay until it is killed. PROTOCOL is
 * tcp or udp, ADDRESS numeric. What is a socket of a machine to a test, is one to sipisctl too.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union any_address {
	struct sockaddr base;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t make_address(const char *text, const char *port, union any_address *ret_address)
{
	in_port_t number = htons((in_port_t)strtoul(port, NULL, 10));

	memset(ret_address, 0, sizeof(*ret_address));
	if (inet_pton(AF_INET, text, &ret_address->v4.sin_addr) == 1) {
		ret_address->v4.sin_family = AF_INET;
		ret_address->v4.sin_port = number;
		return sizeof(ret_address->v4);
	}
	if (inet_pton(AF_INET6, text, &ret_address->v6.sin6_addr) == 1) {
		ret_address->v6.sin6_family = AF_INET6;
		ret_address->v6.sin6_port = number;
		return sizeof(ret_address->v6);
	}
	fprintf(stderr, "listener: %s is no address\n", text);
	exit(2);
}

static void listen_at(const char *protocol, const char *address_text, const char *port)
{
	int type = strcmp(protocol, "udp") ? SOCK_STREAM : SOCK_DGRAM;
	union any_address address;
	socklen_t length = make_address(address_text, port, &address);
	int fd = socket(address.base.sa_family, type, 0);

	if (fd < 0 || bind(fd, &address.base, length) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 1) < 0)) {
		perror("listener");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i + 2 < argc; i += 3)
		listen_at(argv[i], argv[i + 1], argv[i + 2]);
	puts("ready");
	if (fclose(stdout) != 0)
		return 1;
	for (;;)
		pause();
}
