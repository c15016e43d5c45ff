/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/grammar-reader.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "document/markup.h"
#include "document/near-markup.h"
#include "util/escape.h"

static bool same_namespace(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static int find_row(const struct grammar_reader *reader, int parent, const char *name,
		    const char *uri)
{
	const struct grammar *grammar = reader->grammar;

	if (!same_namespace(uri, reader->root_namespace))
		return GRAMMAR_READER_NO_ROW;

	for (size_t i = 0; i < grammar->n_elements; i++)
		if (grammar->elements[i].parent == parent &&
		    !strcmp(grammar->elements[i].name, name))
			return (int)i;
	return GRAMMAR_READER_NO_ROW;
}

/* Remember a child that is probably a required one that has not been read: misspelt, or in another
 * namespace. */
static void note_near_child(struct grammar_reader_level *parent, const struct grammar *grammar,
			    const char *name)
{
	for (size_t i = 0; i < grammar->n_elements && !parent->near; i++)
		if (grammar->elements[i].parent == parent->row && !parent->children[i] &&
		    grammar->elements[i].flags & ELEMENT_REQUIRED &&
		    near_element(grammar, name, grammar->elements[i].name)) {
			parent->near = name;
			parent->near_row = (int)i;
		}
}

bool grammar_reader_enter(struct grammar_reader *reader, const char *name, const char *uri)
{
	struct grammar_reader_level *level, *parent;

	reader->depth++;
	if (reader->depth > GRAMMAR_READER_DEPTH_MAX)
		return false;

	level = &reader->levels[reader->depth];
	if (reader->depth == 1) {
		*level = (struct grammar_reader_level){.row = GRAMMAR_ROOT};
		reader->root_name = name;
		reader->root_namespace = uri;
		return true;
	}

	parent = &reader->levels[reader->depth - 1];
	*level = (struct grammar_reader_level){.row = GRAMMAR_READER_NO_ROW};
	if (parent->row != GRAMMAR_READER_NO_ROW)
		level->row = find_row(reader, parent->row, name, uri);
	if (parent->row != GRAMMAR_READER_NO_ROW && level->row == GRAMMAR_READER_NO_ROW)
		note_near_child(parent, reader->grammar, name);
	return level->row != GRAMMAR_READER_NO_ROW;
}

/* Return the field at an offset that the grammar gives. */
static void *record_field(void *record, size_t offset)
{
	return (char *)record + offset;
}

static const struct grammar_attribute *grammar_find_attribute(const struct grammar_element *element,
							      const struct markup_attribute *raw)
{
	for (size_t i = 0; i < element->n_attributes; i++) {
		const char *name = element->attributes[i].name;

		if (!strncmp(name, raw->name, raw->name_length) && !name[raw->name_length])
			return &element->attributes[i];
	}
	return NULL;
}

/* Set the places of the element's values: scan its start tag for their raw bytes. */
static void record_set_places(void *record, const struct grammar_element *element,
			      const struct place *tag)
{
	const char *data = tag->source->data;
	struct markup_cursor cursor = {
		.at = data + tag->offset + 1,
		.end = data + tag->offset + tag->length,
	};
	struct markup_attribute raw;

	markup_skip_name(&cursor);
	while (markup_next_attribute(&cursor, &raw)) {
		const struct grammar_attribute *attribute = grammar_find_attribute(element, &raw);
		struct value *value;

		if (!attribute)
			continue;
		value = record_field(record, attribute->offset);
		value->place = (struct place){
			.source = tag->source,
			.offset = (uint32_t)(raw.value - data),
			.length = (uint32_t)raw.value_length,
		};
	}
}

static const struct grammar_reader_attribute *find_attribute(
	const struct grammar_reader_attribute *attributes, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!attributes[i].prefix && !strcmp((const char *)attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

static int report_missing(struct grammar_reader *reader, const struct grammar_element *element,
			  const struct grammar_attribute *attribute, const struct place *tag)
{
	if (!attribute->required)
		return 0;
	return diagnostics_add(reader->diagnostics, attribute->when_missing, tag, NULL,
			       "%s has no %s attribute%s", element->name, attribute->name,
			       near_attribute(tag, attribute->name).text);
}

static int read_attribute(struct grammar_reader *reader, const struct grammar_element *element,
			  const struct grammar_attribute *attribute,
			  const struct grammar_reader_attribute *given, void *record)
{
	const struct value_label label = {.element = element->name, .attribute = attribute->name};
	struct value *value = record_field(record, attribute->offset);

	value->text =
		source_keep_text(reader->source, given->value, (size_t)(given->end - given->value));
	if (!value->text)
		return -ENOMEM;
	return value_judge(value, attribute->type, &label, reader->diagnostics);
}

static int read_attributes(struct grammar_reader *reader, const struct grammar_element *element,
			   const struct place *tag,
			   const struct grammar_reader_attribute *attributes, size_t n_attributes,
			   void *record)
{
	record_set_places(record, element, tag);

	for (size_t i = 0; i < element->n_attributes; i++) {
		const struct grammar_attribute *attribute = &element->attributes[i];
		const struct grammar_reader_attribute *given =
			find_attribute(attributes, n_attributes, attribute->name);
		int r;

		r = given ? read_attribute(reader, element, attribute, given, record)
			  : report_missing(reader, element, attribute, tag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_root(struct grammar_reader *reader, const struct place *tag)
{
	const char *const *known = reader->grammar->namespaces;

	if (strcmp(reader->root_name, reader->grammar->root) != 0)
		return GRAMMAR_READER_WRONG_ROOT;

	while (*known && !same_namespace(*known, reader->root_namespace))
		known++;
	if (reader->root_namespace && !*known)
		return GRAMMAR_READER_WRONG_ROOT;

	*(struct place *)record_field(reader->document, reader->grammar->root_place) = *tag;
	return 0;
}

int grammar_reader_element(struct grammar_reader *reader, const struct place *tag,
			   const struct grammar_reader_attribute *attributes, size_t n_attributes)
{
	struct grammar_reader_level *level;
	const struct grammar_element *element;
	void *record = reader->document;
	unsigned count;

	assert(reader->depth && reader->depth <= GRAMMAR_READER_DEPTH_MAX);

	level = &reader->levels[reader->depth];
	level->place = *tag;
	if (level->row == GRAMMAR_ROOT)
		return read_root(reader, tag);

	element = &reader->grammar->elements[level->row];
	count = ++reader->levels[reader->depth - 1].children[level->row];
	if (count > 1 && element->flags & ELEMENT_SINGLE) {
		level->row = GRAMMAR_READER_NO_ROW;
		if (count > 2) /* reported once: a file full of them must not fill the log */
			return 0;
		return diagnostics_add(reader->diagnostics, DIAGNOSTIC_REPEATED_ELEMENT, tag, NULL,
				       "%s occurs a second time: keep one of them", element->name);
	}

	if (element->record && element->record(reader->document, &record) < 0)
		return -ENOMEM;
	if (element->place != GRAMMAR_NO_PLACE)
		*(struct place *)record_field(record, element->place) = *tag;
	return read_attributes(reader, element, tag, attributes, n_attributes, record);
}

static int report_missing_child(struct grammar_reader *reader,
				const struct grammar_reader_level *level, size_t row)
{
	const struct grammar *grammar = reader->grammar;
	const char *name = grammar->elements[row].name;
	const char *parent =
		level->row == GRAMMAR_ROOT ? grammar->root : grammar->elements[level->row].name;

	if (!level->near || level->near_row != (int)row)
		return diagnostics_add(reader->diagnostics, DIAGNOSTIC_MISSING_ELEMENT,
				       &level->place, NULL, "%s has no %s element", parent, name);
	if (!strcmp(level->near, name))
		return diagnostics_add(reader->diagnostics, DIAGNOSTIC_MISSING_ELEMENT,
				       &level->place, NULL,
				       "%s has no %s element in its own namespace", parent, name);
	return diagnostics_add(reader->diagnostics, DIAGNOSTIC_MISSING_ELEMENT, &level->place, NULL,
			       "%s has no %s element: write %s, not \"%s\"", parent, name, name,
			       excerpt(level->near).text);
}

static int report_missing_children(struct grammar_reader *reader,
				   const struct grammar_reader_level *level)
{
	const struct grammar *grammar = reader->grammar;

	for (size_t i = 0; i < grammar->n_elements; i++) {
		const struct grammar_element *element = &grammar->elements[i];
		int r;

		if (element->parent != level->row || level->children[i] ||
		    !(element->flags & ELEMENT_REQUIRED))
			continue;
		r = report_missing_child(reader, level, i);
		if (r < 0)
			return r;
	}
	return 0;
}

int grammar_reader_leave(struct grammar_reader *reader)
{
	unsigned depth = reader->depth--;

	if (depth > GRAMMAR_READER_DEPTH_MAX || reader->levels[depth].row == GRAMMAR_READER_NO_ROW)
		return 0;
	return report_missing_children(reader, &reader->levels[depth]);
}
