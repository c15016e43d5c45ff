/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drop-in.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "installation/scan.h"
#include "installation/sink-directory.h"
#include "util/escape.h"
#include "util/strbuf.h"

#define FIRST_UNPRIVILEGED_PORT 1024

/* Where a directory of a lock or log is given to the unit: the directive, and its value. */
struct directories {
	struct strbuf runtime, logs, writable;
	char *seen[SINK_COUNT + 1];
	size_t n_seen;
};

static void directories_done(struct directories *directories)
{
	strbuf_done(&directories->runtime);
	strbuf_done(&directories->logs);
	strbuf_done(&directories->writable);
	for (size_t i = 0; i < directories->n_seen; i++)
		free(directories->seen[i]);
}

/* What systemd would expand is doubled. */
static void append_literal(struct strbuf *buf, const char *text)
{
	for (const char *sign; (sign = strchr(text, '%')); text = sign + 1) {
		strbuf_append_bytes(buf, text, (size_t)(sign - text));
		strbuf_append(buf, "%%");
	}
	strbuf_append(buf, text);
}

/* A path as an item of a list: quoted where blanks, quotes or backslashes would end or change it.
 */
static void append_path_item(struct strbuf *buf, const char *path)
{
	bool quoted = strpbrk(path, " '\"\\") != NULL;

	if (quoted)
		strbuf_append_char(buf, '"');
	for (; *path; path++) {
		if (*path == '"' || *path == '\\')
			strbuf_append_char(buf, '\\');
		if (*path == '%')
			strbuf_append_char(buf, '%');
		strbuf_append_char(buf, *path);
	}
	if (quoted)
		strbuf_append_char(buf, '"');
}

/* --- directories ------------------------------------------------------------------------- */

static bool seen_before(struct directories *directories, const char *directory)
{
	for (size_t i = 0; i < directories->n_seen; i++)
		if (!strcmp(directories->seen[i], directory))
			return true;
	return false;
}

static void append_owned(struct strbuf *buf, const char *name)
{
	strbuf_appendf(buf, "%ssipis/%s", buf->length ? " " : "", name);
}

static void append_directory(struct directories *directories, const char *directory)
{
	const char *name;

	switch (directory_kind(directory, &name)) {
	case DIRECTORY_OF_TEMPLATE:
		break;
	case DIRECTORY_RUNTIME:
		append_owned(&directories->runtime, name);
		break;
	case DIRECTORY_LOGS:
		append_owned(&directories->logs, name);
		break;
	case DIRECTORY_OTHER:
		strbuf_append(&directories->writable, directories->writable.length ? " -" : "-");
		append_path_item(&directories->writable, directory);
	}
}

static int add_directory_of(struct directories *directories, const char *normalized_path)
{
	char *directory;

	if (!strcmp(normalized_path, "/dev/null"))
		return 0;
	directory = pathname_directory(normalized_path);
	if (!directory)
		return -ENOMEM;
	if (seen_before(directories, directory)) {
		free(directory);
		return 0;
	}
	directories->seen[directories->n_seen++] = directory;
	append_directory(directories, directory);
	return 0;
}

/*
 * The log of single SIP accounts. Only SIPIS knows what it makes of this pattern, so it is judged
 * by nobody, and used only where it is a plain absolute path.
 */
static int add_instance_log_directory(struct directories *directories, const struct value *pattern)
{
	_cleanup_free_ char *path = NULL;

	if (!pattern->text || pathname_fault(pattern->text))
		return 0;
	path = strdup(pattern->text);
	if (!path)
		return -ENOMEM;
	pathname_normalize(path);
	return add_directory_of(directories, path);
}

static int collect_directories(const struct settings *settings, struct directories *directories)
{
	for (enum sink_kind kind = 0; kind < SINK_COUNT; kind++) {
		const struct value *path = &settings->sinks[kind].path;
		int r = 0;

		if (value_is_good(path))
			r = add_directory_of(directories, path->text);
		if (r < 0)
			return r;
	}
	return add_instance_log_directory(directories, &settings->instance_log);
}

static void append_directive(struct strbuf *buf, const char *key, const struct strbuf *value)
{
	if (value->length)
		strbuf_appendf(buf, "%s=%s\n", key, value->text);
	if (value->error)
		buf->error = value->error;
}

static int append_directories(struct strbuf *buf, const struct settings *settings)
{
	_cleanup_(directories_done) struct directories directories = {
		.runtime = STRBUF_INIT,
		.logs = STRBUF_INIT,
		.writable = STRBUF_INIT,
	};
	int r;

	r = collect_directories(settings, &directories);
	if (r < 0)
		return r;
	append_directive(buf, "RuntimeDirectory", &directories.runtime);
	append_directive(buf, "LogsDirectory", &directories.logs);
	append_directive(buf, "ReadWritePaths", &directories.writable);
	return 0;
}

/* --- ports ------------------------------------------------------------------------------- */

static bool needs_privileged_port(const struct settings *settings)
{
	for (enum listener_kind kind = 0; kind < LISTENER_COUNT; kind++) {
		const struct value *port = &settings->listeners[kind].port;

		if (value_is_good(port) && port->port < FIRST_UNPRIVILEGED_PORT)
			return true;
	}
	return false;
}

/* --- drop-ins ---------------------------------------------------------------------------- */

/* A file of the directory of the settings, or with two empty texts the directory. */
static void append_header(struct strbuf *buf, const char *slash, const char *file)
{
	strbuf_append(buf, "# Automatically generated by sipis-generator from " SIPIS_CONFDIR);
	strbuf_append(buf, slash);
	strbuf_append(buf, file);
	strbuf_append(buf, "\n\n"
			   "[Unit]\n"
			   "Documentation=man:sipis-generator(8)\n"
			   "SourcePath=" SIPIS_CONFDIR);
	strbuf_append(buf, slash);
	strbuf_append(buf, file);
	strbuf_append_char(buf, '\n');
}

static int append_refusal(struct strbuf *buf, const struct instance *instance)
{
	strbuf_appendf(buf, "Description=SIPIS %s, refused: ", instance->file);
	append_literal(buf, instance->first_error->text);
	strbuf_appendf(buf,
		       "\n\n[Service]\n"
		       "ExecStartPre=+%s check --refused -- %s\n"
		       "Restart=no\n",
		       SIPISCTL, instance->name);
	return 0;
}

static int append_healthy(struct strbuf *buf, const struct instance *instance)
{
	const struct settings *settings = &instance->settings;
	const struct value *http_port = &settings->listeners[LISTENER_HTTP].port;
	struct strbuf name = STRBUF_INIT;
	int r;

	escape_append_excerpt(&name, settings->name.text);
	strbuf_append(buf, "Description=SIPIS ");
	append_literal(buf, name.text);
	r = strbuf_error(&name);
	strbuf_done(&name);
	if (r < 0)
		return r;
	strbuf_appendf(buf, " (port %u", settings->listeners[LISTENER_SERVER].port.port);
	if (http_port->text)
		strbuf_appendf(buf, ", HTTP port %u", http_port->port);
	strbuf_append(buf, ")\n\n[Service]\n");
	/* The template's own value follows from the instance's name, which here it does not. */
	if (!strcmp(instance->name, INSTANCE_DEFAULT))
		strbuf_appendf(buf, "Environment=SIPIS_SETTINGS=%s/%s\n", SIPIS_CONFDIR,
			       instance->file);
	if (needs_privileged_port(settings))
		strbuf_append(buf, "AmbientCapabilities=CAP_NET_BIND_SERVICE\n"
				   "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\n");
	return append_directories(buf, settings);
}

static int finish(struct strbuf *buf, int r, char **ret_text)
{
	if (r >= 0)
		r = strbuf_take(buf, ret_text);
	strbuf_done(buf);
	return r;
}

int drop_in_for_instance(const struct instance *instance, char **ret_text)
{
	struct strbuf text = STRBUF_INIT;
	int r;

	append_header(&text, "/", instance->file);
	r = instance->first_error ? append_refusal(&text, instance)
				  : append_healthy(&text, instance);
	return finish(&text, r, ret_text);
}

int drop_in_for_umbrella(char **ret_text)
{
	struct strbuf text = STRBUF_INIT;

	append_header(&text, "", "");
	return finish(&text, 0, ret_text);
}
