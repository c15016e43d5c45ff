/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks of where SIPIS writes: the directories of its locks and logs. */

#include <errno.h>
#include <string.h>

#include "installation/sink-directory.h"
#include "sipisctl/host/checks.h"
#include "util/array.h"
#include "util/escape.h"

/* One lock or log, and what SIPIS may do there. */
struct sink_access {
	const struct value *path;
	enum sink_kind kind;
	const struct user *user;
	char *directory;           /* owned */
	int file, directory_error; /* the answers: 0 or an errno */
};

/* Return the directory that the unit provides for such a file. */
static const char *provided_directory(enum sink_kind kind)
{
	return kind == SINK_LOCK ? RUNTIME_DIRECTORY : LOGS_DIRECTORY;
}

static int sink_report(const struct host *host, enum diagnostic_code code,
		       const struct sink_access *sink, const char *text)
{
	return diagnostics_add(host->diagnostics, code, &sink->path->place, NULL, "%s", text);
}

/* Append what to do: to give away a directory only if nothing else can be in it. */
static void append_remedy(struct strbuf *buf, const struct sink_access *sink, const char *remedy)
{
	bool is_shared = host_is_shared(sink->directory) ||
			 !strncmp(sink->directory, "/etc/", strlen("/etc/")) ||
			 !strncmp(sink->directory, "/run/", strlen("/run/"));

	if (!is_shared) {
		strbuf_appendf(buf, ": %s ", remedy);
		escape_append(buf, sink->directory, strlen(sink->directory));
		strbuf_append(buf, ", or");
	}
	strbuf_appendf(buf, "%s write it to %s, which the unit provides", is_shared ? ":" : "",
		       provided_directory(sink->kind));
}

static int report_missing(const struct host *host, const struct sink_access *sink)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_strbuf_ struct strbuf remedy = STRBUF_INIT;

	strbuf_appendf(&text, "the directory of the %s, ", sink_words[sink->kind]);
	escape_append(&text, sink->directory, strlen(sink->directory));
	strbuf_append(&text, ", does not exist");
	strbuf_appendf(&remedy, "install -d -o %s -g %s -m 750", sink->user->name.text,
		       sink->user->group.text);
	append_remedy(&text, sink, remedy.text);
	if (strbuf_error(&text) < 0 || strbuf_error(&remedy) < 0)
		return -ENOMEM;
	return sink_report(host, DIAGNOSTIC_DIRECTORY_MISSING, sink, text.text);
}

static int report_not_writable(const struct host *host, const struct sink_access *sink, int error)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_strbuf_ struct strbuf remedy = STRBUF_INIT;

	strbuf_appendf(&text, "the user %s cannot write to the directory of the %s, ",
		       sink->user->name.text, sink_words[sink->kind]);
	escape_append(&text, sink->directory, strlen(sink->directory));
	strbuf_appendf(&text, " (%s)", access_error_text(error));
	strbuf_appendf(&remedy, "chown %s", sink->user->name.text);
	/* Only the lack of a right can be cured by an owner. */
	if (error == EACCES)
		append_remedy(&text, sink, remedy.text);
	else
		strbuf_appendf(&text, ": write it to %s, which the unit provides",
			       provided_directory(sink->kind));
	if (strbuf_error(&text) < 0 || strbuf_error(&remedy) < 0)
		return -ENOMEM;
	return sink_report(host, DIAGNOSTIC_DIRECTORY_NOT_WRITABLE, sink, text.text);
}

/*
 * The file was made by another user, most likely by root, who started SIPIS by hand. No owner is
 * advised: in a directory of the user, the file can be a link to any other one.
 */
static int report_file(const struct host *host, const struct sink_access *sink)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "the user %s cannot write to the %s, ", sink->user->name.text,
		       sink_words[sink->kind]);
	escape_append(&text, sink->path->text, strlen(sink->path->text));
	strbuf_appendf(&text, " (%s): remove it or move it away, SIPIS creates its own",
		       access_error_text(sink->file));
	if (strbuf_error(&text) < 0)
		return -ENOMEM;
	return sink_report(host, DIAGNOSTIC_DIRECTORY_NOT_WRITABLE, sink, text.text);
}

static int sink_judge(const struct host *host, const struct sink_access *sink)
{
	int file = sink->file, directory = sink->directory_error;

	if (file == 0)
		return 0;
	if (file == ETIMEDOUT || directory == ETIMEDOUT)
		return report_not_writable(host, sink, ETIMEDOUT);
	if (file != ENOENT && file != ENOTDIR && directory == 0)
		return report_file(host, sink);
	if (sink_directory_kind(sink->directory) != SINK_DIRECTORY_OTHER)
		return 0; /* it is created when the unit starts */
	if (directory == ENOENT || directory == ENOTDIR || file == ENOTDIR)
		return report_missing(host, sink);
	return directory ? report_not_writable(host, sink, directory) : 0;
}

/* --- all of them ------------------------------------------------------------------------- */

struct sink_list {
	struct sink_access *items; /* owned */
	size_t n, capacity;
};

static void sink_list_done(struct sink_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i].directory);
	free(list->items);
}

static int sink_list_add(struct sink_list *list, const struct value *path, enum sink_kind kind,
			 const struct user *user)
{
	struct sink_access *sink;

	if (!value_is_good(path) || sink_is_shareable(path->text))
		return 0;
	if (ARRAY_RESERVE(list->items, list->n, list->capacity) < 0)
		return -ENOMEM;
	sink = &list->items[list->n];
	*sink = (struct sink_access){
		.path = path,
		.kind = kind,
		.user = user,
		.directory = pathname_directory(path->text),
	};
	if (!sink->directory)
		return -ENOMEM;
	list->n++;
	return 0;
}

/* List the sinks of all instances that run as one user. */
static int sink_list_make(const struct host *host, size_t user, struct sink_list *list)
{
	for (size_t i = 0; i < host->installation->n_instances; i++) {
		const struct host_instance *instance = &host->instances[i];

		if (!instance->is_checked || instance->user != user)
			continue;
		for (enum sink_kind kind = 0; kind < SINK_COUNT; kind++) {
			int r = sink_list_add(list, &instance->instance->settings.sinks[kind].path,
					      kind, &host->users[user].user);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int sink_list_ask(struct sink_list *list, const struct user *user)
{
	_cleanup_free_ struct user_access_question *questions =
		calloc(list->n * 2 + 1, sizeof(*questions));
	int r;

	if (!questions)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++) {
		questions[i * 2] = (struct user_access_question){
			.path = list->items[i].path->text,
			.mode = W_OK,
		};
		questions[i * 2 + 1] = (struct user_access_question){
			.path = list->items[i].directory,
			.mode = W_OK | X_OK,
		};
	}
	r = user_access_ask(user, questions, list->n * 2);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list->n; i++) {
		list->items[i].file = questions[i * 2].error;
		list->items[i].directory_error = questions[i * 2 + 1].error;
	}
	return 0;
}

static int check_sinks_of(const struct host *host, size_t user)
{
	_cleanup_(sink_list_done) struct sink_list list = {};
	int r;

	r = sink_list_make(host, user, &list);
	if (r < 0)
		return r;
	r = sink_list_ask(&list, &host->users[user].user);
	for (size_t i = 0; r >= 0 && i < list.n; i++)
		r = sink_judge(host, &list.items[i]);
	return r;
}

int check_directories(const struct host *host)
{
	for (size_t i = 0; i < host->n_users; i++) {
		int r;

		if (host->users[i].error)
			continue;
		r = check_sinks_of(host, i);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- links ------------------------------------------------------------------------------- */

/* Where all instances may write. */
static const char *const bases[] = {RUNTIME_DIRECTORY, LOGS_DIRECTORY};

/* A directory that may be a link, and the first value that is below it. */
struct provided {
	char *path;                /* owned */
	const struct value *value; /* NULL: the directory is one of the template */
};

struct provided_list {
	struct provided *items; /* owned */
	size_t n, capacity;
};

static void provided_list_done(struct provided_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i].path);
	free(list->items);
}

static int provided_list_add(struct provided_list *list, const char *path, size_t length,
			     const struct value *value)
{
	for (size_t i = 0; i < list->n; i++)
		if (strlen(list->items[i].path) == length &&
		    !memcmp(list->items[i].path, path, length))
			return 0;
	if (ARRAY_RESERVE(list->items, list->n, list->capacity) < 0)
		return -ENOMEM;
	list->items[list->n] = (struct provided){.path = strndup(path, length), .value = value};
	if (!list->items[list->n].path)
		return -ENOMEM;
	list->n++;
	return 0;
}

/* Add the directories on the way to a file below /run/sipis or /var/log/sipis. */
static int provided_list_add_way(struct provided_list *list, const struct value *value)
{
	if (!value_is_good(value))
		return 0;
	for (size_t i = 0; i < ELEMENTSOF(bases); i++) {
		const char *below = pathname_below(value->text, bases[i]);
		const char *slash = below ? strchr(below, '/') : NULL;

		for (; slash; slash = strchr(slash + 1, '/')) {
			int r = provided_list_add(list, value->text, (size_t)(slash - value->text),
						  value);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int provided_list_make(const struct host *host, struct provided_list *list)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(bases); i++)
		r = provided_list_add(list, bases[i], strlen(bases[i]), NULL);
	for (size_t i = 0; r >= 0 && i < host->installation->n_instances; i++) {
		if (!host->instances[i].is_checked)
			continue;
		for (enum sink_kind kind = 0; r >= 0 && kind < SINK_COUNT; kind++)
			r = provided_list_add_way(
				list, &host->instances[i].instance->settings.sinks[kind].path);
	}
	return r;
}

static int report_link(const struct host *host, const struct provided *provided)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;
	const struct place whole = place_of_file(&host_template);

	escape_append(&shown, provided->path, strlen(provided->path));
	return diagnostics_add(
		host->diagnostics, DIAGNOSTIC_LINKED_DIRECTORY,
		provided->value ? &provided->value->place : &whole, NULL,
		"%s is a symbolic link, so %s: replace it by a "
		"directory, and mount the other one there (mount --bind, or a .mount unit)",
		shown.text,
		provided->value ? "the instances that use it cannot write there"
				: "systemd starts no instance");
}

/*
 * Set *ret_inside if a link leads to where all instances may write. Elsewhere the sandbox lets them
 * write only to directories that the settings name. Returns 0; -ETIMEDOUT if the file system does
 * not answer; or another negative errno.
 */
static int link_leads_inside(const char *path, bool *ret_inside)
{
	char real[PATH_MAX], base[PATH_MAX];
	int r;

	*ret_inside = false;
	r = file_real_path(path, real);
	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(bases); i++) {
		r = file_real_path(bases[i], base);
		if (r >= 0 && *base && (!strcmp(real, base) || pathname_below(real, base)))
			*ret_inside = true;
	}
	return r;
}

static int check_link(const struct host *host, const struct provided *provided)
{
	bool inside = false;
	int r = 0;

	/* PID 1 accepts no link in place of the two directories themselves. */
	if (provided->value)
		r = link_leads_inside(provided->path, &inside);
	if (r == -ETIMEDOUT)
		return 0; /* check_directories() reports it */
	return r < 0 || inside ? r : report_link(host, provided);
}

int check_linked_directories(const struct host *host)
{
	_cleanup_(provided_list_done) struct provided_list list = {};
	_cleanup_free_ struct file_facts *facts = NULL;
	_cleanup_free_ const char **paths = NULL;
	int r;

	r = provided_list_make(host, &list);
	if (r < 0)
		return r;
	facts = calloc(list.n, sizeof(*facts));
	paths = calloc(list.n, sizeof(*paths));
	if (!facts || !paths)
		return -ENOMEM;
	for (size_t i = 0; i < list.n; i++)
		paths[i] = list.items[i].path;
	r = file_facts_ask(paths, facts, list.n);
	for (size_t i = 0; r >= 0 && i < list.n; i++)
		if (facts[i].is_link)
			r = check_link(host, &list.items[i]);
	return r;
}
