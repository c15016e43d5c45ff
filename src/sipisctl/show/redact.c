/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/redact.h"

#include <string.h>

#include "document/markup.h"

/* A window of a document, in which bytes are uncovered. */
struct window {
	const struct installation *installation;
	const struct source *source;
	const char *start, *end;
	char *copy;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void uncover(struct window *window, const char *from, size_t length)
{
	const char *to = from + length;

	if (from < window->start)
		from = window->start;
	if (to > window->end)
		to = window->end;
	if (from < to)
		memcpy(window->copy + (from - window->start), from, (size_t)(to - from));
}

static bool is_value_at(const struct value *value, const struct source *source, size_t offset)
{
	return value->place.source == source && value->place.offset == offset;
}

static bool is_checked_setting(const struct settings *settings, const struct source *source,
			       size_t offset)
{
	const struct value *values[] = {
		&settings->name,
		&settings->realm,
		&settings->filter,
		&settings->instance_log,
		&settings->listeners[LISTENER_SERVER].address,
		&settings->listeners[LISTENER_SERVER].port,
		&settings->listeners[LISTENER_HTTP].address,
		&settings->listeners[LISTENER_HTTP].port,
		&settings->sinks[SINK_LOCK].path,
		&settings->sinks[SINK_LOG].path,
	};

	for (size_t i = 0; i < ELEMENTSOF(values); i++)
		if (is_value_at(values[i], source, offset))
			return true;
	return false;
}

static bool is_checked_by_load_balancer(const struct load_balancer *lb, const struct source *source,
					size_t offset)
{
	for (size_t i = 0; i < lb->n_frontends; i++)
		if (is_value_at(&lb->frontends[i].address, source, offset))
			return true;
	for (size_t i = 0; i < lb->n_backends; i++) {
		const struct backend *backend = &lb->backends[i];

		if (is_value_at(&backend->name, source, offset) ||
		    is_value_at(&backend->prefix, source, offset) ||
		    is_value_at(&backend->app_id_prefix, source, offset) ||
		    is_value_at(&backend->address, source, offset))
			return true;
	}
	return false;
}

static bool is_checked(const struct window *window, const char *value)
{
	const struct installation *installation = window->installation;
	size_t offset = (size_t)(value - window->source->data);

	if (window->source == installation->load_balancer_source)
		return is_checked_by_load_balancer(&installation->load_balancer, window->source,
						   offset);
	return window->source->order < installation->n_instances &&
	       is_checked_setting(&installation->instances[window->source->order].settings,
				  window->source, offset);
}

/* Uncover one tag, as far as it stands before `limit`. */
static void uncover_tag(struct window *window, const char *tag, const char *limit)
{
	struct markup_cursor cursor = {tag + 1, limit};
	struct markup_attribute attribute;

	if (cursor.at < limit && *cursor.at == '/')
		cursor.at++;
	markup_skip_name(&cursor);
	uncover(window, tag, (size_t)(cursor.at - tag));
	while (markup_next_attribute(&cursor, &attribute)) {
		const char *value_end = attribute.value + attribute.value_length;

		if (value_end < window->start)
			continue;
		if (attribute.name >= window->end)
			return;
		uncover(window, attribute.name, (size_t)(attribute.value - attribute.name));
		uncover(window, value_end, 1);
		if (is_checked(window, attribute.value))
			uncover(window, attribute.value, attribute.value_length);
	}
	while (cursor.at < limit &&
	       (is_blank(*cursor.at) || *cursor.at == '/' || *cursor.at == '\n'))
		uncover(window, cursor.at++, 1);
	if (cursor.at < limit && *cursor.at == '>')
		uncover(window, cursor.at, 1);
}

/* Everything that begins with `<` up to the window's end; text between is never uncovered. */
static void uncover_markup(struct window *window, const char *limit)
{
	const char *at = window->source->data;

	while ((at = memchr(at, '<', (size_t)(limit - at))) && at < window->end) {
		const char *next = markup_skip_opaque(at, limit);

		if (next == at) {
			uncover_tag(window, at, limit);
			next = at + 1;
		} else
			uncover(window, at, 2);
		at = next;
	}
}

char *mask_copy(const struct installation *installation, const struct source *source, size_t start,
		size_t end, size_t limit)
{
	struct window window = {
		.installation = installation,
		.source = source,
		.start = source->data + start,
		.end = source->data + end,
		.copy = malloc(end - start + 1),
	};

	if (!window.copy)
		return NULL;
	for (size_t i = 0; i < end - start; i++)
		window.copy[i] = is_blank(window.start[i]) ? window.start[i] : '*';
	window.copy[end - start] = 0;
	uncover_markup(&window, source->data + limit);
	return window.copy;
}
