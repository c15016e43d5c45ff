/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Listening TCP sockets and bound UDP sockets of this machine, and the processes that have them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "document/address.h"

enum socket_protocol { SOCKET_TCP, SOCKET_UDP, SOCKET_PROTOCOL_COUNT };

extern const char *const socket_protocol_names[SOCKET_PROTOCOL_COUNT];

struct bound_socket {
	enum socket_protocol protocol;
	struct address address; /* ADDRESS_ANY or ADDRESS_NUMERIC */
	uint16_t port;
	uid_t uid;        /* of the process that made it */
	uint64_t inode;   /* identifies the socket, in all network namespaces */
	uint64_t network; /* 0 or process_network() of its namespace */
	bool wanted;      /* set by the caller, for sockets_find_processes() */
	pid_t pid;        /* a process that has it; 0: not known */
};

struct sockets {
	struct bound_socket *items; /* owned */
	size_t n, capacity;
};

void sockets_done(struct sockets *sockets);

/*
 * Add the socket of a line of /proc/net/{tcp,tcp6,udp,udp6}. Returns 1; 0 if the socket does not
 * listen; -EINVAL if the line is malformed; or -ENOMEM.
 */
int sockets_add_line(struct sockets *sockets, enum socket_protocol protocol, const char *line);

/* Add all sockets of the caller's network namespace. Returns 0 or a negative errno. */
int sockets_read(struct sockets *sockets);

/*
 * Add all sockets of the network namespace of a process, unless they were added before. Returns 0
 * or a negative errno.
 */
int sockets_read_of(struct sockets *sockets, pid_t pid);

/* Return true if the socket keeps another one from listening at this address and port. */
bool socket_blocks(const struct bound_socket *socket, const struct address *address, uint16_t port);

/*
 * Find the processes of the sockets that are `wanted`, as far as the caller may see them. Sorts the
 * sockets by inode. Returns 0 or a negative errno.
 */
int sockets_find_processes(struct sockets *sockets);
