/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as a settings file: what is read of it, and its outline, are those of libxml2's tree.
 */

#include <string.h>

#include "document.h"
#include "document/outline.h"
#include "fuzz.h"
#include "installation/settings.h"

static void done(void *document)
{
	*(struct settings *)document = (struct settings){};
}

/* --- the outline ------------------------------------------------------------------------- */

struct reading {
	const struct outline *outline;
	size_t at;
};

static const struct outline_item *next_item(struct reading *reading, enum outline_kind kind,
					    unsigned depth)
{
	const struct outline_item *item;

	CHECK(reading->at < reading->outline->n);
	item = &reading->outline->items[reading->at++];
	CHECK(item->kind == kind && item->depth == depth);
	CHECK(item->place.offset <= item->place.source->size);
	CHECK(item->place.source->data[item->element_place.offset] == '<');
	return item;
}

static const char *local_name(const char *name)
{
	const char *colon = strrchr(name, ':'); /* a name may have several */

	return colon ? colon + 1 : name;
}

/*
 * Return true for `xmlns:8`, whose prefix is no name: libxml2 reports that, and keeps it as an
 * attribute. The outline has no declarations of namespaces, good or bad, but has `xmlns:`.
 */
static bool is_bad_declaration(const xmlAttr *attribute)
{
	static const char prefixed[] = "xmlns:";
	const char *name = (const char *)attribute->name;

	return !strncmp(name, prefixed, strlen(prefixed)) && strlen(name) > strlen(prefixed);
}

/* Attributes are sorted by their names in the file, so they are looked up. */
static void check_attributes(struct reading *reading, xmlNode *node, unsigned depth)
{
	for (xmlAttr *count = node->properties; count; count = count->next) {
		const struct outline_item *item;
		const char *name;
		bool found = false;

		if (is_bad_declaration(count))
			continue;
		item = next_item(reading, OUTLINE_ATTRIBUTE, depth);
		name = outline_text(reading->outline, item->name);
		for (xmlAttr *attribute = node->properties; attribute;
		     attribute = attribute->next) {
			xmlChar *value;

			if (strcmp(local_name(name), local_name((const char *)attribute->name)) !=
			    0)
				continue;
			value = xmlNodeGetContent((xmlNode *)attribute);
			found = found || !strcmp((const char *)value,
						 outline_text(reading->outline, item->value));
			xmlFree(value);
		}
		CHECK(found);
	}
}

static void check_run(struct reading *reading, struct strbuf *run, unsigned depth)
{
	const struct outline_item *item;

	if (strspn(run->text, " \t\r\n") < run->length) {
		item = next_item(reading, OUTLINE_TEXT, depth);
		CHECK(!strcmp(outline_text(reading->outline, item->value), run->text));
	}
	strbuf_truncate(run, 0);
}

static void check_node(struct reading *reading, xmlNode *node, unsigned depth)
{
	const struct outline_item *item = next_item(reading, OUTLINE_ELEMENT, depth);
	_cleanup_strbuf_ struct strbuf run = STRBUF_INIT;

	CHECK(!strcmp(local_name(outline_text(reading->outline, item->element)),
		      local_name((const char *)node->name)));
	check_attributes(reading, node, depth);

	for (xmlNode *child = node->children; child; child = child->next) {
		if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
			strbuf_append(&run, (const char *)child->content);
		if (child->type != XML_ELEMENT_NODE)
			continue;
		check_run(reading, &run, depth);
		check_node(reading, child, depth + 1);
	}
	check_run(reading, &run, depth);
}

static void check_outline(struct source *source)
{
	_cleanup_(outline_done) struct outline outline = OUTLINE_INIT;
	struct reading reading = {.outline = &outline};
	xmlDocPtr tree = document_tree(source->data, source->size);

	CHECK(tree);
	CHECK(outline_make(source, NULL, 0, &outline) == 0);
	check_node(&reading, xmlDocGetRootElement(tree), 1);
	CHECK(reading.at == outline.n);
	xmlFreeDoc(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source = document_source(data, size);
	struct settings settings = {};

	if (check_parse(source, &settings_grammar, &settings, done) == 1) {
		check_document(source, &settings_grammar, &settings, NULL);
		check_outline(source);
	}
	source_free(source);
	return 0;
}
