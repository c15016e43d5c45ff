/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/grammar-reader.h"

#include <errno.h>
#include <string.h>

#include "document/markup.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Most names differ in their first character: that is asked without a call. */
static bool same_name(const char *a, const char *b)
{
	return *a == *b && !strcmp(a, b);
}

static int find_row(const struct fill *fill, int parent, const char *name, const char *uri)
{
	const struct grammar *grammar = fill->grammar;

	if (!same_text(uri, fill->root_namespace))
		return FILL_NO_ROW;
	for (size_t i = 0; i < grammar->n_elements; i++)
		if (grammar->elements[i].parent == parent &&
		    same_name(grammar->elements[i].name, name))
			return (int)i;
	return FILL_NO_ROW;
}

bool fill_enter(struct fill *fill, const char *name, const char *uri)
{
	struct fill_level *level, *parent;

	fill->depth++;
	if (fill->depth > FILL_DEPTH_MAX)
		return false;
	level = &fill->levels[fill->depth];
	if (fill->depth == 1) {
		*level = (struct fill_level){.row = GRAMMAR_ROOT};
		fill->root_name = name;
		fill->root_namespace = uri;
		return true;
	}
	parent = &fill->levels[fill->depth - 1];
	*level = (struct fill_level){.row = FILL_NO_ROW};
	if (parent->row != FILL_NO_ROW)
		level->row = find_row(fill, parent->row, name, uri);
	return level->row != FILL_NO_ROW;
}

/* The grammar names the members of a record by their offset. */
static void *member(void *record, size_t offset)
{
	return (char *)record + offset;
}

/* The bytes of an attribute's value in its tag. */
static struct place find_value(const struct place *tag, const char *name)
{
	const char *data = tag->source->data;
	struct markup_cursor cursor = {
		.at = data + tag->offset + 1,
		.end = data + tag->offset + tag->length,
	};
	struct markup_attribute raw;

	markup_skip_name(&cursor);
	while (markup_next_attribute(&cursor, &raw))
		if (!strncmp(name, raw.name, raw.name_length) && !name[raw.name_length])
			return (struct place){tag->source, (uint32_t)(raw.value - data),
					      (uint32_t)raw.value_length};
	return *tag; /* should it not be found */
}

/*
 * Where a value has nothing to decode, and the parser reads the source where it stands, what it
 * hands over is a part of the source.
 */
static struct place place_value(const struct fill_attribute *given, const struct place *tag)
{
	uintptr_t value = (uintptr_t)given->value, data = (uintptr_t)tag->source->data;

	if (value < data + tag->offset || value > data + tag->offset + tag->length)
		return find_value(tag, (const char *)given->name);
	return (struct place){tag->source, (uint32_t)(value - data),
			      (uint32_t)(given->end - given->value)};
}

static const struct fill_attribute *find_attribute(const struct fill_attribute *attributes,
						   size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!attributes[i].prefix && same_name((const char *)attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

static int report_missing(struct fill *fill, const struct grammar_element *element,
			  const struct grammar_attribute *attribute, const struct place *tag)
{
	if (attribute->when_missing < 0)
		return 0;
	return diagnostics_add(fill->diagnostics, (enum diagnostic_code)attribute->when_missing,
			       tag, NULL, "%s has no %s attribute", element->name, attribute->name);
}

static int read_attribute(struct fill *fill, const struct grammar_element *element,
			  const struct grammar_attribute *attribute,
			  const struct fill_attribute *given, const struct place *tag, void *record)
{
	const struct value_label label = {element->name, attribute->name};
	struct value *value = member(record, attribute->offset);

	value->text =
		source_keep_text(tag->source, given->value, (size_t)(given->end - given->value));
	if (!value->text)
		return -ENOMEM;
	value->place = place_value(given, tag);
	return value_judge(value, attribute->type, &label, fill->diagnostics);
}

static int read_attributes(struct fill *fill, const struct grammar_element *element,
			   const struct place *tag, const struct fill_attribute *attributes,
			   size_t n_attributes, void *record)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < element->n_attributes; i++) {
		const struct grammar_attribute *attribute = &element->attributes[i];
		const struct fill_attribute *given =
			find_attribute(attributes, n_attributes, attribute->name);

		r = given ? read_attribute(fill, element, attribute, given, tag, record)
			  : report_missing(fill, element, attribute, tag);
	}
	return r;
}

static int read_root(struct fill *fill, const struct place *tag)
{
	const char *const *known = fill->grammar->namespaces;

	if (strcmp(fill->root_name, fill->grammar->root) != 0)
		return FILL_WRONG_ROOT;
	while (*known && !same_text(*known, fill->root_namespace))
		known++;
	if (fill->root_namespace && !*known)
		return FILL_WRONG_ROOT;
	*(struct place *)member(fill->document, fill->grammar->root_place) = *tag;
	return 0;
}

/* Said once: a file that is full of them must not fill the log. */
static int report_repeated(struct fill *fill, const struct grammar_element *element,
			   const struct place *tag, unsigned count)
{
	if (count != 2)
		return 0;
	return diagnostics_add(fill->diagnostics, DIAGNOSTIC_REPEATED_ELEMENT, tag, NULL,
			       "%s stands here a second time", element->name);
}

int fill_element(struct fill *fill, const struct place *tag,
		 const struct fill_attribute *attributes, size_t n_attributes)
{
	struct fill_level *level = &fill->levels[fill->depth];
	const struct grammar_element *element;
	void *record = fill->document;
	unsigned count;

	level->place = *tag;
	fill->source->tags_end = tag->offset + tag->length;
	if (level->row == GRAMMAR_ROOT)
		return read_root(fill, tag);
	element = &fill->grammar->elements[level->row];
	count = ++fill->levels[fill->depth - 1].children[level->row];
	if (count > 1 && element->flags & ELEMENT_SINGLE) {
		level->row = FILL_NO_ROW;
		return report_repeated(fill, element, tag, count);
	}
	if (element->record && element->record(fill->document, &record) < 0)
		return -ENOMEM;
	if (element->place != GRAMMAR_NO_PLACE)
		*(struct place *)member(record, element->place) = *tag;
	return read_attributes(fill, element, tag, attributes, n_attributes, record);
}

/* What the element that closes should have had, and had not. */
static int report_missing_children(struct fill *fill, const struct fill_level *level)
{
	const struct grammar *grammar = fill->grammar;
	const char *parent =
		level->row == GRAMMAR_ROOT ? grammar->root : grammar->elements[level->row].name;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < grammar->n_elements; i++) {
		const struct grammar_element *element = &grammar->elements[i];

		if (element->parent == level->row && !level->children[i] &&
		    element->flags & ELEMENT_REQUIRED)
			r = diagnostics_add(fill->diagnostics, DIAGNOSTIC_MISSING_ELEMENT,
					    &level->place, NULL, "%s has no %s element", parent,
					    element->name);
	}
	return r;
}

int fill_leave(struct fill *fill)
{
	unsigned depth = fill->depth--;

	if (depth > FILL_DEPTH_MAX || fill->levels[depth].row == FILL_NO_ROW)
		return 0;
	return report_missing_children(fill, &fill->levels[depth]);
}
