/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks of the ports: whether the instances and LoadBalancer2 can bind theirs. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "sipisctl/host/checks.h"
#include "sipisctl/running/process.h"
#include "sipisctl/running/sockets.h"
#include "util/array.h"
#include "util/close-others.h"
#include "util/escape.h"

/* A port that an instance or a frontend of LoadBalancer2 binds. */
struct wanted_port {
	const char *word;                     /* for messages: "Server port" */
	const struct host_instance *instance; /* NULL: LoadBalancer2's */
	const struct value *value;            /* its place is that of the port */
	const struct address *address;
	uint64_t network; /* 0: the network namespace is not known, or belongs to it alone */
};

struct wanted_ports {
	struct wanted_port *items; /* owned */
	size_t n, capacity;
};

static void wanted_ports_done(struct wanted_ports *ports)
{
	free(ports->items);
}

static int wanted_ports_add(struct wanted_ports *ports, const struct wanted_port *port)
{
	if (!value_is_good(port->value))
		return 0;
	if (ARRAY_RESERVE(ports->items, ports->n, ports->capacity) < 0)
		return -ENOMEM;
	ports->items[ports->n++] = *port;
	return 0;
}

static int wanted_ports_add_instance(struct wanted_ports *ports,
				     const struct host_instance *instance, uint64_t network)
{
	for (enum listener_kind kind = 0; kind < LISTENER_COUNT; kind++) {
		const struct listener *listener = &instance->instance->settings.listeners[kind];
		int r = wanted_ports_add(ports, &(const struct wanted_port){
							.word = listener_words[kind],
							.instance = instance,
							.value = &listener->port,
							.address = &listener->address.address,
							.network = network,
						});

		if (r < 0)
			return r;
	}
	return 0;
}

/* If LoadBalancer2 is no unit here, it may run in another way: its ports are not judged. */
static int wanted_ports_add_frontends(struct wanted_ports *ports, const struct host *host,
				      uint64_t network)
{
	const struct load_balancer *load_balancer = &host->installation->load_balancer;

	if (!host->installation->load_balancer_usable || !host->load_balancer.load ||
	    unit_text_is(host->load_balancer.load, "not-found"))
		return 0;
	for (size_t i = 0; i < load_balancer->n_frontends; i++) {
		const struct value *value = &load_balancer->frontends[i].address;
		int r = wanted_ports_add(ports, &(const struct wanted_port){
							.word = "frontend port",
							.value = value,
							.address = &value->address,
							.network = network,
						});

		if (r < 0)
			return r;
	}
	return 0;
}

/* --- network namespaces ------------------------------------------------------------------ */

#define NAMESPACE_MSEC 2000

/* Wait in a network namespace, so that its sockets can be read. */
static _Noreturn void namespace_wait(const char *path, int ready_fd)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_others(ready_fd, -1);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		_exit(1);
	if (write(ready_fd, "", 1) < 0)
		_exit(1);
	close(ready_fd);
	for (;;)
		pause();
}

/* Read the sockets of the network namespace at `path`, with a child that enters it. */
static int read_namespace(struct sockets *sockets, const char *path, uint64_t *ret_network)
{
	struct pollfd poll_fd = {.events = POLLIN};
	int pipe_fds[2], r = -EPERM;
	char byte;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		namespace_wait(path, pipe_fds[1]);
	close(pipe_fds[1]);
	/* The child writes a byte or ends, unless opening the path hangs. */
	poll_fd.fd = pipe_fds[0];
	if (pid > 0 && poll(&poll_fd, 1, NAMESPACE_MSEC) > 0 && read(pipe_fds[0], &byte, 1) == 1) {
		r = process_network(pid, ret_network);
		if (r >= 0)
			r = sockets_read_of(sockets, pid);
	}
	close(pipe_fds[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, r < 0 ? WNOHANG : 0);
	}
	return r;
}

/*
 * Read the sockets of the network namespace of an instance, and set *ret_network; 0 if it has one
 * of its own, or if it is not known. Returns 0 or -ENOMEM.
 */
static int read_sockets_of(struct sockets *sockets, const struct unit_state *state,
			   uint64_t *ret_network)
{
	pid_t pid = state->main_pid ? state->main_pid : getpid();
	int r;

	*ret_network = 0;
	if (!state->main_pid && state->private_network)
		return 0;
	if (!state->main_pid && state->network_path && *state->network_path) {
		r = read_namespace(sockets, state->network_path, ret_network);
	} else {
		r = process_network(pid, ret_network);
		if (r >= 0)
			r = sockets_read_of(sockets, pid);
	}
	if (r < 0)
		*ret_network = 0;
	return r == -ENOMEM ? r : 0;
}

/* --- taken by others --------------------------------------------------------------------- */

/* A refused instance binds no port, and its errors may say which one has it. */
static int collect_ports(const struct host *host, struct sockets *sockets,
			 struct wanted_ports *ports)
{
	uint64_t network;
	int r;

	for (size_t i = 0; i < host->installation->n_instances; i++) {
		const struct host_instance *instance = &host->instances[i];

		if (!instance->is_checked || instance->instance->first_error)
			continue;
		r = read_sockets_of(sockets, &instance->state, &network);
		if (r < 0)
			return r;
		r = wanted_ports_add_instance(ports, instance, network);
		if (r < 0)
			return r;
	}
	r = read_sockets_of(sockets, &host->load_balancer, &network);
	return r < 0 ? r : wanted_ports_add_frontends(ports, host, network);
}

static bool port_is_blocked_by(const struct wanted_port *port, const struct bound_socket *socket)
{
	return port->network && socket->network == port->network &&
	       socket_blocks(socket, port->address, port->value->port);
}

static bool unit_has_process(const struct unit_state *state, pid_t pid)
{
	return state->load &&
	       (pid == state->main_pid || process_is_in_group(pid, state->control_group));
}

/* Return true if the process belongs to an instance, with settings or without. */
static bool is_of_instances(const struct host *host, const struct host_instance *likely, pid_t pid)
{
	_cleanup_free_ char *called = NULL;
	size_t length;

	if (unit_has_process(&likely->state, pid))
		return true;
	for (size_t i = 0; i < host->installation->n_instances; i++)
		if (unit_has_process(&host->instances[i].state, pid))
			return true;
	for (size_t i = 0; i < host->n_orphans; i++)
		if (unit_has_process(&host->orphans[i].state, pid))
			return true;
	if (!host->systemd_error)
		return false;
	/* Without systemd, the name of the control group has to do. */
	called = process_unit(pid);
	return called && unit_instance(called, &length);
}

/*
 * Return true if the process belongs to a unit that may have the port, and that was started after
 * systemd was asked first: ask again. Without an answer the name of the control group has to do.
 */
static bool has_started_since(const struct host *host, const struct wanted_port *port, pid_t pid)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	_cleanup_free_ char *called = process_unit(pid);
	size_t length;
	int r;

	if (!host->systemd || !called)
		return false;
	if (port->instance ? !unit_instance(called, &length)
			   : strcmp(called, LOAD_BALANCER_UNIT) != 0)
		return false;
	r = systemd_unit_state(host->systemd, called, &state);
	return r < 0 || unit_has_process(&state, pid);
}

static bool is_foreign_process(const struct host *host, const struct wanted_port *port, pid_t pid)
{
	if (port->instance ? is_of_instances(host, port->instance, pid)
			   : unit_has_process(&host->load_balancer, pid))
		return false;
	return !has_started_since(host, port, pid);
}

/*
 * Return true if the socket belongs to neither the instances nor LoadBalancer2, whose port it is.
 * Users other than root see only the owner of a socket.
 */
static bool is_foreign(const struct host *host, const struct wanted_port *port,
		       const struct bound_socket *socket)
{
	const struct host_user *user;

	if (socket->pid)
		return is_foreign_process(host, port, socket->pid);
	if (geteuid() == 0)
		return true;
	if (!port->instance)
		return false;
	user = &host->users[port->instance->user];
	return user->error || socket->uid != user->user.uid;
}

static void append_process(struct strbuf *buf, pid_t pid)
{
	_cleanup_free_ char *unit = process_unit(pid);
	char name[PROCESS_NAME_MAX];

	process_name(pid, name);
	strbuf_appendf(buf, "%s (PID %d", excerpt(name).text, pid);
	if (unit)
		strbuf_appendf(buf, ", %s", excerpt(unit).text);
	strbuf_append_char(buf, ')');
}

static void append_owner(struct strbuf *buf, const struct bound_socket *socket)
{
	struct excerpt user;

	if (socket->pid) {
		append_process(buf, socket->pid);
		return;
	}
	user_id_name(socket->uid, &user);
	strbuf_appendf(buf, "a process of the user %s", user.text);
}

static int report_in_use(const struct host *host, const struct wanted_port *port,
			 const struct bound_socket *socket)
{
	_cleanup_strbuf_ struct strbuf owner = STRBUF_INIT;

	append_owner(&owner, socket);
	if (strbuf_error(&owner) < 0)
		return -ENOMEM;
	return diagnostics_add(host->diagnostics, DIAGNOSTIC_PORT_IN_USE, &port->value->place, NULL,
			       "%s %u (%s) is in use by %s, which is not part of %s: stop it, "
			       "or choose another port",
			       port->word, port->value->port,
			       socket_protocol_names[socket->protocol], owner.text,
			       port->instance ? port->instance->unit.text : LOAD_BALANCER_UNIT);
}

/* Report the first process that has the port. */
static int check_port_in_use(const struct host *host, const struct wanted_port *port,
			     const struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++)
		if (port_is_blocked_by(port, &sockets->items[i]) &&
		    is_foreign(host, port, &sockets->items[i]))
			return report_in_use(host, port, &sockets->items[i]);
	return 0;
}

int check_ports_in_use(const struct host *host)
{
	_cleanup_(wanted_ports_done) struct wanted_ports ports = {};
	_cleanup_(sockets_done) struct sockets sockets = {};
	int r;

	r = collect_ports(host, &sockets, &ports);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ports.n; i++)
		for (size_t k = 0; k < sockets.n; k++)
			if (port_is_blocked_by(&ports.items[i], &sockets.items[k]))
				sockets.items[k].wanted = true;
	r = sockets_find_processes(&sockets);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < ports.n; i++) {
		r = check_port_in_use(host, &ports.items[i], &sockets);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- taken by chance --------------------------------------------------------------------- */

#define PORTS_DIRECTORY "/proc/sys/net/ipv4/"

/* The ports of outgoing connections. */
struct ephemeral_ports {
	unsigned first, last;
	bool reserved[UINT16_MAX + 1];
	char text[1 << 16]; /* of the file that is read */
};

/* Read a file of procfs at once, as it gives nothing to a second read(). "" if there is none. */
static const char *read_setting(struct ephemeral_ports *ports, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, ports->text, sizeof(ports->text) - 1);

	ports->text[length < 0 ? 0 : length] = 0;
	return ports->text;
}

/* `8080,9148-9150` */
static void parse_reserved(struct ephemeral_ports *ports, const char *list)
{
	unsigned first, last;
	int length;

	while (sscanf(list, "%5u%n", &first, &length) == 1) {
		last = first;
		list += length;
		if (sscanf(list, "-%5u%n", &last, &length) == 1)
			list += length;
		for (; first <= last && last <= UINT16_MAX; first++)
			ports->reserved[first] = true;
		list += *list == ',';
	}
}

/* Returns false if the range is not known. */
static bool read_ephemeral_ports(struct ephemeral_ports *ports)
{
	const char *range = read_setting(ports, PORTS_DIRECTORY "ip_local_port_range");

	if (sscanf(range, "%u %u", &ports->first, &ports->last) != 2)
		return false;
	parse_reserved(ports, read_setting(ports, PORTS_DIRECTORY "ip_local_reserved_ports"));
	return true;
}

static int check_ephemeral_port(const struct host *host, const struct wanted_port *port,
				const struct ephemeral_ports *ports)
{
	unsigned number = port->value->port;

	if (number < ports->first || number > ports->last || ports->reserved[number])
		return 0;
	return diagnostics_add(host->diagnostics, DIAGNOSTIC_EPHEMERAL_PORT, &port->value->place,
			       NULL,
			       "%s %u can be taken by an outgoing connection (ports %u-%u): "
			       "add it to net.ipv4.ip_local_reserved_ports in /etc/sysctl.d",
			       port->word, number, ports->first, ports->last);
}

static int collect_all_ports(const struct host *host, struct wanted_ports *ports)
{
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		int r;

		if (!host->instances[i].is_checked)
			continue;
		r = wanted_ports_add_instance(ports, &host->instances[i], 0);
		if (r < 0)
			return r;
	}
	return wanted_ports_add_frontends(ports, host, 0);
}

int check_ephemeral_ports(const struct host *host)
{
	_cleanup_free_ struct ephemeral_ports *ephemeral = calloc(1, sizeof(*ephemeral));
	_cleanup_(wanted_ports_done) struct wanted_ports ports = {};
	int r;

	if (!ephemeral)
		return -ENOMEM;
	if (!read_ephemeral_ports(ephemeral))
		return 0;
	r = collect_all_ports(host, &ports);
	for (size_t i = 0; r >= 0 && i < ports.n; i++)
		r = check_ephemeral_port(host, &ports.items[i], ephemeral);
	return r;
}
