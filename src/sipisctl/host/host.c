/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/host/host.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/host/checks.h"
#include "sipisctl/running/loop.h"
#include "util/array.h"
#include "util/pathname.h"

/* After all files that were read. */
#define HOST_ORDER UINT_MAX

static char confdir_path[] = SIPIS_CONFDIR;
static char template_path[] = SYSTEM_UNIT_DIR "/" TEMPLATE_UNIT;
static char umbrella_path[] = SYSTEM_UNIT_DIR "/" UMBRELLA_UNIT;
struct source host_confdir = {.path = confdir_path, .order = HOST_ORDER};
struct source host_template = {.path = template_path, .order = HOST_ORDER};
struct source host_umbrella = {.path = umbrella_path, .order = HOST_ORDER};

/* In the order of what has to be there first. */
static int (*const checks[])(const struct host *) = {
	check_systemd,           check_foreign_units,
	check_program,           check_users,
	check_settings_readable, check_secrets,
	check_settings_writable, check_linked_directories,
	check_directories,       check_ports_in_use,
	check_ephemeral_ports,   check_masked_instances,
	check_load_balancer,     check_hidden_drop_ins,
	check_stale_units,       check_orphans,
	check_restart_due,
};

int host_add(const struct host *host, enum diagnostic_code code, struct source *source,
	     const char *format, ...)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	const struct place place = place_of_file(source);
	va_list args;
	int r;

	va_start(args, format);
	strbuf_appendv(&text, format, args);
	va_end(args);
	r = strbuf_error(&text);
	if (r < 0)
		return r;
	return diagnostics_add(host->diagnostics, code, &place, NULL, "%s", text.text);
}

struct source *host_load_balancer_source(const struct host *host)
{
	struct source *source = host->installation->load_balancer_source;

	return source && source->data ? source : NULL;
}

bool host_is_shared(const char *path)
{
	static const char *const trees[] = {
		"/bin", "/boot", "/dev", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr",
	};
	static const char *const directories[] = {
		"/",        "/etc",     "/home",      "/media",    "/mnt",
		"/opt",     "/root",    "/run",       "/run/lock", "/srv",
		"/tmp",     "/var",     "/var/cache", "/var/lib",  "/var/lock",
		"/var/log", "/var/run", "/var/spool", "/var/tmp",
	};

	for (size_t i = 0; i < ELEMENTSOF(trees); i++)
		if (!strcmp(path, trees[i]) || pathname_below(path, trees[i]))
			return true;
	for (size_t i = 0; i < ELEMENTSOF(directories); i++)
		if (!strcmp(path, directories[i]))
			return true;
	return false;
}

/* --- systemd ----------------------------------------------------------------------------- */

static void host_done(struct host *host)
{
	for (size_t i = 0; host->instances && i < host->installation->n_instances; i++)
		unit_state_done(&host->instances[i].state);
	free(host->instances);
	for (size_t i = 0; i < host->n_orphans; i++) {
		free(host->orphans[i].unit);
		unit_state_done(&host->orphans[i].state);
	}
	free(host->orphans);
	unit_state_done(&host->umbrella);
	unit_state_done(&host->load_balancer);
	for (size_t i = 0; i < host->n_users; i++)
		user_done(&host->users[i].user);
	free(host->users);
	systemd_closep(&host->systemd);
}

static int host_ask_instances(struct host *host)
{
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		struct host_instance *instance = &host->instances[i];
		int r;

		if (!instance->instance->valid_name)
			continue;
		r = systemd_unit_state(host->systemd, instance->unit.text, &instance->state);
		if (r < 0)
			return r;
		instance->is_checked = !unit_text_is(instance->state.load, "masked");
	}
	return 0;
}

static bool host_has_settings(const struct host *host, const char *unit)
{
	for (size_t i = 0; i < host->installation->n_instances; i++)
		if (host->instances[i].instance->valid_name &&
		    !strcmp(host->instances[i].unit.text, unit))
			return true;
	return false;
}

static int host_add_orphan(struct host *host, const char *unit)
{
	struct host_orphan *orphan;

	if (ARRAY_RESERVE(host->orphans, host->n_orphans, host->orphans_capacity) < 0)
		return -ENOMEM;
	orphan = &host->orphans[host->n_orphans];
	*orphan = (struct host_orphan){.unit = strdup(unit)};
	if (!orphan->unit)
		return -ENOMEM;
	host->n_orphans++;
	return systemd_unit_state(host->systemd, unit, &orphan->state);
}

static int host_ask_orphans(struct host *host)
{
	static const char *const patterns[] = {INSTANCE_UNITS, NULL};
	_cleanup_(unit_list_done) struct unit_list units = {};
	int r;

	r = systemd_list(host->systemd, patterns, &units);
	if (r < 0)
		return r;
	for (size_t i = 0; i < units.n; i++) {
		if (!listed_unit_is_up(&units.items[i]) ||
		    host_has_settings(host, units.items[i].name))
			continue;
		r = host_add_orphan(host, units.items[i].name);
		if (r < 0)
			return r;
	}
	return 0;
}

static int host_ask_systemd(struct host *host)
{
	int r;

	r = systemd_open_until(now_usec() + RECONNECT_USEC, &host->systemd);
	if (r < 0)
		return r;
	systemd_set_deadline(host->systemd, now_usec() + SILENCE_USEC); /* of all questions */
	r = systemd_unit_state(host->systemd, UMBRELLA_UNIT, &host->umbrella);
	if (r < 0)
		return r;
	r = systemd_unit_state(host->systemd, LOAD_BALANCER_UNIT, &host->load_balancer);
	if (r < 0)
		return r;
	r = host_ask_instances(host);
	return r < 0 ? r : host_ask_orphans(host);
}

static int host_make_instances(struct host *host)
{
	host->instances = calloc(host->installation->n_instances + 1, sizeof(*host->instances));
	if (!host->instances)
		return -ENOMEM;
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		struct host_instance *instance = &host->instances[i];

		instance->instance = &host->installation->instances[i];
		if (!instance->instance->valid_name)
			continue;
		instance->unit = instance_unit(instance->instance->name);
		instance->is_checked = true;
	}
	return 0;
}

/* --- users ------------------------------------------------------------------------------- */

static bool lists_are_equal(const char *const *a, const char *const *b)
{
	size_t i = 0;

	if (!a || !b)
		return (!a || !*a) && (!b || !*b);
	for (; a[i] && b[i]; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return !a[i] && !b[i];
}

static bool names_are_equal(const struct user_names *a, const struct user_names *b)
{
	return !strcmp(a->user, b->user) && !strcmp(a->group, b->group) &&
	       lists_are_equal(a->supplementary, b->supplementary);
}

static int host_use_user(struct host *host, const struct user_names *names, size_t *ret_user)
{
	struct host_user *user;

	for (size_t i = 0; i < host->n_users; i++)
		if (names_are_equal(&host->users[i].names, names)) {
			*ret_user = i;
			return 0;
		}

	if (ARRAY_RESERVE(host->users, host->n_users, host->users_capacity) < 0)
		return -ENOMEM;
	user = &host->users[host->n_users];
	*user = (struct host_user){.names = *names};
	user->error = user_find(names, &user->user);
	*ret_user = host->n_users++;
	return user->error == -ENOMEM ? -ENOMEM : 0;
}

/* Find whom each instance runs as, and as configured if systemd does not know. */
static int host_find_users(struct host *host)
{
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		struct host_instance *instance = &host->instances[i];
		const struct unit_state *state = &instance->state;
		bool known = state->user && unit_text_is(state->load, "loaded");
		const struct user_names names = {
			.user = known ? state->user : SIPIS_USER,
			.group = known && state->group ? state->group : "",
			.supplementary =
				known ? (const char *const *)state->supplementary_groups : NULL,
		};
		int r;

		if (!instance->is_checked)
			continue;
		r = host_use_user(host, &names, &instance->user);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- all of it --------------------------------------------------------------------------- */

int host_check(const struct installation *installation, struct diagnostics *diagnostics)
{
	_cleanup_(host_done) struct host host = {
		.installation = installation,
		.diagnostics = diagnostics,
	};
	int r;

	r = host_make_instances(&host);
	if (r < 0)
		return r;
	host.systemd_error = host_ask_systemd(&host);
	if (host.systemd_error == -ENOMEM)
		return -ENOMEM;
	/* Units may run although all settings files were removed. */
	if (!installation_count(installation)) {
		r = check_systemd(&host);
		return r < 0 ? r : check_orphans(&host);
	}

	r = host_find_users(&host);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ELEMENTSOF(checks); i++) {
		r = checks[i](&host);
		if (r < 0)
			return r;
	}
	return 0;
}

int host_add_findings(struct installation *installation)
{
	int r;

	r = host_check(installation, &installation->diagnostics);
	/* The first errors point into the array, which has moved. */
	diagnostics_sort(&installation->diagnostics);
	installation_set_first_errors(installation);
	return r;
}
