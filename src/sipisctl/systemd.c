/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "array.h"

#define DESTINATION  "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define UNITS_PATH   "/org/freedesktop/systemd1/unit"
#define UNIT         "org.freedesktop.systemd1.Unit"
#define SERVICE      "org.freedesktop.systemd1.Service"

/* Somebody waits for the answer, and a bus that hangs is as none. */
#define TIMEOUT_USEC (UINT64_C(5) * 1000 * 1000)

struct systemd {
	sd_bus *bus;
};

int systemd_open(struct systemd **ret_systemd)
{
	_cleanup_(systemd_closep) struct systemd *systemd = calloc(1, sizeof(*systemd));
	int r;

	if (!systemd)
		return -ENOMEM;
	r = sd_bus_open_system(&systemd->bus);
	if (r < 0)
		return r;
	r = sd_bus_set_method_call_timeout(systemd->bus, TIMEOUT_USEC);
	if (r < 0)
		return r;
	*ret_systemd = TAKE_PTR(systemd);
	return 0;
}

void systemd_close(struct systemd *systemd)
{
	sd_bus_flush_close_unref(systemd->bus);
	free(systemd);
}

/* --- a unit --------------------------------------------------------------------------------------
 */

void unit_state_done(struct unit_state *state)
{
	free(state->program);
	*state = (struct unit_state){};
}

/* The path of the first program of a list of them: each begins with it. */
static int read_program(sd_bus_message *reply, char **ret_program)
{
	const char *program;
	int r;

	r = sd_bus_message_enter_container(reply, 'a', "(sasbttttuii)");
	if (r > 0)
		r = sd_bus_message_enter_container(reply, 'r', "sasbttttuii");
	if (r > 0)
		r = sd_bus_message_read_basic(reply, 's', &program);
	if (r <= 0)
		return r;
	*ret_program = strdup(program);
	return *ret_program ? 0 : -ENOMEM;
}

static int get_program(struct systemd *systemd, const char *path, char **ret_program)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_get_property(systemd->bus, DESTINATION, path, SERVICE, "ExecStart", NULL, &reply,
				"a(sasbttttuii)");
	return r < 0 ? r : read_program(reply, ret_program);
}

int systemd_unit_state(struct systemd *systemd, const char *unit, struct unit_state *ret_state)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	_cleanup_free_ char *path = NULL;
	uint32_t main_pid = 0;
	int need_daemon_reload = 0;
	int r;

	r = sd_bus_path_encode(UNITS_PATH, unit, &path);
	if (r < 0)
		return r;
	r = sd_bus_get_property_trivial(systemd->bus, DESTINATION, path, UNIT, "NeedDaemonReload",
					NULL, 'b', &need_daemon_reload);
	if (r < 0)
		return r;
	r = sd_bus_get_property_trivial(systemd->bus, DESTINATION, path, SERVICE, "MainPID", NULL,
					'u', &main_pid);
	if (r < 0)
		return r;
	r = get_program(systemd, path, &state.program);
	if (r < 0)
		return r;
	state.need_daemon_reload = need_daemon_reload;
	state.main_pid = (pid_t)main_pid;
	*ret_state = state;
	state = (struct unit_state){};
	return 0;
}

/* --- names of units ------------------------------------------------------------------------------
 */

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

	r = sd_bus_message_new_method_call(systemd->bus, &call, DESTINATION, MANAGER_PATH,
					   "org.freedesktop.systemd1.Manager",
					   "ListUnitsByPatterns");
	if (r < 0)
		return r;
	r = append_patterns(call, patterns);
	if (r < 0)
		return r;
	r = sd_bus_call(systemd->bus, call, 0, NULL, &reply);
	return r < 0 ? r : read_names(reply, ret_names);
}
