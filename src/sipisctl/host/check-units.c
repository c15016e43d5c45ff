/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks of the units: which files are in force, what they run, and what runs. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "selector/share.h"
#include "sipisctl/host/checks.h"
#include "sipisctl/show/assignment.h"
#include "util/array.h"
#include "util/escape.h"

int check_systemd(const struct host *host)
{
	if (!host->systemd_error)
		return 0;
	return host_add(host, DIAGNOSTIC_SYSTEMD_UNAVAILABLE, &host_template,
			"cannot query systemd (%s): units are not checked, and the user " SIPIS_USER
			" and the program " SIPIS_BINARY " are assumed",
			strerrordesc_np(-host->systemd_error));
}

/* --- the program ------------------------------------------------------------------------- */

/* Return what an instance runs: as configured, if systemd does not know. */
static const char *instance_program(const struct host_instance *instance)
{
	return instance->state.program ? instance->state.program : SIPIS_BINARY;
}

/* Return true if no instance before it runs the same program as the same user. */
static bool is_first_with_program(const struct host *host, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (host->instances[i].is_checked &&
		    host->instances[i].user == host->instances[at].user &&
		    !strcmp(instance_program(&host->instances[i]),
			    instance_program(&host->instances[at])))
			return false;
	return true;
}

static int check_program_of(const struct host *host, const struct host_instance *instance)
{
	const struct host_user *user = &host->users[instance->user];
	struct user_access_question question = {.path = instance_program(instance), .mode = X_OK};
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;
	int r;

	if (user->error)
		return 0; /* check_users() reports it */
	r = user_access_ask(&user->user, &question, 1);
	if (r < 0 || !question.error)
		return r;
	escape_append(&shown, question.path, strlen(question.path));
	return host_add(host, DIAGNOSTIC_BINARY_MISSING, &host_template,
			"%s runs %s, which the user %s cannot run (%s): install SIPIS, or set its "
			"path with ExecStart= in /etc/systemd/system/sipis@.service.d/sipis.conf",
			instance->unit.text, shown.text, user->user.name.text,
			access_error_text(question.error));
}

int check_program(const struct host *host)
{
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		int r;

		if (!host->instances[i].is_checked || !is_first_with_program(host, i))
			continue;
		r = check_program_of(host, &host->instances[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- units of somebody else -------------------------------------------------------------- */

/* Return true if both paths are the same file: /lib can be a link to /usr/lib. */
static int is_same_file(const char *a, const char *b, bool *ret_same)
{
	const char *const paths[] = {a, b};
	struct file_facts facts[ELEMENTSOF(paths)];
	int r;

	*ret_same = !strcmp(a, b);
	if (*ret_same)
		return 0;
	r = file_facts_ask(paths, facts, ELEMENTSOF(paths));
	if (r < 0)
		return r;
	*ret_same = !facts[0].error && !facts[1].error && facts[0].device == facts[1].device &&
		    facts[0].inode == facts[1].inode;
	return 0;
}

/* `own` is the unit file of this package. */
static int check_fragment(const struct host *host, const struct unit_state *state, const char *unit,
			  struct source *own)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;
	bool same;
	int r;

	if (!state->fragment || !*state->fragment || unit_text_is(state->load, "masked"))
		return 0;
	r = is_same_file(state->fragment, own->path, &same);
	if (r < 0 || same)
		return r;
	escape_append(&shown, state->fragment, strlen(state->fragment));
	return host_add(host, DIAGNOSTIC_FOREIGN_UNIT, own,
			"%s is %s, which is not this package's: move that file away, see "
			"sipis-migration(7), then systemctl daemon-reload",
			unit, shown.text);
}

/* The template is reported once, an instance's own file for that instance. */
static bool has_new_fragment(const struct host *host, size_t at)
{
	const char *fragment = host->instances[at].state.fragment;

	for (size_t i = 0; i < at; i++)
		if (fragment && unit_text_is(host->instances[i].state.fragment, fragment))
			return false;
	return true;
}

int check_foreign_units(const struct host *host)
{
	int r;

	r = check_fragment(host, &host->umbrella, UMBRELLA_UNIT, &host_umbrella);
	if (r < 0)
		return r;
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		const struct host_instance *instance = &host->instances[i];

		if (!instance->is_checked || !has_new_fragment(host, i))
			continue;
		r = check_fragment(host, &instance->state, instance->unit.text, &host_template);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- what runs, and what does not -------------------------------------------------------- */

static const struct assigned_instance *find_assigned(const struct assignment *assignment,
						     const struct instance *instance)
{
	for (size_t i = 0; i < assignment->n_instances; i++)
		if (assignment->instances[i].instance == instance)
			return &assignment->instances[i];
	return NULL;
}

static int report_masked(const struct host *host, const struct host_instance *instance,
			 const struct assignment *assignment)
{
	const struct assigned_instance *assigned = find_assigned(assignment, instance->instance);
	bool has_share = assigned && assignment_knows_share(assignment, assigned) &&
			 !instance->instance->first_error;
	_cleanup_strbuf_ struct strbuf name = STRBUF_INIT, unmask = STRBUF_INIT;
	char percent[SHARE_PERCENT_MAX];

	strbuf_appendf(&name, "sipis@%s", instance->instance->name);
	unit_append_unmask(&unmask, &instance->state, strbuf_shown(&name));
	if (strbuf_error(&unmask) < 0)
		return -ENOMEM;
	if (unit_text_is(instance->state.active, "active"))
		return host_add(host, DIAGNOSTIC_MASKED_INSTANCE, instance->instance->source,
				"%s is masked but still runs, and cannot be started again: %s",
				instance->unit.text, unmask.text);
	if (!has_share)
		return host_add(host, DIAGNOSTIC_MASKED_INSTANCE, instance->instance->source,
				"%s is masked: %s, then systemctl start sipis@%s",
				instance->unit.text, unmask.text, instance->instance->name);
	return host_add(host, DIAGNOSTIC_MASKED_INSTANCE, instance->instance->source,
			"%s is masked, so %s%% of the selectors are not served: %s, then systemctl "
			"start sipis@%s",
			instance->unit.text, share_percent_format(&assigned->share, 2, percent),
			unmask.text, instance->instance->name);
}

int check_masked_instances(const struct host *host)
{
	_cleanup_(assignment_done) struct assignment assignment = {};
	int r;

	r = assignment_make(host->installation, "", &assignment);
	if (r < 0)
		return r;
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		const struct host_instance *instance = &host->instances[i];

		if (!unit_text_is(instance->state.load, "masked"))
			continue;
		r = report_masked(host, instance, &assignment);
		if (r < 0)
			return r;
	}
	return 0;
}

int check_orphans(const struct host *host)
{
	bool needs_apply = host_needs_apply(host);

	for (size_t i = 0; i < host->n_orphans; i++) {
		const struct excerpt unit = excerpt(host->orphans[i].unit);
		int r;

		if (needs_apply)
			r = host_add(host, DIAGNOSTIC_ORPHANED_INSTANCE, &host_confdir,
				     "%s runs without a settings file: sipisctl apply", unit.text);
		else
			r = host_add(host, DIAGNOSTIC_ORPHANED_INSTANCE, &host_confdir,
				     "%s runs without a settings file: put the file back, or "
				     "systemctl stop %s",
				     unit.text, unit.text);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- LoadBalancer2 ----------------------------------------------------------------------- */

static struct source *load_balancer_place(const struct host *host)
{
	static char path[] = LOADBALANCER_SETTINGS;
	static struct source source = {.path = path};

	if (host->installation->load_balancer_source)
		return host->installation->load_balancer_source;
	source.order = host_confdir.order;
	return &source;
}

/* Return the first unit of SIPIS that LoadBalancer2 is ordered after, or NULL. */
static const char *find_cycle(const struct host *host)
{
	size_t length;

	for (char **unit = host->load_balancer.after; unit && *unit; unit++)
		if (!strcmp(*unit, UMBRELLA_UNIT) || unit_instance(*unit, &length))
			return *unit;
	return NULL;
}

int check_load_balancer(const struct host *host)
{
	const struct unit_state *state = &host->load_balancer;
	const char *cycle = find_cycle(host);

	if (!state->load || unit_text_is(state->load, "not-found"))
		return 0;
	if (cycle) {
		/* A drop-in cannot take an After= away. */
		int r = host_add(
			host, DIAGNOSTIC_ORDERING_CYCLE, load_balancer_place(host),
			LOAD_BALANCER_UNIT
			" is ordered after %s, which is ordered after " LOAD_BALANCER_UNIT
			", so systemd starts only one of them at boot: "
			"remove %s from After= with systemctl edit --full " LOAD_BALANCER_UNIT,
			excerpt(cycle).text, excerpt(cycle).text);

		if (r < 0)
			return r;
	}
	if (unit_text_is(state->active, "active") || unit_text_is(state->active, "reloading"))
		return 0;
	return host_add(host, DIAGNOSTIC_LOAD_BALANCER_DOWN, load_balancer_place(host),
			LOAD_BALANCER_UNIT " is %s (%s), so no call reaches an instance: see "
					   "systemctl status LoadBalancer2",
			excerpt(state->active ? state->active : "unknown").text,
			excerpt(state->load).text);
}

/* --- drop-ins ---------------------------------------------------------------------------- */

/* Where the administrator, packages and generators have units. */
static const char *const unit_directories[] = {
	"/etc/systemd/system",           "/run/systemd/system", "/run/systemd/generator",
	"/usr/local/lib/systemd/system", SYSTEM_UNIT_DIR,       "/usr/lib/systemd/system",
};

/* The drop-ins of the template, hidden or not. */
struct drop_in_list {
	char **paths; /* owned */
	size_t n, capacity;
};

static void drop_in_list_done(struct drop_in_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->paths[i]);
	free(list->paths);
}

static int drop_in_list_add(struct drop_in_list *list, const char *directory, const char *name)
{
	if (ARRAY_RESERVE(list->paths, list->n, list->capacity) < 0 ||
	    asprintf(&list->paths[list->n], "%s/%s", directory, name) < 0)
		return -ENOMEM;
	list->n++;
	return 0;
}

/* A directory that does not exist or cannot be read has no drop-ins for systemd either. */
static int drop_in_list_read(struct drop_in_list *list, const char *units)
{
	_cleanup_strbuf_ struct strbuf path = STRBUF_INIT;
	const struct dirent *entry;
	DIR *directory;
	int r = 0;

	strbuf_appendf(&path, "%s/" TEMPLATE_UNIT ".d", units);
	if (strbuf_error(&path) < 0)
		return -ENOMEM;
	directory = opendir(path.text);
	if (!directory)
		return 0;
	while (r == 0 && (entry = readdir(directory))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (dot && !strcmp(dot, ".conf"))
			r = drop_in_list_add(list, path.text, entry->d_name);
	}
	closedir(directory);
	return r;
}

/* Return the drop-in of the template with the same name, or NULL. */
static const char *drop_in_list_find(const struct drop_in_list *list, const char *drop_in)
{
	const char *name = strrchr(drop_in, '/');

	for (size_t i = 0; name && i < list->n; i++)
		if (!strcmp(strrchr(list->paths[i], '/'), name))
			return list->paths[i];
	return NULL;
}

/* Return true if the drop-in is in the directory of the instance, not of the template. */
static bool is_of_instance(const char *drop_in, const char *unit)
{
	const char *name = strrchr(drop_in, '/');
	size_t length = strlen(unit);

	return name && (size_t)(name - drop_in) > length + 2 && !strncmp(name - 2, ".d", 2) &&
	       !strncmp(name - 2 - length, unit, length);
}

static int check_drop_in(const struct host *host, const struct host_instance *instance,
			 const char *drop_in, const struct drop_in_list *list)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;
	const char *hidden = drop_in_list_find(list, drop_in);

	if (!hidden || !is_of_instance(drop_in, instance->unit.text))
		return 0;
	escape_append(&shown, drop_in, strlen(drop_in));
	strbuf_append(&shown, " hides ");
	escape_append(&shown, hidden, strlen(hidden));
	return host_add(host, DIAGNOSTIC_HIDDEN_DROP_IN, instance->instance->source,
			"%s, which is for all instances: rename one of them, then systemctl "
			"daemon-reload",
			shown.text);
}

static int check_drop_ins_of(const struct host *host, const struct host_instance *instance,
			     const struct drop_in_list *list)
{
	for (char **drop_in = instance->state.drop_ins; drop_in && *drop_in; drop_in++) {
		int r = check_drop_in(host, instance, *drop_in, list);

		if (r < 0)
			return r;
	}
	return 0;
}

int check_hidden_drop_ins(const struct host *host)
{
	_cleanup_(drop_in_list_done) struct drop_in_list list = {};
	int r;

	for (size_t i = 0; i < ELEMENTSOF(unit_directories); i++) {
		r = drop_in_list_read(&list, unit_directories[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; list.n && i < host->installation->n_instances; i++) {
		if (!host->instances[i].is_checked)
			continue;
		r = check_drop_ins_of(host, &host->instances[i], &list);
		if (r < 0)
			return r;
	}
	return 0;
}
