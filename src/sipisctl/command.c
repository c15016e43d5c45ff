/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installation/load.h"
#include "installation/unit-names.h"
#include "sipisctl/host/user-access.h"
#include "util/escape.h"
#include "util/strbuf.h"

int report_failure(const char *what, int error)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;

	escape_append(&shown, what, strlen(what));
	fprintf(stderr, "sipisctl: %s: %s\n", strbuf_shown(&shown), strerrordesc_np(-error));
	return EXIT_FAILED;
}

int report_usage(const char *format, ...)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, shown = STRBUF_INIT;
	va_list args;

	va_start(args, format);
	strbuf_appendv(&text, format, args);
	va_end(args);
	escape_append(&shown, strbuf_shown(&text), strlen(strbuf_shown(&text)));
	fprintf(stderr, "sipisctl: %s\n", strbuf_shown(&shown));
	return EXIT_USAGE;
}

/*
 * Return how long the tree is that was probably meant, as the user gave --root=/etc or
 * --root=/etc/sipis; or the whole length.
 */
static size_t meant_root_length(const char *prefix)
{
	size_t length = strlen(prefix);
	char path[] = SIPIS_CONFDIR;

	for (char *slash; (slash = strrchr(path, '/')); *slash = 0) {
		size_t end = strlen(path);

		if (end && length >= end && !strcmp(prefix + length - end, path))
			return length - end;
	}
	return length;
}

/* Append the tree that was probably meant, if the settings are looked for below --root=/etc. */
static void append_meant_root(struct strbuf *buf, const struct options *options)
{
	const char *prefix = options->root.prefix;
	size_t length = strlen(prefix), meant = meant_root_length(prefix);

	if (meant == length)
		return;
	strbuf_append(buf,
		      " (--root is the directory above " SIPIS_CONFDIR "; did you mean --root=");
	escape_append(buf, meant ? prefix : "/", meant ? meant : 1);
	strbuf_append(buf, "?)");
}

/* Append why the directory of the settings has none. */
static void append_emptiness(struct strbuf *buf, const struct options *options,
			     const struct installation *installation)
{
	_cleanup_free_ char *path = root_path(&options->root, SIPIS_CONFDIR, "");
	char target[EXCERPT_MAX + 5] = "";

	if (installation->has_confdir) {
		strbuf_append(buf, " has no settings files");
		return;
	}
	if (path && readlink(path, target, sizeof(target) - 1) > 0)
		strbuf_appendf(buf, " is a link to %s, which", excerpt(target).text);
	strbuf_append(buf, " does not exist");
}

void report_no_instances(const struct options *options, const struct installation *installation)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	const char *prefix = options->root.prefix;

	strbuf_append(&text, "sipisctl: there are no instances: ");
	escape_append(&text, prefix, strlen(prefix));
	strbuf_append(&text, SIPIS_CONFDIR);
	append_emptiness(&text, options, installation);
	append_meant_root(&text, options);
	fprintf(stderr, "%s\n", strbuf_shown(&text));
}

void report_diagnostic(const struct diagnostic *diagnostic)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;

	diagnostic_append(&line, diagnostic);
	fprintf(stderr, "%s\n", strbuf_shown(&line));
}

size_t report_errors(const struct installation *installation)
{
	const struct diagnostics *diagnostics = &installation->diagnostics;

	for (size_t i = 0; i < diagnostics->n; i++)
		if (diagnostic_severity(&diagnostics->items[i]) == SEVERITY_ERROR)
			report_diagnostic(&diagnostics->items[i]);
	return diagnostics_count(diagnostics, SEVERITY_ERROR);
}

int command_load(const struct options *options, enum load_flags flags,
		 struct installation *ret_installation)
{
	int r;

	r = load_installation(&options->root, flags, ret_installation);
	if (r < 0) {
		_cleanup_free_ char *path = root_path(&options->root, SIPIS_CONFDIR, "");

		return report_failure(path ? path : SIPIS_CONFDIR, r);
	}
	return EXIT_GOOD;
}

/* --- instances named on the command line ------------------------------------------------ */

struct instance_name command_instance_name(const char *word)
{
	static const struct {
		const char *before, *after;
	} forms[] = {
		{.before = INSTANCE_UNIT_PREFIX, .after = UNIT_SUFFIX},
		{.before = INSTANCE_UNIT_PREFIX, .after = ""},
		{.before = "Settings", .after = ".xml"},
	};
	struct instance_name name = {};
	size_t length = strlen(word);

	if (!strcmp(word, "Settings.xml"))
		word = INSTANCE_DEFAULT;
	for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
		size_t before = strlen(forms[i].before), after = strlen(forms[i].after);

		if (length <= before + after || strncmp(word, forms[i].before, before) != 0 ||
		    strcmp(word + length - after, forms[i].after) != 0)
			continue;
		snprintf(name.text, sizeof(name.text), "%.*s", (int)(length - before - after),
			 word + before);
		return name;
	}
	snprintf(name.text, sizeof(name.text), "%s", word);
	return name;
}

const struct instance *command_find_instance(const struct installation *installation,
					     const char *word)
{
	const struct instance *instance = installation_find(installation, word);

	if (instance)
		return instance;
	return installation_find(installation, command_instance_name(word).text);
}

void selection_done(struct selection *selection)
{
	free(selection->wanted);
	*selection = (struct selection){};
}

int command_select(const struct installation *installation, int argc, char **argv,
		   struct selection *ret_selection)
{
	_cleanup_(selection_done) struct selection selection = {};

	if (!argc) {
		*ret_selection = (struct selection){.n = installation_count(installation)};
		return EXIT_GOOD;
	}

	selection.wanted = calloc(installation->n_instances + 1, sizeof(*selection.wanted));
	if (!selection.wanted)
		return report_failure("instances", -ENOMEM);
	for (int i = 0; i < argc; i++) {
		const struct instance *instance = command_find_instance(installation, argv[i]);
		size_t at;

		if (!instance)
			return report_usage("there is no instance \"%s\": sipisctl list shows them",
					    argv[i]);
		at = (size_t)(instance - installation->instances);
		selection.n += !selection.wanted[at];
		selection.wanted[at] = true;
	}
	*ret_selection = TAKE_STRUCT(selection);
	return EXIT_GOOD;
}

/* With a deadline: the file may be unreadable because its file system hangs. */
static bool is_denied(const char *path)
{
	const struct user caller = {.uid = geteuid()};
	struct user_access_question question = {.path = path, .mode = R_OK};

	return user_access_ask(&caller, &question, 1) >= 0 && question.error == EACCES;
}

/*
 * Return the path of settings that the caller, who is not root, may not read; NULL: it may. A file
 * that no user can read, such as a dangling link, is an error of that file.
 */
static const char *find_unreadable(const struct installation *installation)
{
	const struct diagnostics *diagnostics = &installation->diagnostics;

	if (geteuid() == 0)
		return NULL;
	for (size_t i = 0; i < diagnostics->n; i++)
		if (diagnostics->items[i].code == DIAGNOSTIC_FILE_UNREADABLE &&
		    is_denied(diagnostics->items[i].place.source->path))
			return diagnostics->items[i].place.source->path;
	return NULL;
}

bool installation_has_unreadable(const struct installation *installation)
{
	return find_unreadable(installation) != NULL;
}

bool report_unreadable(const struct installation *installation)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;
	const char *path = find_unreadable(installation);

	if (!path)
		return false;
	escape_append(&shown, path, strlen(path));
	fprintf(stderr, "sipisctl: not all settings can be read: %s: run this as root\n",
		strbuf_shown(&shown));
	return true;
}

/* Append a path as it can be opened: with the root's prefix. */
static void append_rooted(struct strbuf *buf, const struct options *options, const char *path)
{
	escape_append(buf, options->root.prefix, strlen(options->root.prefix));
	strbuf_append(buf, path);
}

void report_unknown_owner(const struct options *options, const struct assignment *assignment)
{
	_cleanup_strbuf_ struct strbuf path = STRBUF_INIT;

	if (!assignment_has_unknown_owner(assignment))
		return;
	append_rooted(&path, options, SIPIS_CONFDIR "/");
	strbuf_append(&path, assignment->unnamed->file);
	fprintf(stderr,
		"sipisctl: the Server name of %s is unknown (see sipisctl check), so a backend "
		"without an instance may belong to it\n",
		strbuf_shown(&path));
}

void report_bad_prefix(const struct options *options, const struct assignment *assignment)
{
	_cleanup_strbuf_ struct strbuf path = STRBUF_INIT;

	if (!assignment->has_bad_prefix)
		return;
	append_rooted(&path, options, LOADBALANCER_SETTINGS);
	fprintf(stderr,
		"sipisctl: %s has a prefix that is not valid (see sipisctl check), so shares are "
		"unknown\n",
		strbuf_shown(&path));
}

void report_no_assignment(const struct options *options, const struct installation *installation)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	strbuf_append(&text, "sipisctl: the load balancer settings ");
	append_rooted(&text, options, LOADBALANCER_SETTINGS);
	strbuf_appendf(&text, " %s: no backend is known",
		       installation->has_load_balancer ? "cannot be used (see sipisctl check)"
						       : "do not exist");
	append_meant_root(&text, options);
	fprintf(stderr, "%s\n", strbuf_shown(&text));
}
