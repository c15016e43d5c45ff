/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks of the units: what they run, and whether systemd knows what was changed. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sipisctl/host/checks.h"
#include "util/escape.h"

#define UMBRELLA           "sipis.service"
#define GENERATED_UMBRELLA "/run/systemd/generator/sipis.service.d/50-sipis-generator.conf"

/* --- the program ------------------------------------------------------------------------- */

/* What an instance runs; as it was configured where systemd can't tell. */
static const char *program_of(const struct host *host, size_t at)
{
	const char *program = host->units[at].program;

	return program ? program : SIPIS_BINARY;
}

static bool is_first_with_program(const struct host *host, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (host->installation->instances[i].valid_name &&
		    !strcmp(program_of(host, i), program_of(host, at)))
			return false;
	return true;
}

static int check_program_of(const struct host *host, size_t at)
{
	const char *program = program_of(host, at);
	struct access_question question = {.path = program, .mode = X_OK};
	_cleanup_free_ char *shown = escape_excerpt(program);
	int r = 0;

	if (!shown)
		return -ENOMEM;
	if (host->has_user)
		r = access_ask(&host->user, &question, 1);
	else
		question.error = access(program, F_OK) < 0 ? errno : 0;
	if (r < 0 || !question.error)
		return r;
	return host_add(host, DIAGNOSTIC_BINARY_MISSING, &host_template,
			"sipis@%s.service runs %s, which the user " SIPIS_USER
			" can't run (%s): install SIPIS, or tell where it is with "
			"ExecStart= in systemctl edit sipis@.service",
			host->installation->instances[at].name, shown,
			strerrordesc_np(question.error));
}

/* Each program once, as all instances run the same one unless somebody wanted it otherwise. */
int check_program(const struct host *host)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < host->installation->n_instances; i++)
		if (host->installation->instances[i].valid_name && is_first_with_program(host, i))
			r = check_program_of(host, i);
	return r;
}

/* --- what systemd has not read ----------------------------------------------------------- */

static int check_instance_units(const struct host *host, bool *ret_stale)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < host->installation->n_instances; i++) {
		const struct instance *instance = &host->installation->instances[i];

		if (!host->units[i].need_daemon_reload)
			continue;
		*ret_stale = true;
		r = host_add(host, DIAGNOSTIC_STALE_UNITS, instance->source,
			     "these settings or sipis@%s.service changed since systemd read them: "
			     "systemctl daemon-reload, then systemctl restart sipis@%s",
			     instance->name, instance->name);
	}
	return r;
}

/* The first unit that systemd should read again; NULL: none. 0 or a negative errno. */
static int find_stale_unit(const struct host *host, char **names, const char **ret_name)
{
	int r = 0;

	*ret_name = NULL;
	for (char **name = names; r >= 0 && !*ret_name && *name; name++) {
		_cleanup_(unit_state_done) struct unit_state state = {};

		r = systemd_unit_state(host->systemd, *name, &state);
		if (r >= 0 && state.need_daemon_reload)
			*ret_name = *name;
	}
	return r;
}

/* The umbrella, which a new settings file makes stale, and instances whose file has gone. */
static int check_other_units(const struct host *host)
{
	static const char *const patterns[] = {UMBRELLA, "sipis@*.service", NULL};
	_cleanup_(names_freep) char **names = NULL;
	_cleanup_free_ char *shown = NULL;
	const char *stale = NULL;
	int r;

	r = systemd_list_units(host->systemd, patterns, &names);
	if (r >= 0)
		r = find_stale_unit(host, names, &stale);
	if (r < 0 || !stale)
		return r == -ENOMEM ? r : 0;
	shown = escape_excerpt(stale);
	if (!shown)
		return -ENOMEM;
	return host_add(host, DIAGNOSTIC_STALE_UNITS, &host_confdir,
			"systemd has not read what has changed here (%s): systemctl daemon-reload",
			shown);
}

/* One daemon-reload is enough for all of them, so the others are told only without any of these. */
int check_stale_units(const struct host *host)
{
	bool stale = false;
	int r;

	if (!host->systemd)
		return 0;
	r = check_instance_units(host, &stale);
	return r < 0 || stale ? r : check_other_units(host);
}

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/*
 * No unit has the load balancer's settings as its source, so systemd does not know that what it
 * generated hangs on them.
 */
int check_load_balancer_read(const struct host *host)
{
	struct source *source = host->installation->load_balancer_source;
	struct stat settings, generated;

	if (stat(LOADBALANCER_SETTINGS, &settings) < 0 ||
	    stat(GENERATED_UMBRELLA, &generated) < 0 ||
	    !is_newer(&settings.st_mtim, &generated.st_mtim))
		return 0;
	return host_add(host, DIAGNOSTIC_STALE_UNITS, source,
			"this file is newer than the units that were generated by it: systemctl "
			"daemon-reload");
}
