/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/host/host.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/host/checks.h"
#include "util/escape.h"

/* Behind all files that were read. */
#define HOST_ORDER UINT_MAX

static char confdir[] = SIPIS_CONFDIR;
static char template[] = SYSTEM_UNIT_DIR "/sipis@.service";
struct source host_confdir = {.path = confdir, .order = HOST_ORDER};
struct source host_template = {.path = template, .order = HOST_ORDER};

static int (*const checks[])(const struct host *) = {
	check_program,           check_stale_units,  check_load_balancer_read,
	check_settings_readable, check_secrets,      check_settings_writable,
	check_directories,       check_ports_in_use, check_ephemeral_ports,
};

int host_add(const struct host *host, enum diagnostic_code code, struct source *source,
	     const char *format, ...)
{
	struct place place = place_of_file(source);
	struct strbuf text = STRBUF_INIT;
	va_list args;
	int r;

	va_start(args, format);
	strbuf_appendv(&text, format, args);
	va_end(args);
	r = strbuf_error(&text);
	if (r == 0)
		r = diagnostics_add(host->diagnostics, code, &place, NULL, "%s", text.text);
	strbuf_done(&text);
	return r;
}

/* --- what the checks share --------------------------------------------------------------- */

static void host_done(struct host *host)
{
	for (size_t i = 0; host->units && i < host->installation->n_instances; i++)
		unit_state_done(&host->units[i]);
	free(host->units);
	free(host->documents);
	free(host->group);
	user_done(&host->user);
	systemd_closep(&host->systemd);
}

static int find_user(struct host *host)
{
	const struct group *group;
	int r = user_find(SIPIS_USER, &host->user);

	if (r == -ENOMEM)
		return r;
	host->has_user = r >= 0;
	group = host->has_user ? getgrgid(host->user.gid) : NULL;
	host->group = escape_excerpt(group ? group->gr_name : SIPIS_USER);
	return host->group ? 0 : -ENOMEM;
}

static int list_documents(struct host *host)
{
	const struct installation *installation = host->installation;
	struct source *last = installation->load_balancer_source;

	host->documents = calloc(installation->n_instances + 1, sizeof(*host->documents));
	if (!host->documents)
		return -ENOMEM;
	for (size_t i = 0; i < installation->n_instances; i++)
		if (installation->instances[i].source->data)
			host->documents[host->n_documents++] = installation->instances[i].source;
	if (last && last->data)
		host->documents[host->n_documents++] = last;
	return 0;
}

static int ask_unit(struct host *host, size_t at)
{
	_cleanup_free_ char *unit = NULL;
	int r;

	if (asprintf(&unit, "sipis@%s.service", host->installation->instances[at].name) < 0) {
		unit = NULL;
		return -ENOMEM;
	}
	r = systemd_unit_state(host->systemd, unit, &host->units[at]);
	return r == -ENOMEM ? r : 0;
}

/* Without a bus what systemd knows is not judged. */
static int ask_systemd(struct host *host)
{
	int r;

	host->units = calloc(host->installation->n_instances + 1, sizeof(*host->units));
	if (!host->units)
		return -ENOMEM;
	r = systemd_open(NULL, &host->systemd);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; r >= 0 && i < host->installation->n_instances; i++)
		if (host->installation->instances[i].valid_name)
			r = ask_unit(host, i);
	return r;
}

static int host_make(struct host *host)
{
	int r = find_user(host);

	if (r >= 0)
		r = list_documents(host);
	return r < 0 ? r : ask_systemd(host);
}

int host_check(const struct installation *installation, struct diagnostics *diagnostics)
{
	_cleanup_(host_done) struct host host = {
		.installation = installation,
		.diagnostics = diagnostics,
	};
	int r;

	if (!installation_count(installation))
		return 0;
	r = host_make(&host);
	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(checks); i++)
		r = checks[i](&host);
	return r;
}
