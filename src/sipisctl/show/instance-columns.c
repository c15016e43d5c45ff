/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/instance-columns.h"

#include <string.h>

#include "util/escape.h"

typedef void append_function(struct strbuf *buf, const struct cell_context *context,
			     const struct view_instance *instance);

/* --- what stands in the columns: nothing is what is absent ------------------------------- */

static void append_excerpt(struct strbuf *buf, const struct value *value)
{
	if (value->text)
		escape_append_excerpt(buf, value->text);
}

static void append_port(struct strbuf *buf, const struct value *port)
{
	if (value_is_good(port))
		strbuf_appendf(buf, "%u", port->port);
}

static void append_instance(struct strbuf *buf, const struct cell_context *context _unused_,
			    const struct view_instance *instance)
{
	escape_append(buf, instance->instance->name, strlen(instance->instance->name));
}

static void append_name(struct strbuf *buf, const struct cell_context *context _unused_,
			const struct view_instance *instance)
{
	append_excerpt(buf, &instance->instance->settings.name);
}

static void append_server_port(struct strbuf *buf, const struct cell_context *context _unused_,
			       const struct view_instance *instance)
{
	append_port(buf, &instance->instance->settings.listeners[LISTENER_SERVER].port);
}

static void append_http_port(struct strbuf *buf, const struct cell_context *context _unused_,
			     const struct view_instance *instance)
{
	append_port(buf, &instance->instance->settings.listeners[LISTENER_HTTP].port);
}

static void append_realm(struct strbuf *buf, const struct cell_context *context _unused_,
			 const struct view_instance *instance)
{
	append_excerpt(buf, &instance->instance->settings.realm);
}

static void append_prefixes(struct strbuf *buf, const struct cell_context *context,
			    const struct view_instance *instance)
{
	view_append_prefixes(buf, context->view, instance);
}

static void append_share(struct strbuf *buf, const struct cell_context *context,
			 const struct view_instance *instance)
{
	char text[SHARE_PERCENT_MAX];

	if (context->view->names_somebody)
		strbuf_appendf(buf, "%s%s", share_percent_format(&instance->share, 2, text),
			       context->json ? "" : "%");
}

static void append_state(struct strbuf *buf, const struct cell_context *context _unused_,
			 const struct view_instance *instance)
{
	strbuf_append(buf, instance->instance->first_error ? "refused" : "ok");
}

static void append_settings(struct strbuf *buf, const struct cell_context *context _unused_,
			    const struct view_instance *instance)
{
	const char *path = instance->instance->source->path;

	escape_append(buf, path, strlen(path));
}

const struct table_column cell_columns[CELL_COUNT] = {
	[CELL_INSTANCE] = {"INSTANCE", "what stands between sipis@ and .service",         0           },
	[CELL_NAME] = {"NAME",     "Server[Name]",                                    0           },
	[CELL_PORT] = {"PORT",     "Server[Port]",                                    TABLE_NUMBER},
	[CELL_HTTP] = {"HTTP",     "HttpServer[Port]",                                TABLE_NUMBER},
	[CELL_REALM] = {"REALM",    "Server[Realm]",                                   0           },
	[CELL_PREFIXES] = {"PREFIXES", "the prefixes that it has in the load balancer",   TABLE_WRAP  },
	[CELL_SHARE] = {"SHARE",    "its share of the selector space, by first match", TABLE_NUMBER},
	[CELL_STATE] = {"STATE",    "ok or refused",                                   0           },
	[CELL_SETTINGS] = {"SETTINGS", "its settings file",                               TABLE_WRAP  },
};

static append_function *const append_functions[CELL_COUNT] = {
	[CELL_INSTANCE] = append_instance, [CELL_NAME] = append_name,
	[CELL_PORT] = append_server_port,  [CELL_HTTP] = append_http_port,
	[CELL_REALM] = append_realm,       [CELL_PREFIXES] = append_prefixes,
	[CELL_SHARE] = append_share,       [CELL_STATE] = append_state,
	[CELL_SETTINGS] = append_settings,
};

void cell_append(struct strbuf *buf, enum cell cell, const struct cell_context *context,
		 const struct view_instance *instance)
{
	append_functions[cell](buf, context, instance);
}
