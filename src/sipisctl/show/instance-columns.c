/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/instance-columns.h"

#include <unistd.h>

#include "util/escape.h"

typedef void append_function(struct strbuf *buf, const struct assignment *assignment,
			     const struct assigned_instance *instance);

static void append_value(struct strbuf *buf, const struct value *value)
{
	if (value->text)
		strbuf_append(buf, excerpt(value->text).text);
}

static void append_good_port(struct strbuf *buf, const struct value *port)
{
	if (value_is_good(port))
		strbuf_appendf(buf, "%u", port->port);
}

static void append_instance(struct strbuf *buf, const struct assignment *assignment _unused_,
			    const struct assigned_instance *instance)
{
	strbuf_append(buf, instance->instance->name);
}

static void append_name(struct strbuf *buf, const struct assignment *assignment _unused_,
			const struct assigned_instance *instance)
{
	append_value(buf, &instance->instance->settings.name);
}

static void append_address(struct strbuf *buf, const struct assignment *assignment _unused_,
			   const struct assigned_instance *instance)
{
	append_value(buf, &instance->instance->settings.listeners[LISTENER_SERVER].address);
}

static void append_port(struct strbuf *buf, const struct assignment *assignment _unused_,
			const struct assigned_instance *instance)
{
	append_good_port(buf, &instance->instance->settings.listeners[LISTENER_SERVER].port);
}

static void append_http(struct strbuf *buf, const struct assignment *assignment _unused_,
			const struct assigned_instance *instance)
{
	append_good_port(buf, &instance->instance->settings.listeners[LISTENER_HTTP].port);
}

static void append_realm(struct strbuf *buf, const struct assignment *assignment _unused_,
			 const struct assigned_instance *instance)
{
	append_value(buf, &instance->instance->settings.realm);
}

static void append_share(struct strbuf *buf, const struct assignment *assignment,
			 const struct assigned_instance *instance)
{
	char text[SHARE_PERCENT_MAX];

	if (assignment_knows_share(assignment, instance))
		strbuf_append(buf, share_percent_format(&instance->share, 2, text));
}

static void append_state(struct strbuf *buf, const struct assignment *assignment _unused_,
			 const struct assigned_instance *instance)
{
	strbuf_append(buf, instance_state_word(instance->instance));
}

static void append_lock(struct strbuf *buf, const struct assignment *assignment _unused_,
			const struct assigned_instance *instance)
{
	append_value(buf, &instance->instance->settings.sinks[SINK_LOCK].path);
}

static void append_log(struct strbuf *buf, const struct assignment *assignment _unused_,
		       const struct assigned_instance *instance)
{
	append_value(buf, &instance->instance->settings.sinks[SINK_LOG].path);
}

static void append_settings(struct strbuf *buf, const struct assignment *assignment _unused_,
			    const struct assigned_instance *instance)
{
	strbuf_append(buf, instance->instance->source->path);
}

/* SETTINGS and REALM are dropped first: they usually follow from INSTANCE and NAME. */
const struct table_column instance_columns[CELL_COUNT] = {
	[CELL_INSTANCE] = {.name = "INSTANCE"},
	[CELL_NAME] = {.name = "NAME"},
	[CELL_ADDRESS] = {.name = "ADDRESS", .flags = TABLE_EXTRA},
	[CELL_PORT] = {.name = "PORT", .flags = TABLE_NUMBER, .drop = 8},
	[CELL_HTTP] = {.name = "HTTP", .flags = TABLE_NUMBER, .drop = 7},
	[CELL_REALM] = {.name = "REALM", .drop = 2},
	[CELL_PREFIXES] = {.name = "PREFIXES", .flags = TABLE_FOLD},
	[CELL_SHARE] = {.name = "SHARE", .flags = TABLE_NUMBER},
	[CELL_STATE] = {.name = "STATE"},
	[CELL_LOCK] = {.name = "LOCK", .flags = TABLE_EXTRA},
	[CELL_LOG] = {.name = "LOG", .flags = TABLE_EXTRA},
	[CELL_SETTINGS] = {.name = "SETTINGS", .drop = 1},
};

static append_function *const append_functions[CELL_COUNT] = {
	[CELL_INSTANCE] = append_instance,
	[CELL_NAME] = append_name,
	[CELL_ADDRESS] = append_address,
	[CELL_PORT] = append_port,
	[CELL_HTTP] = append_http,
	[CELL_REALM] = append_realm,
	[CELL_PREFIXES] = assignment_append_prefixes,
	[CELL_SHARE] = append_share,
	[CELL_STATE] = append_state,
	[CELL_LOCK] = append_lock,
	[CELL_LOG] = append_log,
	[CELL_SETTINGS] = append_settings,
};

int instance_columns_set(struct table *table, const struct assignment *assignment,
			 const struct assigned_instance *instance)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	for (size_t column = 0; column < CELL_COUNT; column++) {
		int r;

		strbuf_truncate(&text, 0);
		append_functions[column](&text, assignment, instance);
		if (column == CELL_SHARE && text.length && !table_is_json(table))
			strbuf_append_char(&text, '%');
		if (strbuf_error(&text) < 0)
			return strbuf_error(&text);
		r = table_set(table, column, text.text);
		if (r < 0)
			return r;
	}
	return 0;
}

bool instance_is_unreadable(const struct instance *instance)
{
	const struct diagnostic *error = instance->first_error;

	return geteuid() != 0 && error && error->code == DIAGNOSTIC_FILE_UNREADABLE;
}

const char *instance_state_word(const struct instance *instance)
{
	if (instance_is_unreadable(instance))
		return "unreadable";
	return instance->first_error ? "refused" : "ok";
}
