/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/sockets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* --- what the kernel tells --------------------------------------------------------------- */

/* The address as the kernel writes it: words of 32 bits, each as a number of this machine. */
static bool read_address(const char *hex, struct address *ret_address)
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
	    !read_address(address, &socket.address))
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
 * Of TCP, the kernel tells the sockets that listen first, and thousands of connections after them:
 * those are left alone.
 */
static int read_lines(struct sockets *sockets, enum socket_protocol protocol, FILE *file)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int r = 1;

	if (getline(&line, &size, file) < 0) /* the heading */
		return 0;
	while (r >= 0 && (r > 0 || protocol != SOCKET_TCP) && getline(&line, &size, file) >= 0)
		r = sockets_add_line(sockets, protocol, line);
	return r < 0 && r != -EINVAL ? r : 0;
}

int sockets_read(struct sockets *sockets)
{
	static const struct {
		const char *path;
		enum socket_protocol protocol;
	} files[] = {
		{"/proc/net/tcp",  SOCKET_TCP},
		{"/proc/net/tcp6", SOCKET_TCP},
		{"/proc/net/udp",  SOCKET_UDP},
		{"/proc/net/udp6", SOCKET_UDP},
	};

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		FILE *file = fopen(files[i].path, "re");
		int r;

		if (!file && errno == ENOENT) /* without IPv6 */
			continue;
		if (!file)
			return -errno;
		r = read_lines(sockets, files[i].protocol, file);
		fclose(file);
		if (r < 0)
			return r;
	}
	return 0;
}

bool socket_blocks(const struct bound_socket *socket, const struct address *address, uint16_t port)
{
	if (socket->port != port)
		return false;
	return address_meets_everything(&socket->address) || address_meets_everything(address) ||
	       (address->kind == ADDRESS_NUMERIC &&
		!memcmp(address->bytes, socket->address.bytes, sizeof(address->bytes)));
}

/* --- whose sockets they are -------------------------------------------------------------- */

static int compare_inodes(const void *a, const void *b)
{
	const struct bound_socket *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

static struct bound_socket *find_inode(const struct sockets *sockets, uint64_t inode)
{
	struct bound_socket key = {.inode = inode};

	return bsearch(&key, sockets->items, sockets->n, sizeof(key), compare_inodes);
}

/* Give a process those of its sockets that are wanted and have none yet; how many these are. */
static size_t take_sockets_of(struct sockets *sockets, int proc, pid_t pid)
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
		socket = find_inode(sockets, inode);
		if (!socket || !socket->wanted || socket->pid)
			continue;
		socket->pid = pid;
		taken++;
	}
	closedir(fds);
	return taken;
}

/*
 * PID 1 comes last: it has the sockets of socket units too, which are in truth those of others.
 */
int sockets_find_processes(struct sockets *sockets)
{
	size_t missing = 0;
	struct dirent *entry;
	DIR *proc;

	for (size_t i = 0; i < sockets->n; i++)
		missing += sockets->items[i].wanted;
	if (!missing)
		return 0;
	qsort(sockets->items, sockets->n, sizeof(*sockets->items), compare_inodes);
	proc = opendir("/proc");
	if (!proc)
		return -errno;
	while (missing && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 1)
			missing -= take_sockets_of(sockets, dirfd(proc), pid);
	}
	if (missing)
		take_sockets_of(sockets, dirfd(proc), 1);
	closedir(proc);
	return 0;
}

/* --- processes --------------------------------------------------------------------------- */

static FILE *open_process_file(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return fopen(path, "re");
}

void process_name(pid_t pid, char name[PROCESS_NAME_MAX])
{
	FILE *file = open_process_file(pid, "comm");
	size_t length = 0;

	if (file) {
		length = fread(name, 1, PROCESS_NAME_MAX - 1, file);
		fclose(file);
	}
	name[length] = 0;
	if (length && name[length - 1] == '\n')
		name[length - 1] = 0;
	if (!name[0])
		memcpy(name, "?", sizeof("?"));
}

/*
 * The control groups of a process, one a line: for each of them, every component of its path is
 * given to `match` until it says yes. What it said.
 */
static bool any_group(pid_t pid, bool (*match)(const char *component, void *context), void *context)
{
	FILE *file = open_process_file(pid, "cgroup");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	bool found = false;

	if (!file)
		return false;
	while (!found && getline(&line, &size, file) >= 0) {
		char *path = strchr(line, '/'), *rest = NULL;
		char *component = path ? strtok_r(path, "/\n", &rest) : NULL;

		for (; !found && component; component = strtok_r(NULL, "/\n", &rest))
			found = match(component, context);
	}
	fclose(file);
	return found;
}

static bool is_named(const char *component, void *context)
{
	return !strcmp(component, context);
}

bool process_is_of_unit(pid_t pid, const char *unit)
{
	_cleanup_free_ char *name = strdup(unit);

	return name && any_group(pid, is_named, name);
}

static bool is_unit(const char *component, void *context)
{
	const char *dot = strrchr(component, '.');
	char **unit = context;

	if (!dot || (strcmp(dot, ".service") != 0 && strcmp(dot, ".scope") != 0))
		return false;
	*unit = strdup(component);
	return true;
}

char *process_unit(pid_t pid)
{
	char *unit = NULL;

	any_group(pid, is_unit, &unit);
	return unit;
}
