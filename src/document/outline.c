/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/outline.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "document/markup.h"
#include "util/array.h"

/* An element that is open. */
struct open_element {
	size_t name; /* in the texts */
	size_t item; /* its index */
	struct place place;
};

struct walk {
	struct source *source;
	const struct outline_exception *exceptions;
	size_t n_exceptions;
	struct outline *outline;

	struct open_element *open;
	size_t depth, capacity;
	const char *root_prefix; /* of the root's name, with its colon */
	size_t root_prefix_length;

	struct markup_attribute *attributes; /* of the tag at hand */
	size_t n_attributes, attributes_capacity;

	struct strbuf run;  /* the text since the last tag, decoded */
	const char *run_at; /* its first byte that is not a blank; NULL: none */
};

void outline_done(struct outline *outline)
{
	free(outline->items);
	strbuf_done(&outline->texts);
	*outline = (struct outline)OUTLINE_INIT;
}

static void walk_done(struct walk *walk)
{
	free(walk->open);
	free(walk->attributes);
	strbuf_done(&walk->run);
}

static struct place walk_place(const struct walk *walk, const char *at, size_t length)
{
	return (struct place){
		.source = walk->source,
		.offset = (uint32_t)(at - walk->source->data),
		.length = (uint32_t)length,
	};
}

/* --- decoded text ------------------------------------------------------------------------ */

static void append_code_point(struct strbuf *buf, unsigned long c)
{
	if (c < 0x80) {
		strbuf_append_char(buf, (char)c);
	} else if (c < 0x800) {
		strbuf_append_char(buf, (char)(0xc0 | c >> 6));
		strbuf_append_char(buf, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		strbuf_append_char(buf, (char)(0xe0 | c >> 12));
		strbuf_append_char(buf, (char)(0x80 | (c >> 6 & 0x3f)));
		strbuf_append_char(buf, (char)(0x80 | (c & 0x3f)));
	} else {
		strbuf_append_char(buf, (char)(0xf0 | c >> 18));
		strbuf_append_char(buf, (char)(0x80 | (c >> 12 & 0x3f)));
		strbuf_append_char(buf, (char)(0x80 | (c >> 6 & 0x3f)));
		strbuf_append_char(buf, (char)(0x80 | (c & 0x3f)));
	}
}

/* Append the text of the reference at `at`, which ends in a `;`. Return the byte after it. */
static const char *append_reference(struct strbuf *buf, const char *at, const char *end)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = {
		{.name = "&amp;", .c = '&'},   {.name = "&lt;", .c = '<'},
		{.name = "&gt;", .c = '>'},    {.name = "&quot;", .c = '"'},
		{.name = "&apos;", .c = '\''},
	};
	const char *close = memchr(at, ';', (size_t)(end - at));
	size_t length = close ? (size_t)(close + 1 - at) : 1;

	if (length > 2 && at[1] == '#') {
		bool hexadecimal = at[2] == 'x';

		append_code_point(buf,
				  strtoul(at + (hexadecimal ? 3 : 2), NULL, hexadecimal ? 16 : 10));
		return at + length;
	}

	for (size_t i = 0; i < ELEMENTSOF(entities); i++)
		if (length == strlen(entities[i].name) && !memcmp(at, entities[i].name, length)) {
			strbuf_append_char(buf, entities[i].c);
			return at + length;
		}

	strbuf_append_bytes(buf, at, length); /* not reached with a well-formed document */
	return at + length;
}

enum decode_flags {
	DECODE_REFERENCES = 1 << 0,
	DECODE_BLANKS = 1 << 1, /* a line end or tab becomes a space */

	DECODE_CDATA = 0,
	DECODE_TEXT = DECODE_REFERENCES,
	DECODE_ATTRIBUTE = DECODE_REFERENCES | DECODE_BLANKS,
};

/* Return true if the byte is not copied as it is. */
static bool is_decoded(char c, enum decode_flags flags)
{
	return c == '\r' || (c == '&' && flags & DECODE_REFERENCES) ||
	       ((c == '\n' || c == '\t') && flags & DECODE_BLANKS);
}

/* Append text as XML defines it: every line end as \n, and what `flags` say. */
static void append_decoded(struct strbuf *buf, const char *at, size_t length,
			   enum decode_flags flags)
{
	const char *end = at + length;

	while (at < end) {
		const char *plain = at;

		while (at < end && !is_decoded(*at, flags))
			at++;
		strbuf_append_bytes(buf, plain, (size_t)(at - plain));
		if (at == end)
			return;

		if (*at == '&') {
			at = append_reference(buf, at, end);
			continue;
		}
		if (*at == '\r' && at + 1 < end && at[1] == '\n')
			at++;
		strbuf_append_char(buf, flags & DECODE_BLANKS ? ' ' : '\n');
		at++;
	}
}

/* --- items ------------------------------------------------------------------------------- */

static int walk_add(struct walk *walk, struct outline_item item)
{
	struct outline *outline = walk->outline;
	const struct open_element *element = &walk->open[walk->depth - 1];

	if (ARRAY_RESERVE(outline->items, outline->n, outline->capacity) < 0)
		return -ENOMEM;

	item.depth = (unsigned)walk->depth;
	item.element = element->name;
	item.element_place = element->place;
	item.parent = element->item;
	if (item.kind == OUTLINE_ELEMENT)
		item.parent = walk->depth > 1 ? element[-1].item : 0;
	outline->items[outline->n++] = item;
	return strbuf_error(&outline->texts);
}

/* Append a name without the prefix that the root has. Return its offset. */
static size_t append_name(struct walk *walk, const char *name, size_t length)
{
	struct strbuf *texts = &walk->outline->texts;
	size_t offset = texts->length, skip = walk->root_prefix_length;

	if (skip && length > skip && !memcmp(name, walk->root_prefix, skip)) {
		name += skip;
		length -= skip;
	}
	strbuf_append_bytes(texts, name, length);
	strbuf_append_char(texts, '\0');
	return offset;
}

/* Add the text since the last tag, unless it is all blanks. */
static int walk_end_run(struct walk *walk)
{
	struct strbuf *texts = &walk->outline->texts;
	size_t value = texts->length;
	struct place place;

	if (!walk->run_at || !walk->depth ||
	    strspn(walk->run.text, " \t\r\n") == walk->run.length) {
		walk->run_at = NULL; /* blanks, or a byte order mark before the root */
		strbuf_truncate(&walk->run, 0);
		return strbuf_error(&walk->run);
	}

	place = walk_place(walk, walk->run_at, 0);
	strbuf_append_bytes(texts, walk->run.text, walk->run.length);
	strbuf_append_char(texts, '\0');
	walk->run_at = NULL;
	strbuf_truncate(&walk->run, 0);
	if (strbuf_error(&walk->run))
		return strbuf_error(&walk->run);

	return walk_add(walk, (struct outline_item){
				      .kind = OUTLINE_TEXT,
				      .value = value,
				      .place = place,
			      });
}

static void walk_add_to_run(struct walk *walk, const char *at, size_t length,
			    enum decode_flags flags)
{
	for (size_t i = 0; !walk->run_at && i < length; i++)
		if (!strchr(" \t\r\n", at[i]))
			walk->run_at = at + i;

	append_decoded(&walk->run, at, length, flags);
}

static bool text_is(const char *text, size_t length, const char *expected)
{
	return length == strlen(expected) && !memcmp(text, expected, length);
}

/* Return true if the attribute is left out; `attribute` NULL: if any of the element's is. */
static bool walk_is_exception(const struct walk *walk, const char *element,
			      const struct markup_attribute *attribute)
{
	if (walk->depth != 2)
		return false;

	for (size_t i = 0; i < walk->n_exceptions; i++)
		if (!strcmp(walk->exceptions[i].element, element) &&
		    (!attribute || text_is(attribute->name, attribute->name_length,
					   walk->exceptions[i].attribute)))
			return true;
	return false;
}

static bool attribute_is_namespace(const struct markup_attribute *attribute)
{
	static const char xmlns[] = "xmlns", prefixed[] = "xmlns:";

	return text_is(attribute->name, attribute->name_length, xmlns) ||
	       (attribute->name_length > strlen(prefixed) &&
		!memcmp(attribute->name, prefixed, strlen(prefixed)));
}

static int attributes_compare(const void *a, const void *b)
{
	const struct markup_attribute *x = a, *y = b;
	size_t length = x->name_length < y->name_length ? x->name_length : y->name_length;
	int r = memcmp(x->name, y->name, length);

	return r ? r : (x->name_length > y->name_length) - (x->name_length < y->name_length);
}

/* Collect the attributes of a tag, sorted. The cursor ends at its `/` or `>`. */
static int walk_collect(struct walk *walk, struct markup_cursor *cursor)
{
	struct markup_attribute attribute;

	walk->n_attributes = 0;
	while (markup_next_attribute(cursor, &attribute)) {
		if (ARRAY_RESERVE(walk->attributes, walk->n_attributes, walk->attributes_capacity) <
		    0)
			return -ENOMEM;
		walk->attributes[walk->n_attributes++] = attribute;
	}

	if (walk->n_attributes)
		qsort(walk->attributes, walk->n_attributes, sizeof(*walk->attributes),
		      attributes_compare);
	return 0;
}

static int walk_add_attributes(struct walk *walk)
{
	struct strbuf *texts = &walk->outline->texts;
	int r;

	for (size_t i = 0; i < walk->n_attributes; i++) {
		const struct markup_attribute *attribute = &walk->attributes[i];
		const struct open_element *element = &walk->open[walk->depth - 1];
		struct outline_item item = {
			.kind = OUTLINE_ATTRIBUTE,
			.place = walk_place(walk, attribute->value, attribute->value_length),
		};

		if (attribute_is_namespace(attribute) ||
		    walk_is_exception(walk, outline_text(walk->outline, element->name), attribute))
			continue;

		item.name = append_name(walk, attribute->name, attribute->name_length);
		item.value = texts->length;
		append_decoded(texts, attribute->value, attribute->value_length, DECODE_ATTRIBUTE);
		strbuf_append_char(texts, '\0');
		r = walk_add(walk, item);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- tags -------------------------------------------------------------------------------- */

static void walk_set_root_prefix(struct walk *walk, const char *name, size_t length)
{
	const char *colon = memchr(name, ':', length);

	walk->root_prefix = name;
	walk->root_prefix_length = colon ? (size_t)(colon + 1 - name) : 0;
}

/* Open the element whose name is at `name`. The cursor is after the name. */
static int walk_open(struct walk *walk, const char *name, struct markup_cursor *cursor)
{
	size_t length = (size_t)(cursor->at - name);
	struct open_element element = {
		.item = walk->outline->n,
		.place = walk_place(walk, name - 1, 0),
	};
	int r;

	if (!walk->depth)
		walk_set_root_prefix(walk, name, length);
	if (ARRAY_RESERVE(walk->open, walk->depth, walk->capacity) < 0)
		return -ENOMEM;
	element.name = append_name(walk, name, length);
	if (strbuf_error(&walk->outline->texts))
		return strbuf_error(&walk->outline->texts);
	walk->open[walk->depth++] = element;

	r = walk_collect(walk, cursor);
	if (r < 0)
		return r;

	r = walk_add(walk, (struct outline_item){
				   .kind = OUTLINE_ELEMENT,
				   .has_exceptions = walk_is_exception(
					   walk, outline_text(walk->outline, element.name), NULL),
				   .place = element.place,
			   });
	if (r < 0)
		return r;
	return walk_add_attributes(walk);
}

/* Read the tag at `*at` and step over it. Return 0 or -ENOMEM. */
static int walk_tag(struct walk *walk, const char **at, const char *end)
{
	struct markup_cursor cursor = {.at = *at + 1, .end = end};
	const char *name = cursor.at;
	bool closes;
	int r;

	r = walk_end_run(walk);
	if (r < 0)
		return r;

	closes = *name == '/';
	if (!closes) {
		markup_skip_name(&cursor);
		r = walk_open(walk, name, &cursor);
		if (r < 0)
			return r;
		closes = cursor.at < end && *cursor.at == '/';
	}

	if (closes && walk->depth)
		walk->depth--;
	*at = memchr(cursor.at, '>', (size_t)(end - cursor.at));
	*at = *at ? *at + 1 : end;
	return 0;
}

static int walk_document(struct walk *walk)
{
	static const char cdata[] = "<![CDATA[", cdata_end[] = "]]>";
	const char *at = walk->source->data, *end = at + walk->source->size, *next;
	int r;

	while (at < end) {
		if (*at != '<') {
			next = memchr(at, '<', (size_t)(end - at));
			next = next ? next : end;
			walk_add_to_run(walk, at, (size_t)(next - at), DECODE_TEXT);
			at = next;
			continue;
		}

		next = markup_skip_opaque(at, end);
		if (next == at) {
			r = walk_tag(walk, &at, end);
			if (r < 0)
				return r;
			continue;
		}

		if (!strncmp(at, cdata, strlen(cdata)))
			walk_add_to_run(walk, at + strlen(cdata),
					(size_t)(next - at) - strlen(cdata) - strlen(cdata_end),
					DECODE_CDATA);
		at = next;
	}
	return strbuf_error(&walk->run);
}

/* --- order ------------------------------------------------------------------------------- */

int outline_compare(const struct outline *a, const struct outline_item *x, const struct outline *b,
		    const struct outline_item *y)
{
	static const unsigned ranks[] = {
		[OUTLINE_ATTRIBUTE] = 0,
		[OUTLINE_TEXT] = 1,
		[OUTLINE_ELEMENT] = 2,
	};

	if (x->kind != y->kind)
		return ranks[x->kind] < ranks[y->kind] ? -1 : 1;
	switch (x->kind) {
	case OUTLINE_ATTRIBUTE:
		return strcmp(outline_text(a, x->name), outline_text(b, y->name));
	case OUTLINE_ELEMENT:
		return strcmp(outline_text(a, x->element), outline_text(b, y->element));
	case OUTLINE_TEXT:
		break;
	}
	return 0;
}

/* Compare the places of two items in the tree of sorted elements. */
static int order_compare(const void *a, const void *b, void *userdata)
{
	const struct outline *outline = userdata;
	const struct outline_item *items = outline->items;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	unsigned level_x = outline_level(&items[x]), level_y = outline_level(&items[y]);
	int r;

	for (unsigned level = level_x; level > level_y; level--)
		x = items[x].parent;
	for (unsigned level = level_y; level > level_x; level--)
		y = items[y].parent;
	if (x == y) /* one is in the other */
		return level_x < level_y ? -1 : level_x > level_y;

	while (items[x].parent != items[y].parent) {
		x = items[x].parent;
		y = items[y].parent;
	}
	r = outline_compare(outline, &items[x], outline, &items[y]);
	return r ? r : x < y ? -1 : 1;
}

int outline_sort(struct outline *outline)
{
	_cleanup_free_ size_t *order = calloc(outline->n + 1, sizeof(*order));
	struct outline_item *sorted = calloc(outline->n + 1, sizeof(*sorted));

	if (!order || !sorted) {
		free(sorted);
		return -ENOMEM;
	}

	for (size_t i = 0; i < outline->n; i++)
		order[i] = i;
	qsort_r(order, outline->n, sizeof(*order), order_compare, outline);

	for (size_t i = 0; i < outline->n; i++)
		sorted[i] = outline->items[order[i]];
	free(outline->items);
	outline->items = sorted;
	outline->capacity = outline->n + 1;
	return 0;
}

int outline_make(struct source *source, const struct outline_exception *exceptions,
		 size_t n_exceptions, struct outline *outline)
{
	_cleanup_(walk_done) struct walk walk = {
		.source = source,
		.exceptions = exceptions,
		.n_exceptions = n_exceptions,
		.outline = outline,
		.run = STRBUF_INIT,
	};

	return walk_document(&walk);
}
