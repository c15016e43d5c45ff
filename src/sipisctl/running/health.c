/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/health.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "installation/scan.h"

char *instance_unit(const char *instance)
{
	char *unit;

	return asprintf(&unit, "sipis@%s.service", instance) < 0 ? NULL : unit;
}

/* Everywhere, the default comes last. */
static int compare_units(const void *a, const void *b)
{
	static const char last[] = "sipis@" INSTANCE_DEFAULT ".service";
	const char *one = *(char *const *)a, *other = *(char *const *)b;
	int order = !strcmp(one, last) - !strcmp(other, last);

	return order ? order : strverscmp(one, other);
}

void sort_units(char **names)
{
	size_t n = 0;

	while (names[n])
		n++;
	if (n > 1)
		qsort(names, n, sizeof(char *), compare_units);
}

int serving_init(struct serving *serving, const struct instance *instance)
{
	*serving = (struct serving){.instance = instance, .unit = instance_unit(instance->name)};
	return serving->unit ? 0 : -ENOMEM;
}

void serving_done(struct serving *serving)
{
	free(serving->unit);
	unit_state_done(&serving->state);
	*serving = (struct serving){};
}

/* --- sockets ----------------------------------------------------------------------------- */

static const struct value *port_of(const struct serving *serving, size_t listener)
{
	return &serving->instance->settings.listeners[listener].port;
}

static void want_sockets(const struct serving *serving, struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++)
		for (size_t k = 0; k < LISTENER_COUNT; k++)
			if (value_is_good(port_of(serving, k)) &&
			    sockets->items[i].port == port_of(serving, k)->port)
				sockets->items[i].wanted = true;
}

static bool is_own(const struct serving *serving, const struct bound_socket *socket)
{
	return socket->pid == serving->state.main_pid ||
	       process_is_of_unit(socket->pid, serving->unit);
}

/* By its own sockets: a port that another process has does not count. */
static enum listening look_at_port(const struct serving *serving, const struct value *port,
				   const struct sockets *sockets)
{
	enum listening listening = LISTENING_NO;

	if (!value_is_good(port))
		return LISTENING_NO_PORT;
	for (size_t i = 0; i < sockets->n; i++) {
		const struct bound_socket *socket = &sockets->items[i];

		if (socket->port != port->port)
			continue;
		if (!socket->pid)
			listening = LISTENING_UNKNOWN;
		else if (is_own(serving, socket))
			return LISTENING_YES;
	}
	return listening;
}

static int look_at_sockets(struct serving *servings, size_t n)
{
	_cleanup_(sockets_done) struct sockets sockets = {};
	int r = sockets_read(&sockets);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		want_sockets(&servings[i], &sockets);
	r = sockets_find_processes(&sockets);
	for (size_t i = 0; r >= 0 && i < n; i++)
		for (size_t k = 0; k < LISTENER_COUNT; k++)
			servings[i].listening[k] =
				look_at_port(&servings[i], port_of(&servings[i], k), &sockets);
	return r;
}

int serving_look(struct serving *servings, size_t n, struct systemd *systemd)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		unit_state_done(&servings[i].state);
		r = systemd_unit_state(systemd, servings[i].unit, &servings[i].state);
	}
	return r < 0 ? r : look_at_sockets(servings, n);
}

/* --- what it comes to -------------------------------------------------------------------- */

bool serving_is_good(const struct serving *serving)
{
	for (size_t i = 0; i < LISTENER_COUNT; i++)
		if (serving->listening[i] == LISTENING_NO)
			return false;
	return serving_runs(serving);
}

int serving_listening_text(const struct serving *serving, char **ret_text)
{
	size_t counts[LISTENING_NO_PORT + 1] = {};
	struct strbuf text = STRBUF_INIT;
	int r;

	*ret_text = NULL;
	for (size_t i = 0; i < LISTENER_COUNT; i++)
		counts[serving->listening[i]]++;
	if (counts[LISTENING_UNKNOWN] || counts[LISTENING_NO_PORT] == LISTENER_COUNT)
		return 0;
	if (!counts[LISTENING_YES])
		strbuf_append(&text, "no");
	else if (!counts[LISTENING_NO])
		strbuf_append(&text, "yes");
	for (size_t i = 0; counts[LISTENING_YES] && counts[LISTENING_NO] && i < LISTENER_COUNT; i++)
		if (serving->listening[i] == LISTENING_YES)
			strbuf_appendf(&text, "only %u", port_of(serving, i)->port);
	r = strbuf_take(&text, ret_text);
	strbuf_done(&text);
	return r;
}
