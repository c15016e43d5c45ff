/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks of the ports: whether an instance can have those that its settings want. */

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/host/checks.h"
#include "sipisctl/running/sockets.h"
#include "util/escape.h"

/* One port that an instance wants. */
struct wish {
	size_t instance; /* index */
	const char *word;
	const struct value *port;
	const struct address *address;
};

/* Call `function` with every port that is good, until it fails. 0 or -ENOMEM. */
static int each_wish(const struct host *host,
		     int (*function)(const struct host *, const struct wish *, void *),
		     void *context)
{
	int r = 0;

	for (size_t i = 0; i < host->installation->n_instances; i++)
		for (enum listener_kind kind = 0; r >= 0 && kind < LISTENER_COUNT; kind++) {
			const struct instance *instance = &host->installation->instances[i];
			const struct listener *listener = &instance->settings.listeners[kind];
			struct wish wish = {
				.instance = i,
				.word = listener_words[kind],
				.port = &listener->port,
				.address = &listener->address.address,
			};

			if (value_is_good(&listener->port))
				r = function(host, &wish, context);
		}
	return r;
}

/* --- taken by others --------------------------------------------------------------------- */

/* An instance that is refused takes no port, and its errors may say who has it. */
static bool is_refused(const struct host *host, const struct wish *wish)
{
	return host->installation->instances[wish->instance].first_error;
}

static int want_sockets(const struct host *host, const struct wish *wish, void *context)
{
	struct sockets *sockets = context;

	for (size_t i = 0; !is_refused(host, wish) && i < sockets->n; i++)
		if (socket_blocks(&sockets->items[i], wish->address, wish->port->port))
			sockets->items[i].wanted = true;
	return 0;
}

/*
 * Does it belong to somebody else than the instance? Who is not root can't see the processes of
 * others, but whose they are.
 */
static bool is_foreign(const struct host *host, const struct wish *wish, const char *unit,
		       const struct bound_socket *socket)
{
	if (!socket->pid)
		return geteuid() == 0 || !host->has_user || socket->uid != host->user.uid;
	return socket->pid != host->units[wish->instance].main_pid &&
	       !process_is_of_unit(socket->pid, unit);
}

static void append_user(struct strbuf *buf, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);
	_cleanup_free_ char *shown = user ? escape_excerpt(user->pw_name) : NULL;

	if (shown)
		strbuf_appendf(buf, "a process of the user %s", shown);
	else
		strbuf_appendf(buf, "a process of the user %u", uid);
}

static void append_process(struct strbuf *buf, pid_t pid)
{
	_cleanup_free_ char *unit = process_unit(pid), *shown_unit = NULL, *shown_name = NULL;
	char name[PROCESS_NAME_MAX];

	process_name(pid, name);
	shown_name = escape_excerpt(name);
	strbuf_appendf(buf, "%s (PID %d", shown_name ? shown_name : "?", pid);
	if (unit)
		shown_unit = escape_excerpt(unit);
	if (shown_unit)
		strbuf_appendf(buf, ", %s", shown_unit);
	strbuf_append_char(buf, ')');
}

static int report_in_use(const struct host *host, const struct wish *wish, const char *unit,
			 const struct bound_socket *socket)
{
	struct strbuf owner = STRBUF_INIT;
	int r;

	if (socket->pid)
		append_process(&owner, socket->pid);
	else
		append_user(&owner, socket->uid);
	r = strbuf_error(&owner);
	if (r == 0)
		r = diagnostics_add(host->diagnostics, DIAGNOSTIC_PORT_IN_USE, &wish->port->place,
				    NULL,
				    "%s %u (%s) is in use by %s, which is not part of %s: stop it, "
				    "or choose another port",
				    wish->word, wish->port->port,
				    socket_protocol_names[socket->protocol], owner.text, unit);
	strbuf_done(&owner);
	return r;
}

/* The first is enough: when it has gone, the next is told. */
static int check_port_in_use(const struct host *host, const struct wish *wish, void *context)
{
	const struct sockets *sockets = context;
	_cleanup_free_ char *unit = NULL;

	if (is_refused(host, wish))
		return 0;
	if (asprintf(&unit, "sipis@%s.service",
		     host->installation->instances[wish->instance].name) < 0) {
		unit = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < sockets->n; i++)
		if (socket_blocks(&sockets->items[i], wish->address, wish->port->port) &&
		    is_foreign(host, wish, unit, &sockets->items[i]))
			return report_in_use(host, wish, unit, &sockets->items[i]);
	return 0;
}

int check_ports_in_use(const struct host *host)
{
	_cleanup_(sockets_done) struct sockets sockets = {};
	int r;

	r = sockets_read(&sockets);
	if (r >= 0)
		r = each_wish(host, want_sockets, &sockets);
	if (r >= 0)
		r = sockets_find_processes(&sockets);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return each_wish(host, check_port_in_use, &sockets);
}

/* --- taken by chance --------------------------------------------------------------------- */

#define PORTS_DIRECTORY "/proc/sys/net/ipv4/"

/* Where the ports of outgoing connections come from. */
struct ephemeral {
	unsigned first, last;
	bool reserved[UINT16_MAX + 1], proposed[UINT16_MAX + 1];
	struct strbuf proposal; /* what ip_local_reserved_ports should be */
};

/* The only line of a file; empty where there is none. */
static int read_line(const char *path, char **ret_line)
{
	_cleanup_free_ char *line = NULL;
	FILE *file = fopen(path, "re");
	ssize_t length = 0;
	size_t size = 0;

	if (file) {
		length = getline(&line, &size, file);
		fclose(file);
	}
	*ret_line = strndup(length > 0 ? line : "", length > 0 ? strcspn(line, "\n") : 0);
	return *ret_line ? 0 : -ENOMEM;
}

/* `8080,9148-9150` */
static void read_reserved(struct ephemeral *ephemeral, const char *list)
{
	unsigned first, last;
	int length;

	while (sscanf(list, "%5u%n", &first, &length) == 1) {
		last = first;
		list += length;
		if (sscanf(list, "-%5u%n", &last, &length) == 1)
			list += length;
		for (; first <= last && last <= UINT16_MAX; first++)
			ephemeral->reserved[first] = true;
		list += *list == ',';
	}
}

static bool is_ephemeral(const struct ephemeral *ephemeral, unsigned port)
{
	return port >= ephemeral->first && port <= ephemeral->last;
}

/* The sysctl replaces what it was: so it has what is reserved now, and every port that should be.
 */
static int propose_port(const struct host *host, const struct wish *wish, void *context)
{
	struct ephemeral *ephemeral = context;
	unsigned port = wish->port->port;

	if (!is_ephemeral(ephemeral, port) || ephemeral->reserved[port] ||
	    ephemeral->proposed[port])
		return 0;
	ephemeral->proposed[port] = true;
	strbuf_appendf(&ephemeral->proposal, "%s%u", ephemeral->proposal.length ? "," : "", port);
	return strbuf_error(&ephemeral->proposal);
}

static int check_ephemeral_port(const struct host *host, const struct wish *wish, void *context)
{
	const struct ephemeral *ephemeral = context;
	unsigned port = wish->port->port;

	if (!ephemeral->proposed[port])
		return 0;
	return diagnostics_add(
		host->diagnostics, DIAGNOSTIC_EPHEMERAL_PORT, &wish->port->place, NULL,
		"%s %u can be taken by an outgoing connection, whose ports are "
		"%u-%u: reserve it with sysctl "
		"net.ipv4.ip_local_reserved_ports=%s (and in /etc/sysctl.d)",
		wish->word, port, ephemeral->first, ephemeral->last, ephemeral->proposal.text);
}

static int check_ephemeral(const struct host *host, struct ephemeral *ephemeral)
{
	_cleanup_free_ char *range = NULL, *reserved = NULL;
	int r;

	r = read_line(PORTS_DIRECTORY "ip_local_port_range", &range);
	if (r >= 0)
		r = read_line(PORTS_DIRECTORY "ip_local_reserved_ports", &reserved);
	if (r < 0)
		return r;
	if (sscanf(range, "%u %u", &ephemeral->first, &ephemeral->last) != 2)
		return 0;
	read_reserved(ephemeral, reserved);
	strbuf_append(&ephemeral->proposal, reserved);
	r = each_wish(host, propose_port, ephemeral);
	return r < 0 ? r : each_wish(host, check_ephemeral_port, ephemeral);
}

int check_ephemeral_ports(const struct host *host)
{
	struct ephemeral *ephemeral = calloc(1, sizeof(*ephemeral));
	int r;

	if (!ephemeral)
		return -ENOMEM;
	ephemeral->proposal = (struct strbuf)STRBUF_INIT;
	r = check_ephemeral(host, ephemeral);
	strbuf_done(&ephemeral->proposal);
	free(ephemeral);
	return r;
}
