/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/systemd.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "util/array.h"

#define UNITS_PATH SYSTEMD_PATH "/unit"
#define UNIT       "org.freedesktop.systemd1.Unit"
#define SERVICE    "org.freedesktop.systemd1.Service"

/* Somebody waits for the answer, and a bus that hangs is as none. */
#define TIMEOUT_USEC (UINT64_C(5) * 1000 * 1000)

/* Another machine has ssh before it, which may ask for a password. */
#define REMOTE_TIMEOUT_USEC (UINT64_C(60) * 1000 * 1000)

struct systemd {
	sd_bus *bus;
	char *complaint; /* owned */
};

static int open_bus(const struct systemd_target *target, sd_bus **ret_bus)
{
	if (target->host)
		return sd_bus_open_system_remote(ret_bus, target->host);
	if (target->container)
		return sd_bus_open_system_machine(ret_bus, target->container);
	return sd_bus_open_system(ret_bus);
}

int systemd_open(const struct systemd_target *target, struct systemd **ret_systemd)
{
	_cleanup_(systemd_closep) struct systemd *systemd = calloc(1, sizeof(*systemd));
	static const struct systemd_target here = {};
	bool remote;
	int r;

	if (!systemd)
		return -ENOMEM;
	if (!target)
		target = &here;
	remote = target->host || target->container;
	r = open_bus(target, &systemd->bus);
	if (r < 0)
		return r;
	r = sd_bus_set_method_call_timeout(systemd->bus,
					   remote ? REMOTE_TIMEOUT_USEC : TIMEOUT_USEC);
	if (r < 0)
		return r;
	*ret_systemd = TAKE_PTR(systemd);
	return 0;
}

struct sd_bus *systemd_bus(struct systemd *systemd)
{
	return systemd->bus;
}

void systemd_close(struct systemd *systemd)
{
	sd_bus_flush_close_unref(systemd->bus);
	free(systemd->complaint);
	free(systemd);
}

const char *systemd_complaint(const struct systemd *systemd)
{
	return systemd->complaint;
}

void systemd_set_complaint(struct systemd *systemd, const char *text)
{
	free(systemd->complaint);
	systemd->complaint = text ? strdup(text) : NULL;
}

/* --- a unit ------------------------------------------------------------------------------ */

void unit_state_done(struct unit_state *state)
{
	free(state->load);
	free(state->active);
	free(state->sub);
	free(state->description);
	free(state->result);
	free(state->program);
	*state = (struct unit_state){};
}

bool unit_text_is(const char *text, const char *word)
{
	return text && !strcmp(text, word);
}

static int read_text(sd_bus_message *message, void *target)
{
	const char *text;
	int r = sd_bus_message_read_basic(message, 's', &text);

	if (r <= 0)
		return r;
	*(char **)target = strdup(text);
	return *(char **)target ? 0 : -ENOMEM;
}

static int read_time(sd_bus_message *message, void *target)
{
	return sd_bus_message_read_basic(message, 't', target);
}

static int read_count(sd_bus_message *message, void *target)
{
	return sd_bus_message_read_basic(message, 'u', target);
}

static int read_pid(sd_bus_message *message, void *target)
{
	uint32_t pid = 0;
	int r = sd_bus_message_read_basic(message, 'u', &pid);

	*(pid_t *)target = (pid_t)pid;
	return r;
}

static int read_boolean(sd_bus_message *message, void *target)
{
	int boolean = 0;
	int r = sd_bus_message_read_basic(message, 'b', &boolean);

	*(bool *)target = boolean;
	return r;
}

/* The number of its job, 0: none; and the path of that. */
static int read_job(sd_bus_message *message, void *target)
{
	uint32_t job = 0;
	int r = sd_bus_message_read(message, "(uo)", &job, NULL);

	*(bool *)target = job != 0;
	return r;
}

/* The first program of a list of them: each begins with its path. */
static int read_program(sd_bus_message *message, void *target)
{
	int r;

	r = sd_bus_message_enter_container(message, 'a', "(sasbttttuii)");
	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'r', "sasbttttuii")) > 0) {
		bool first = !*(char **)target;

		if (first)
			r = read_text(message, target);
		if (r >= 0)
			r = sd_bus_message_skip(message, first ? "asbttttuii" : "sasbttttuii");
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* Every property that is looked at; all others are skipped. */
static const struct {
	const char *name, *type;
	size_t offset; /* in struct unit_state */
	int (*read)(sd_bus_message *message, void *target);
} properties[] = {
	{"LoadState",              "s",              offsetof(struct unit_state, load),               read_text   },
	{"ActiveState",            "s",              offsetof(struct unit_state, active),             read_text   },
	{"SubState",               "s",              offsetof(struct unit_state, sub),                read_text   },
	{"Description",            "s",              offsetof(struct unit_state, description),        read_text   },
	{"NeedDaemonReload",       "b",              offsetof(struct unit_state, need_daemon_reload), read_boolean},
	{"Job",		    "(uo)",           offsetof(struct unit_state, has_job),            read_job    },
	{"ActiveEnterTimestamp",   "t",              offsetof(struct unit_state, active_usec),        read_time   },
	{"Result",                 "s",              offsetof(struct unit_state, result),             read_text   },
	{"ExecStart",              "a(sasbttttuii)", offsetof(struct unit_state, program),            read_program},
	{"MainPID",                "u",              offsetof(struct unit_state, main_pid),           read_pid    },
	{"MemoryCurrent",          "t",              offsetof(struct unit_state, memory),             read_time   },
	{"ExecMainStartTimestamp", "t",              offsetof(struct unit_state, started_usec),       read_time   },
	{"NRestarts",              "u",              offsetof(struct unit_state, restarts),           read_count  },
};

static int read_property(sd_bus_message *reply, struct unit_state *state)
{
	const char *name;
	int r = sd_bus_message_read_basic(reply, 's', &name);

	for (size_t i = 0; r > 0 && i < ELEMENTSOF(properties); i++) {
		if (strcmp(properties[i].name, name) != 0)
			continue;
		r = sd_bus_message_enter_container(reply, 'v', properties[i].type);
		if (r >= 0)
			r = properties[i].read(reply, (char *)state + properties[i].offset);
		return r < 0 ? r : sd_bus_message_exit_container(reply);
	}
	return r < 0 ? r : sd_bus_message_skip(reply, "v");
}

static int read_interface(struct systemd *systemd, const char *path, const char *interface,
			  struct unit_state *state)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_call_method(systemd->bus, SYSTEMD_DESTINATION, path,
			       "org.freedesktop.DBus.Properties", "GetAll", NULL, &reply, "s",
			       interface);
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		r = read_property(reply, state);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r < 0 ? r : 0;
}

int systemd_unit_state(struct systemd *systemd, const char *unit, struct unit_state *ret_state)
{
	_cleanup_(unit_state_done) struct unit_state state = {.memory = UNKNOWN_MEMORY};
	_cleanup_free_ char *path = NULL;
	int r;

	r = sd_bus_path_encode(UNITS_PATH, unit, &path);
	if (r < 0)
		return r;
	r = read_interface(systemd, path, UNIT, &state);
	if (r >= 0)
		r = read_interface(systemd, path, SERVICE, &state);
	if (r < 0)
		return r;
	*ret_state = state;
	state = (struct unit_state){};
	return 0;
}

/* --- names of units ---------------------------------------------------------------------- */

void names_free(char **names)
{
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
}

static int append_patterns(sd_bus_message *call, const char *const *patterns)
{
	int r;

	r = sd_bus_message_append(call, "as", 0); /* in any state */
	if (r >= 0)
		r = sd_bus_message_open_container(call, 'a', "s");
	for (; r >= 0 && *patterns; patterns++)
		r = sd_bus_message_append_basic(call, 's', *patterns);
	return r < 0 ? r : sd_bus_message_close_container(call);
}

/* The list ends in a NULL at any time, so that it can be freed whatever happens. */
static int add_name(char ***names, size_t *n, size_t *capacity, const char *name)
{
	if (ARRAY_RESERVE(*names, *n + 1, *capacity) < 0)
		return -ENOMEM;
	(*names)[*n + 1] = NULL;
	(*names)[*n] = strdup(name);
	return (*names)[(*n)++] ? 0 : -ENOMEM;
}

static int read_names(sd_bus_message *reply, char ***ret_names)
{
	_cleanup_(names_freep) char **names = calloc(1, sizeof(*names));
	size_t n = 0, capacity = 1;
	const char *name;
	int r;

	if (!names)
		return -ENOMEM;
	r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
	while (r >= 0) {
		r = sd_bus_message_read(reply, "(ssssssouso)", &name, NULL, NULL, NULL, NULL, NULL,
					NULL, NULL, NULL, NULL);
		if (r > 0)
			r = add_name(&names, &n, &capacity, name);
		else if (r == 0)
			break;
	}
	if (r < 0)
		return r;
	*ret_names = TAKE_PTR(names);
	return 0;
}

int systemd_list_units(struct systemd *systemd, const char *const *patterns, char ***ret_names)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	int r;

	r = sd_bus_message_new_method_call(systemd->bus, &call, SYSTEMD_DESTINATION, SYSTEMD_PATH,
					   SYSTEMD_MANAGER, "ListUnitsByPatterns");
	if (r < 0)
		return r;
	r = append_patterns(call, patterns);
	if (r < 0)
		return r;
	r = sd_bus_call(systemd->bus, call, 0, NULL, &reply);
	return r < 0 ? r : read_names(reply, ret_names);
}
