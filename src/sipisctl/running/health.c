/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/health.h"

#include <errno.h>
#include <string.h>

#include "sipisctl/running/process.h"

void health_init(struct health *health, const struct instance *instance)
{
	*health = (struct health){
		.instance = instance,
		.unit = instance_unit(instance->name),
	};
}

void health_done(struct health *health)
{
	unit_state_done(&health->state);
	*health = (struct health){};
}

/* --- sockets ----------------------------------------------------------------------------- */

static const struct value *health_port(const struct health *health, size_t listener)
{
	return &health->instance->settings.listeners[listener].port;
}

static void health_want_sockets(const struct health *health, struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++)
		for (size_t k = 0; k < LISTENER_COUNT; k++)
			if (value_is_good(health_port(health, k)) &&
			    sockets->items[i].port == health_port(health, k)->port)
				sockets->items[i].wanted = true;
}

static bool health_owns(const struct health *health, const struct bound_socket *socket)
{
	return socket->pid == health->state.main_pid ||
	       process_is_in_group(socket->pid, health->state.control_group);
}

/* A port that another process has does not count, nor one in another network namespace. */
static enum listening health_check_port(const struct health *health, const struct value *port,
					uint64_t network, const struct sockets *sockets)
{
	enum listening listening = LISTENING_NO;

	for (size_t i = 0; i < sockets->n; i++) {
		const struct bound_socket *socket = &sockets->items[i];

		if (socket->port != port->port || socket->network != network)
			continue;
		if (!socket->pid)
			listening = LISTENING_UNKNOWN;
		else if (health_owns(health, socket))
			return LISTENING_YES;
	}
	return listening;
}

/* A service that goes into the background may have no main process: then look in our own namespace.
 */
static pid_t health_process(const struct health *health)
{
	return health->state.main_pid ? health->state.main_pid : getpid();
}

static void health_check_ports(struct health *health, const struct sockets *sockets)
{
	uint64_t network = 0;
	bool known = process_network(health_process(health), &network) >= 0;

	for (size_t k = 0; k < LISTENER_COUNT; k++) {
		const struct value *port = health_port(health, k);

		if (!value_is_good(port))
			health->listening[k] = LISTENING_NO_PORT;
		else if (!health_runs(health))
			health->listening[k] = LISTENING_NO;
		else if (!known)
			health->listening[k] = LISTENING_UNKNOWN;
		else
			health->listening[k] = health_check_port(health, port, network, sockets);
	}
}

/* A process that has ended meanwhile has no sockets: that is no failure. */
static int health_read_sockets(const struct health *health, struct sockets *sockets)
{
	int r;

	if (!health_runs(health))
		return 0;
	r = sockets_read_of(sockets, health_process(health));
	return r == -ENOENT || r == -ESRCH || r == -EINVAL || r == -EACCES ? 0 : r;
}

static int health_update_sockets(struct health *healths, size_t n)
{
	_cleanup_(sockets_done) struct sockets sockets = {};
	int r;

	for (size_t i = 0; i < n; i++) {
		r = health_read_sockets(&healths[i], &sockets);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < n; i++)
		health_want_sockets(&healths[i], &sockets);
	r = sockets_find_processes(&sockets);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		health_check_ports(&healths[i], &sockets);
	return 0;
}

int health_update(struct health *healths, size_t n, struct systemd *systemd)
{
	int r;

	for (size_t i = 0; i < n; i++) {
		unit_state_done(&healths[i].state);
		r = systemd_unit_state(systemd, healths[i].unit.text, &healths[i].state);
		if (r < 0)
			return r;
	}
	return health_update_sockets(healths, n);
}

/* --- verdicts ---------------------------------------------------------------------------- */

bool health_is_good(const struct health *health)
{
	for (size_t i = 0; i < LISTENER_COUNT; i++)
		if (health->listening[i] != LISTENING_YES &&
		    health->listening[i] != LISTENING_NO_PORT)
			return false;
	return health_runs(health) && !unit_is_frozen(&health->state);
}

bool health_is_unknown(const struct health *health)
{
	bool is_unknown = false;

	for (size_t i = 0; i < LISTENER_COUNT; i++) {
		if (health->listening[i] == LISTENING_NO)
			return false;
		is_unknown |= health->listening[i] == LISTENING_UNKNOWN;
	}
	return is_unknown && health_runs(health) && !unit_is_frozen(&health->state);
}

int health_listening_text(const struct health *health, char **ret_text)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	size_t counts[LISTENING_NO_PORT + 1] = {};

	*ret_text = NULL;
	for (size_t i = 0; i < LISTENER_COUNT; i++)
		counts[health->listening[i]]++;
	if (counts[LISTENING_UNKNOWN] || counts[LISTENING_NO_PORT] == LISTENER_COUNT)
		return 0;

	if (!counts[LISTENING_YES])
		strbuf_append(&text, "no");
	else if (!counts[LISTENING_NO])
		strbuf_append(&text, "yes");
	else
		for (size_t i = 0; i < LISTENER_COUNT; i++)
			if (health->listening[i] == LISTENING_YES)
				strbuf_appendf(&text, "only %u", health_port(health, i)->port);
	return strbuf_take(&text, ret_text);
}
