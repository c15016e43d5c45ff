/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "document/markup.h"
#include "util/array.h"

/* --- where tags begin -------------------------------------------------------------------- */

/* At least so many bytes are between two offsets of an index. */
#define INDEX_STEP 512

/* Offsets of some `<` that begin a tag, a comment or the like. */
struct tag_index {
	uint32_t *offsets; /* owned, ascending; NULL: not made yet */
	size_t n;
};

void redactor_init(struct redactor *redactor, const struct installation *installation)
{
	*redactor = (struct redactor){.installation = installation};
}

void redactor_done(struct redactor *redactor)
{
	for (size_t i = 0; i < redactor->n; i++)
		free(redactor->indexes[i].offsets);
	free(redactor->indexes);
	*redactor = (struct redactor){};
}

/* Return the end of the markup that begins at `at`, or the byte after its `<` if it is a tag. */
static const char *skip_markup(const char *at, const char *end)
{
	const char *next = markup_skip_opaque(at, end);

	return next == at ? at + 1 : next;
}

static int tag_index_make(struct tag_index *index, const struct source *source)
{
	const char *at = source->data, *end = at + source->size;

	index->offsets = calloc(source->size / INDEX_STEP + 1, sizeof(*index->offsets));
	if (!index->offsets)
		return -ENOMEM;
	index->n = 1; /* the beginning */

	for (; (at = memchr(at, '<', (size_t)(end - at))); at = skip_markup(at, end)) {
		uint32_t offset = (uint32_t)(at - source->data);

		if (offset - index->offsets[index->n - 1] >= INDEX_STEP)
			index->offsets[index->n++] = offset;
	}
	return 0;
}

/* Return the index of a source, or NULL on OOM. */
static const struct tag_index *redactor_index(struct redactor *redactor,
					      const struct source *source)
{
	const struct installation *installation = redactor->installation;
	bool is_settings = source->order < installation->n_instances;
	struct tag_index *index;

	if (!redactor->indexes) {
		redactor->indexes = calloc(installation->n_instances + 1, sizeof(*index));
		if (!redactor->indexes)
			return NULL;
		redactor->n = installation->n_instances + 1;
	}

	index = &redactor->indexes[is_settings ? source->order : installation->n_instances];
	if (!index->offsets && tag_index_make(index, source) < 0)
		return NULL;
	return index;
}

static bool offset_is_up_to(const void *item, const void *key)
{
	const uint32_t *offset = item, *limit = key;

	return *offset <= *limit;
}

/* Return an indexed offset at or before `offset`. */
static size_t tag_index_find(const struct tag_index *index, size_t offset)
{
	uint32_t key = (uint32_t)offset;

	return index->offsets[array_lower_bound(index->offsets, index->n, sizeof(*index->offsets),
						&key, offset_is_up_to) -
			      1];
}

/* --- values that are checked ------------------------------------------------------------- */

static bool value_is_at(const struct value *value, const struct source *source, size_t offset)
{
	return value->place.source == source && value->place.offset == offset;
}

static bool settings_check(const struct settings *settings, const struct source *source,
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
		if (value_is_at(values[i], source, offset))
			return true;
	return false;
}

static bool frontend_is_up_to(const void *item, const void *key)
{
	const struct frontend *frontend = item;
	const size_t *offset = key;

	return frontend->element.offset <= *offset;
}

static bool backend_is_up_to(const void *item, const void *key)
{
	const struct backend *backend = item;
	const size_t *offset = key;

	return backend->element.offset <= *offset;
}

/* Elements are in document order: only the last one that begins before the value can have it. */
static bool load_balancer_checks(const struct load_balancer *lb, const struct source *source,
				 size_t offset)
{
	size_t frontend = array_lower_bound(lb->frontends, lb->n_frontends, sizeof(*lb->frontends),
					    &offset, frontend_is_up_to);
	size_t i = array_lower_bound(lb->backends, lb->n_backends, sizeof(*lb->backends), &offset,
				     backend_is_up_to);
	const struct backend *backend = i ? &lb->backends[i - 1] : NULL;

	if (frontend && value_is_at(&lb->frontends[frontend - 1].address, source, offset))
		return true;
	return backend && (value_is_at(&backend->name, source, offset) ||
			   value_is_at(&backend->prefix, source, offset) ||
			   value_is_at(&backend->app_id_prefix, source, offset) ||
			   value_is_at(&backend->address, source, offset));
}

static bool value_is_checked(const struct installation *installation, const struct source *source,
			     size_t offset)
{
	if (source == installation->load_balancer_source)
		return load_balancer_checks(&installation->load_balancer, source, offset);
	return source->order < installation->n_instances &&
	       settings_check(&installation->instances[source->order].settings, source, offset);
}

/* --- the copy ---------------------------------------------------------------------------- */

/* The part of a document that is copied. */
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

/* Copy bytes of the document as they are, as far as they are in the window. */
static void window_show(struct window *window, const char *from, size_t length)
{
	const char *to = from + length;

	if (from < window->start)
		from = window->start;
	if (to > window->end)
		to = window->end;
	if (from < to)
		memcpy(window->copy + (from - window->start), from, (size_t)(to - from));
}

/* Show one tag, as far as it is before `limit`. */
static void window_show_tag(struct window *window, const char *tag, const char *limit)
{
	struct markup_cursor cursor = {tag + 1, limit};
	struct markup_attribute attribute;

	if (cursor.at < limit && *cursor.at == '/')
		cursor.at++;
	markup_skip_name(&cursor);
	window_show(window, tag, (size_t)(cursor.at - tag));

	while (markup_next_attribute(&cursor, &attribute)) {
		const char *value_end = attribute.value + attribute.value_length;

		if (value_end < window->start)
			continue;
		if (attribute.name >= window->end)
			return;
		window_show(window, attribute.name, (size_t)(attribute.value - attribute.name));
		window_show(window, value_end, 1);
		if (value_is_checked(window->installation, window->source,
				     (size_t)(attribute.value - window->source->data)))
			window_show(window, attribute.value, attribute.value_length);
	}

	while (cursor.at < limit &&
	       (is_blank(*cursor.at) || *cursor.at == '/' || *cursor.at == '\n'))
		window_show(window, cursor.at++, 1);
	if (cursor.at < limit && *cursor.at == '>')
		window_show(window, cursor.at, 1);
}

/* Show the markup from `at` to the end of the window; text between tags stays redacted. */
static void window_show_markup(struct window *window, const char *at, const char *limit)
{
	for (; (at = memchr(at, '<', (size_t)(limit - at))) && at < window->end;
	     at = skip_markup(at, limit))
		if (markup_skip_opaque(at, limit) == at)
			window_show_tag(window, at, limit);
		else
			window_show(window, at, strlen("<!"));
}

char *redactor_copy(struct redactor *redactor, const struct source *source, size_t start,
		    size_t end, size_t limit)
{
	const struct tag_index *index = redactor_index(redactor, source);
	struct window window = {
		.installation = redactor->installation,
		.source = source,
		.start = source->data + start,
		.end = source->data + end,
		.copy = malloc(end - start + 1),
	};
	size_t first;

	if (!index || !window.copy) {
		free(window.copy);
		return NULL;
	}

	for (size_t i = 0; i < end - start; i++)
		window.copy[i] = is_blank(window.start[i]) ? window.start[i] : '*';
	window.copy[end - start] = 0;

	first = tag_index_find(index, start < limit ? start : limit);
	window_show_markup(&window, source->data + first, source->data + limit);
	return window.copy;
}
