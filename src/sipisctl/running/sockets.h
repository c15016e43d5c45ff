/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who listens on this machine: TCP sockets that listen, UDP sockets that are bound. */

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
	uid_t uid; /* who made it */
	uint64_t inode;
	bool wanted; /* for sockets_find_processes() */
	pid_t pid;   /* a process that has it; 0: not known */
};

struct sockets {
	struct bound_socket *items; /* owned */
	size_t n, capacity;
};

void sockets_done(struct sockets *sockets);

/*
 * Take one line of /proc/net/{tcp,tcp6,udp,udp6}. 1: it was added; 0: it is no socket that
 * listens; -EINVAL: it is no such line; -ENOMEM.
 */
int sockets_add_line(struct sockets *sockets, enum socket_protocol protocol, const char *line);

/* All of this network namespace. 0 or a negative errno. */
int sockets_read(struct sockets *sockets);

/* Could a listener at this address and port not be, because of the socket? */
bool socket_blocks(const struct bound_socket *socket, const struct address *address, uint16_t port);

/*
 * Look for the processes of the sockets that are `wanted`, as far as the caller may see them. The
 * sockets are sorted by inode then. 0 or a negative errno.
 */
int sockets_find_processes(struct sockets *sockets);

#define PROCESS_NAME_MAX 64 /* room for it; kernel threads have longer names than processes */

/* Its name, "?" where it has gone. */
void process_name(pid_t pid, char name[PROCESS_NAME_MAX]);

/* Is it a process of this unit, or below it? Told by its control groups. */
bool process_is_of_unit(pid_t pid, const char *unit);

/* The unit that it belongs to. The caller frees it; NULL: none, or not known. */
char *process_unit(pid_t pid);
