/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drop-in.h"

#include <errno.h>
#include <string.h>

#include "installation/description.h"
#include "installation/scan.h"
#include "installation/sink-directory.h"
#include "util/digest.h"
#include "util/escape.h"
#include "util/strbuf.h"

#define FIRST_UNPRIVILEGED_PORT 1024

/* A program of every distribution, with or without a merged /usr. */
#define MKDIR "/bin/mkdir"

/* Append a text of which systemd expands specifiers. */
static void append_literal(struct strbuf *buf, const char *text)
{
	for (const char *sign; (sign = strchr(text, '%')); text = sign + 1) {
		strbuf_append_bytes(buf, text, (size_t)(sign - text));
		strbuf_append(buf, "%%");
	}
	strbuf_append(buf, text);
}

/*
 * Append a path in double quotes if `special` has one of its characters. `doubled` are the
 * characters that systemd expands where the path goes.
 */
static void append_quoted(struct strbuf *buf, const char *path, const char *special,
			  const char *doubled)
{
	bool quoted = strpbrk(path, special) != NULL;

	if (quoted)
		strbuf_append_char(buf, '"');
	for (; *path; path++) {
		if (*path == '"' || *path == '\\')
			strbuf_append_char(buf, '\\');
		if (strchr(doubled, *path))
			strbuf_append_char(buf, *path);
		strbuf_append_char(buf, *path);
	}
	if (quoted)
		strbuf_append_char(buf, '"');
}

/* Append a path as an item of a list, such as ReadWritePaths=. */
static void append_list_item(struct strbuf *buf, const char *path)
{
	append_quoted(buf, path, " '\"\\", "%");
}

/* Append a path as a word of a command line, where systemd expands variables too. */
static void append_command_word(struct strbuf *buf, const char *path)
{
	append_quoted(buf, path, " '\"\\;", "%$");
}

/* --- directories ------------------------------------------------------------------------- */

/* The directories of an instance's lock and logs, as settings of its unit. */
struct directories {
	struct strbuf created;  /* words of a command line: the instance creates these */
	struct strbuf writable; /* items of ReadWritePaths= */
	bool below_home;        /* one of them is hidden by ProtectHome=yes */
	char *seen[SINK_COUNT + 1];
	size_t n_seen;
};

static void directories_done(struct directories *directories)
{
	strbuf_done(&directories->created);
	strbuf_done(&directories->writable);
	for (size_t i = 0; i < directories->n_seen; i++)
		free(directories->seen[i]);
}

static bool directories_have(const struct directories *directories, const char *directory)
{
	for (size_t i = 0; i < directories->n_seen; i++)
		if (!strcmp(directories->seen[i], directory))
			return true;
	return false;
}

/* Return true if ProtectHome=yes hides the directory: see systemd.exec(5). */
static bool directory_is_below_home(const char *directory)
{
	static const char *const homes[] = {"/home", "/root", "/run/user"};

	for (size_t i = 0; i < ELEMENTSOF(homes); i++)
		if (!strcmp(directory, homes[i]) || pathname_below(directory, homes[i]))
			return true;
	return false;
}

static void directories_append(struct directories *directories, const char *directory)
{
	switch (sink_directory_kind(directory)) {
	case SINK_DIRECTORY_TEMPLATE:
		return;
	case SINK_DIRECTORY_BELOW:
		strbuf_append_char(&directories->created, ' ');
		append_command_word(&directories->created, directory);
		return;
	case SINK_DIRECTORY_OTHER:
		strbuf_append(&directories->writable, directories->writable.length ? " -" : "-");
		append_list_item(&directories->writable, directory);
		directories->below_home |= directory_is_below_home(directory);
	}
}

/* Add the directory of a file that SIPIS writes. 0 or -ENOMEM. */
static int directories_add(struct directories *directories, const char *normalized_path)
{
	_cleanup_free_ char *directory = NULL;

	if (sink_is_shareable(normalized_path))
		return 0;

	directory = pathname_directory(normalized_path);
	if (!directory)
		return -ENOMEM;
	if (directories_have(directories, directory))
		return 0;

	directories_append(directories, directory);
	directories->seen[directories->n_seen++] = TAKE_PTR(directory);
	return 0;
}

/*
 * Add the directory of the logs of single accounts. Only SIPIS knows what it makes of this
 * pattern, so it counts only if it is an absolute path.
 */
static int directories_add_instance_log(struct directories *directories, const char *pattern)
{
	_cleanup_free_ char *path = NULL;

	if (!pattern || pathname_fault(pattern))
		return 0;

	path = strdup(pattern);
	if (!path)
		return -ENOMEM;
	pathname_normalize(path);
	return directories_add(directories, path);
}

static int directories_collect(struct directories *directories, const struct settings *settings)
{
	for (enum sink_kind kind = 0; kind < SINK_COUNT; kind++) {
		const struct value *path = &settings->sinks[kind].path;
		int r;

		if (!value_is_good(path))
			continue;
		r = directories_add(directories, path->text);
		if (r < 0)
			return r;
	}
	return directories_add_instance_log(directories, settings->instance_log.text);
}

/*
 * The instance creates directories below /run/sipis and /var/log/sipis as its own user, inside its
 * sandbox. RuntimeDirectory= and LogsDirectory= would have PID 1 create and chown them: a process
 * that runs as that user can replace one with a link to /etc, and systemd 257 follows it.
 */
static int append_directories(struct strbuf *buf, const struct settings *settings)
{
	_cleanup_(directories_done) struct directories directories = {
		.created = STRBUF_INIT,
		.writable = STRBUF_INIT,
	};
	int r;

	r = directories_collect(&directories, settings);
	if (r < 0)
		return r;
	if (strbuf_error(&directories.created) || strbuf_error(&directories.writable))
		return -ENOMEM;

	if (directories.created.length)
		strbuf_appendf(buf, "ExecStartPre=" MKDIR " -p --%s\n", directories.created.text);
	if (directories.writable.length)
		strbuf_appendf(buf, "ReadWritePaths=%s\n", directories.writable.text);
	if (directories.below_home)
		strbuf_append(buf, "ProtectHome=read-only\n");
	return 0;
}

/* --- ports ------------------------------------------------------------------------------- */

static bool settings_have_privileged_port(const struct settings *settings)
{
	for (enum listener_kind kind = 0; kind < LISTENER_COUNT; kind++) {
		const struct value *port = &settings->listeners[kind].port;

		if (value_is_good(port) && port->port < FIRST_UNPRIVILEGED_PORT)
			return true;
	}
	return false;
}

/* --- drop-ins ---------------------------------------------------------------------------- */

/*
 * `file` is in the directory of the settings; NULL: the drop-in is about the directory itself.
 * PID 1 looks at the files of SourcePath= and AssertPathExists= (in the template) without a
 * deadline, so a silent file, which does not answer, is named in neither.
 */
static void append_header(struct strbuf *buf, const char *file, bool silent)
{
	const char *slash = file ? "/" : "";

	if (!file)
		file = "";
	strbuf_appendf(buf,
		       "# Automatically generated by sipis-generator from %s%s%s\n"
		       "\n"
		       "[Unit]\n",
		       SIPIS_CONFDIR, slash, file);
	if (silent)
		strbuf_append(buf, "AssertPathExists=\n");
	else
		strbuf_appendf(buf, "SourcePath=%s%s%s\n", SIPIS_CONFDIR, slash, file);
}

static void append_refused(struct strbuf *buf, const struct instance *instance)
{
	strbuf_appendf(buf, "Description=SIPIS %s, refused: ", instance->file);
	append_literal(buf, instance->first_error->text);
	strbuf_appendf(buf,
		       "\n\n[Service]\n"
		       "ExecStartPre=+%s check --refused -- %s\n"
		       "Restart=no\n",
		       SIPISCTL, instance->name);
}

static int append_description(struct strbuf *buf, const struct settings *settings)
{
	const struct description description = description_of(settings);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	description_append(&text, &description);
	if (strbuf_error(&text))
		return strbuf_error(&text);

	strbuf_append(buf, "Description=");
	append_literal(buf, text.text);
	strbuf_append_char(buf, '\n');
	return 0;
}

static int append_healthy(struct strbuf *buf, const struct instance *instance)
{
	int r;

	r = append_description(buf, &instance->settings);
	if (r < 0)
		return r;

	strbuf_appendf(buf, "\n[Service]\nEnvironment=" DIGEST_VARIABLE "=" DIGEST_FORMAT "\n",
		       instance->source->digest);
	/* The template derives the path from the name, which is wrong for this one alone. */
	if (!strcmp(instance->name, INSTANCE_DEFAULT))
		strbuf_appendf(buf, "Environment=SIPIS_SETTINGS=%s/%s\n", SIPIS_CONFDIR,
			       instance->file);
	if (settings_have_privileged_port(&instance->settings))
		strbuf_append(buf, "AmbientCapabilities=CAP_NET_BIND_SERVICE\n"
				   "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\n");
	return append_directories(buf, &instance->settings);
}

int drop_in_for_instance(const struct instance *instance, char **ret_text)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r;

	append_header(&text, instance->file, instance->source->silent);
	if (instance->first_error) {
		append_refused(&text, instance);
		return strbuf_take(&text, ret_text);
	}

	r = append_healthy(&text, instance);
	if (r < 0)
		return r;
	return strbuf_take(&text, ret_text);
}

int drop_in_for_umbrella(char **ret_text)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	append_header(&text, NULL, false);
	return strbuf_take(&text, ret_text);
}
