/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/rules-drift.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "document/outline.h"
#include "util/escape.h"

static const struct outline_exception unique[] = {
	{.element = "Server", .attribute = "Name"},
	{.element = "Server", .attribute = "Address"},
	{.element = "Server", .attribute = "Port"},
	{.element = "Server", .attribute = "Realm"},
	{.element = "Server", .attribute = "FilterInstancesAccordingToLoadBalancer2BackendSection"},
	{.element = "HttpServer", .attribute = "Address"},
	{.element = "HttpServer", .attribute = "Port"},
	{.element = "Lock", .attribute = "FileName"},
	{.element = "Log", .attribute = "FileName"},
	{.element = "Log", .attribute = "InstanceFileName"},
};

/* How messages name an item: `Log[Level]`, `element Log`, `the text of Log`. */
struct label {
	char text[2 * EXCERPT_MAX + sizeof("the text of []")];
};

static struct label item_label(const struct outline *outline, const struct outline_item *item)
{
	struct excerpt element = excerpt(outline_text(outline, item->element));
	struct label label;

	switch (item->kind) {
	case OUTLINE_ELEMENT:
		snprintf(label.text, sizeof(label.text), "element %s", element.text);
		break;
	case OUTLINE_ATTRIBUTE:
		snprintf(label.text, sizeof(label.text), "%s[%s]", element.text,
			 excerpt(outline_text(outline, item->name)).text);
		break;
	case OUTLINE_TEXT:
		snprintf(label.text, sizeof(label.text), "the text of %s", element.text);
		break;
	}
	return label;
}

/* A position in the sorted list of items of a file. */
struct cursor {
	const struct outline *outline;
	size_t at;
	unsigned absent; /* level of an element of the other file that is not here; 0: none */
};

static const struct outline_item *cursor_item(const struct cursor *cursor)
{
	return cursor->at < cursor->outline->n ? &cursor->outline->items[cursor->at] : NULL;
}

/* Return the place of the element before the cursor in which an item of the other file would be. */
static const struct place *cursor_parent(const struct cursor *cursor,
					 const struct outline_item *other)
{
	unsigned depth = outline_level(other) - 1;
	size_t i = cursor->at - 1; /* the root is in both files */

	if (cursor->absent && depth >= cursor->absent)
		depth = cursor->absent - 1;
	while (i && cursor->outline->items[i].depth > depth)
		i--;
	return &cursor->outline->items[i].element_place;
}

/*
 * Step over an item that the other file does not have, with all that is in it. An element with
 * exceptions may be in one file only, but its content is looked at.
 */
static void cursor_skip(struct cursor *cursor, struct cursor *other)
{
	const struct outline_item *item = cursor_item(cursor), *next;
	unsigned level;

	assert(item);

	level = outline_level(item);
	cursor->at++;
	if (item->has_exceptions)
		other->absent = level;
	while (!item->has_exceptions && (next = cursor_item(cursor)) && outline_level(next) > level)
		cursor->at++;
}

/* Forget an absent element after its content. */
static void cursor_leave(struct cursor *cursor, const struct outline_item *other)
{
	if (other && outline_level(other) <= cursor->absent)
		cursor->absent = 0;
}

/* A difference: an item of the first file, of the other one, or of both, and the two places. */
struct difference {
	const struct outline_item *first, *other;
	const struct place *first_place, *other_place;
};

/* Return less than 0 if only the first file has its item, and more than 0 if only the other has. */
static int cursors_compare(const struct cursor *first, const struct cursor *other)
{
	const struct outline_item *x = cursor_item(first), *y = cursor_item(other);

	if (!x || !y)
		return x ? -1 : 1;
	/* Both are in the same element, or what is deeper belongs to an element before. */
	if (outline_level(x) != outline_level(y))
		return outline_level(x) > outline_level(y) ? -1 : 1;
	return outline_compare(first->outline, x, other->outline, y);
}

/* Return true if the items differ, and step over them. */
static bool cursors_step(struct cursor *first, struct cursor *other, struct difference *ret)
{
	const struct outline_item *x = cursor_item(first), *y = cursor_item(other);
	int r = cursors_compare(first, other);

	cursor_leave(first, y);
	cursor_leave(other, x);
	if (r < 0) {
		assert(x);
		*ret = (struct difference){x, NULL, &x->place, cursor_parent(other, x)};
		cursor_skip(first, other);
		return !x->has_exceptions;
	}
	if (r > 0) {
		assert(y);
		*ret = (struct difference){NULL, y, cursor_parent(first, y), &y->place};
		cursor_skip(other, first);
		return !y->has_exceptions;
	}

	assert(x && y);
	*ret = (struct difference){x, y, &x->place, &y->place};
	first->at++;
	other->at++;
	return x->kind != OUTLINE_ELEMENT && strcmp(outline_text(first->outline, x->value),
						    outline_text(other->outline, y->value)) != 0;
}

static int report_difference(const struct outline *first, const struct outline *other,
			     const struct difference *difference, const char *file,
			     struct diagnostics *diagnostics)
{
	static const char hint[] = "only names, addresses, ports, locks and logs should "
				   "differ between settings files";
	const struct outline_item *x = difference->first, *y = difference->other;

	if (!y) {
		assert(x);
		return diagnostics_add(diagnostics, DIAGNOSTIC_SETTINGS_DIFFER,
				       difference->other_place, difference->first_place,
				       "%s of %s is missing here: %s", item_label(first, x).text,
				       file, hint);
	}
	return diagnostics_add(diagnostics, DIAGNOSTIC_SETTINGS_DIFFER, difference->other_place,
			       difference->first_place,
			       x ? "%s differs from %s: %s" : "%s is not in %s: %s",
			       item_label(other, y).text, file, hint);
}

/* Report the difference that comes first in the other file. */
static int compare_outlines(const struct outline *first, const struct outline *other,
			    const char *file, struct diagnostics *diagnostics)
{
	struct cursor at_first = {.outline = first}, at_other = {.outline = other};
	struct difference earliest = {}, difference;

	while (cursor_item(&at_first) || cursor_item(&at_other))
		if (cursors_step(&at_first, &at_other, &difference) &&
		    (!earliest.other_place ||
		     difference.other_place->offset < earliest.other_place->offset))
			earliest = difference;

	if (!earliest.other_place)
		return 0;
	return report_difference(first, other, &earliest, file, diagnostics);
}

int check_drift(const struct installation *installation, struct diagnostics *diagnostics)
{
	_cleanup_(outline_done) struct outline first = OUTLINE_INIT;
	const struct instance *first_instance = NULL;
	int r;

	if (!installation->split)
		return 0;

	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];
		_cleanup_(outline_done) struct outline other = OUTLINE_INIT;
		struct outline *outline = first_instance ? &other : &first;

		/* Without a Server it may be any other file, and that is an error. */
		if (!instance->settings.listeners[LISTENER_SERVER].element.source)
			continue;

		r = outline_make(instance->source, unique, ELEMENTSOF(unique), outline);
		if (r < 0)
			return r;
		r = outline_sort(outline);
		if (r < 0)
			return r;
		if (!first_instance) {
			first_instance = instance;
			continue;
		}

		r = compare_outlines(&first, &other, first_instance->file, diagnostics);
		if (r < 0)
			return r;
	}
	return 0;
}
