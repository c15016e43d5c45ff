/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/sockets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/running/process.h"
#include "util/array.h"
#include "util/macro.h"

/* States as the kernel numbers them. */
enum { STATE_UNCONNECTED = 7, STATE_LISTEN = 10 };

const char *const socket_protocol_names[] = {[SOCKET_TCP] = "TCP", [SOCKET_UDP] = "UDP"};

void sockets_done(struct sockets *sockets)
{
	free(sockets->items);
	*sockets = (struct sockets){};
}

/* --- reading ----------------------------------------------------------------------------- */

/* Parse an address as the kernel writes it: words of 32 bits, each in the byte order of the CPU. */
static bool socket_parse_address(const char *hex, struct address *ret_address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct address address = {.kind = ADDRESS_NUMERIC};
	size_t n_words = strlen(hex) / 8, first = n_words == 1 ? 3 : 0;
	static const uint8_t zero[16];
	bool is_mapped;

	if (strlen(hex) % 8 || (n_words != 1 && n_words != 4))
		return false;
	if (n_words == 1)
		memcpy(address.bytes, mapped, sizeof(mapped));
	for (size_t i = 0; i < n_words; i++) {
		uint32_t word;

		if (sscanf(hex + i * 8, "%8x", &word) != 1)
			return false;
		memcpy(address.bytes + (first + i) * 4, &word, sizeof(word));
	}
	is_mapped = !memcmp(address.bytes, mapped, sizeof(mapped));
	if (!memcmp(address.bytes, zero, 12) || is_mapped)
		if (!memcmp(address.bytes + 12, zero, 4))
			address.kind = ADDRESS_ANY;
	*ret_address = address;
	return true;
}

int sockets_add_line(struct sockets *sockets, enum socket_protocol protocol, const char *line)
{
	struct bound_socket socket = {.protocol = protocol};
	unsigned state, wanted = protocol == SOCKET_TCP ? STATE_LISTEN : STATE_UNCONNECTED;
	char address[33];
	unsigned port;

	if (sscanf(line,
		   " %*u: %32[0-9A-Fa-f]:%4x %*32[0-9A-Fa-f]:%*4x %2x %*x:%*x %*x:%*x %*x %u %*u "
		   "%" SCNu64,
		   address, &port, &state, &socket.uid, &socket.inode) != 5 ||
	    !socket_parse_address(address, &socket.address))
		return -EINVAL;
	if (state != wanted || port == 0)
		return 0;
	socket.port = (uint16_t)port;
	if (ARRAY_RESERVE(sockets->items, sockets->n, sockets->capacity) < 0)
		return -ENOMEM;
	sockets->items[sockets->n++] = socket;
	return 1;
}

/*
 * Add the sockets of a whole file. Listening TCP sockets come first in it, before what can be
 * thousands of connections: stop at the first line of another kind.
 */
static int sockets_read_lines(struct sockets *sockets, enum socket_protocol protocol, FILE *file)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	for (bool heading = true;; heading = false) {
		int r;

		errno = 0;
		if (getline(&line, &size, file) < 0)
			return -errno; /* 0 at the end */
		if (heading)
			continue;
		r = sockets_add_line(sockets, protocol, line);
		if (r < 0)
			return r == -EINVAL ? 0 : r;
		if (r == 0 && protocol == SOCKET_TCP)
			return 0;
	}
}

static int sockets_read_file(struct sockets *sockets, enum socket_protocol protocol,
			     const char *path)
{
	FILE *file = fopen(path, "re");
	int r;

	if (!file)
		return -errno;
	r = sockets_read_lines(sockets, protocol, file);
	fclose(file);
	return r;
}

/* Add all sockets of the network namespace that `process` (a directory in /proc) is in. */
static int sockets_read_process(struct sockets *sockets, const char *process, uint64_t network)
{
	static const struct {
		const char *name;
		enum socket_protocol protocol;
	} files[] = {
		{.name = "tcp", .protocol = SOCKET_TCP},
		{.name = "tcp6", .protocol = SOCKET_TCP},
		{.name = "udp", .protocol = SOCKET_UDP},
		{.name = "udp6", .protocol = SOCKET_UDP},
	};
	size_t first = sockets->n;
	char path[64];
	int r;

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		snprintf(path, sizeof(path), "/proc/%s/net/%s", process, files[i].name);
		r = sockets_read_file(sockets, files[i].protocol, path);
		if (r == -ENOENT && strchr(files[i].name, '6')) /* a kernel without IPv6 */
			continue;
		if (r < 0)
			return r;
	}

	for (size_t i = first; i < sockets->n; i++)
		sockets->items[i].network = network;
	return 0;
}

int sockets_read(struct sockets *sockets)
{
	return sockets_read_process(sockets, "self", 0);
}

int sockets_read_of(struct sockets *sockets, pid_t pid)
{
	char process[16];
	uint64_t network;
	int r;

	r = process_network(pid, &network);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sockets->n; i++)
		if (sockets->items[i].network == network)
			return 0;

	snprintf(process, sizeof(process), "%d", pid);
	return sockets_read_process(sockets, process, network);
}

bool socket_blocks(const struct bound_socket *socket, const struct address *address, uint16_t port)
{
	if (socket->port != port)
		return false;
	return address_meets_everything(&socket->address) || address_meets_everything(address) ||
	       (address->kind == ADDRESS_NUMERIC &&
		!memcmp(address->bytes, socket->address.bytes, sizeof(address->bytes)));
}

/* --- processes --------------------------------------------------------------------------- */

static int sockets_compare_inodes(const void *a, const void *b)
{
	const struct bound_socket *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

static struct bound_socket *sockets_find_inode(const struct sockets *sockets, uint64_t inode)
{
	struct bound_socket key = {.inode = inode};

	return bsearch(&key, sockets->items, sockets->n, sizeof(key), sockets_compare_inodes);
}

/* Note a process at those of its sockets that are wanted and have none yet. Returns how many. */
static size_t sockets_take_process(struct sockets *sockets, int proc, pid_t pid)
{
	char path[sizeof("-2147483648/fd")];
	size_t taken = 0;
	struct dirent *entry;
	DIR *fds;
	int fd;

	snprintf(path, sizeof(path), "%d/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds = fd < 0 ? NULL : fdopendir(fd);
	if (!fds) {
		closep(&fd);
		return 0;
	}
	while ((entry = readdir(fds))) {
		char target[64] = "";
		struct bound_socket *socket;
		uint64_t inode;

		if (readlinkat(fd, entry->d_name, target, sizeof(target) - 1) < 0 ||
		    sscanf(target, "socket:[%" SCNu64 "]", &inode) != 1)
			continue;
		socket = sockets_find_inode(sockets, inode);
		if (!socket || !socket->wanted || socket->pid)
			continue;
		socket->pid = pid;
		taken++;
	}
	closedir(fds);
	return taken;
}

/* PID 1 comes last: it has the sockets of socket units, which belong to the services. */
int sockets_find_processes(struct sockets *sockets)
{
	size_t missing = 0;
	struct dirent *entry;
	DIR *proc;

	for (size_t i = 0; i < sockets->n; i++)
		missing += sockets->items[i].wanted;
	if (!missing)
		return 0;
	qsort(sockets->items, sockets->n, sizeof(*sockets->items), sockets_compare_inodes);
	proc = opendir("/proc");
	if (!proc)
		return -errno;
	while (missing && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 1)
			missing -= sockets_take_process(sockets, dirfd(proc), pid);
	}
	if (missing)
		sockets_take_process(sockets, dirfd(proc), 1);
	closedir(proc);
	return 0;
}
