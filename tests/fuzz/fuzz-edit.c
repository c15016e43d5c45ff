/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Any text as the value of an attribute, in any settings file that can be read: what is edited says
 * that value there, and nothing else is changed. The input is two records: a byte that chooses the
 * attribute, with the text behind it, and the file.
 */

#include <string.h>

#include "document.h"
#include "fuzz.h"
#include "installation/settings.h"
#include "records.h"
#include "same.h"
#include "sipisctl/proposal/element-edits.h"
#include "util/escape.h"

static const struct choice {
	const char *element, *attribute;
	enum listener_kind listener;
	enum attribute_position where;
} choices[] = {
	{"Server", "Name", LISTENER_SERVER, ATTRIBUTE_LAST},
	{"Server", "Realm", LISTENER_SERVER, ATTRIBUTE_LAST},
	{"Server", "Realm", LISTENER_SERVER, ATTRIBUTE_FIRST},
	{"Server", "Port", LISTENER_SERVER, ATTRIBUTE_FIRST},
	{"HttpServer", "Port", LISTENER_HTTP, ATTRIBUTE_LAST},
	{"HttpServer", "Other", LISTENER_HTTP, ATTRIBUTE_FIRST},
};

static const struct choice *choice;

/* The one that was edited: the first of its name below the root. */
static const xmlNode *find_edited(const xmlDoc *tree)
{
	for (const xmlNode *node = xmlDocGetRootElement(tree)->children; node; node = node->next)
		for (size_t row = 0; row < settings_grammar.n_elements; row++)
			if (node_is_element(node, &settings_grammar, row) &&
			    !strcmp((const char *)node->name, choice->element))
				return node;
	return NULL;
}

static bool is_edited(const xmlNode *element, const char *attribute)
{
	return !strcmp(attribute, choice->attribute) && element == find_edited(element->doc);
}

/* A value that can stand in a document, and reads back as it is: UTF-8 without controls. */
static bool is_plain(const char *text)
{
	size_t length = strlen(text), bytes;
	unsigned code_point;

	for (const char *at = text; length; at += bytes, length -= bytes) {
		bytes = utf8_decode(at, length, &code_point);
		if (!bytes)
			return false;
	}
	return !text_has_control(text) && !text_has_noncharacter(text);
}

/* Before and behind the tag nothing changes. */
static void check_bytes(const struct place *tag, const struct strbuf *edited)
{
	const struct source *source = tag->source;
	size_t end = tag->offset + tag->length;

	CHECK(!memcmp(edited->text, source->data, tag->offset));
	CHECK(edited->length >= tag->offset + source->size - end);
	CHECK(!memcmp(edited->text + edited->length - (source->size - end), source->data + end,
		      source->size - end));
}

static void check_edited(const struct source *source, const struct strbuf *edited, const char *text)
{
	static const struct same same = {is_edited, NULL};
	xmlDocPtr before = document_tree(source->data, source->size);
	xmlDocPtr after = document_tree(edited->text, edited->length);
	xmlChar *value;

	CHECK(before && after);
	check_same_trees(&same, before, after);
	CHECK(find_edited(after));
	value = xmlGetNoNsProp((xmlNode *)find_edited(after), (const xmlChar *)choice->attribute);
	CHECK(value && !strcmp((const char *)value, text));
	xmlFree(value);
	xmlFreeDoc(before);
	xmlFreeDoc(after);
}

/* Without the element the document still is one. */
static void check_removed(const struct place *tag)
{
	const struct source *source = tag->source;
	struct strbuf rest = STRBUF_INIT;
	struct edits edits = {};
	size_t begin = element_indentation(tag), end = element_line_end(tag);
	xmlDocPtr tree;

	CHECK(begin <= tag->offset && end >= element_end(tag) && end <= source->size);
	CHECK(edits_add(&edits, begin, end - begin, "") == 0);
	edits_apply(&edits, source->data, 0, source->size, &rest);
	CHECK(strbuf_error(&rest) == 0);
	tree = document_tree(rest.text, rest.length);
	CHECK(tree);
	xmlFreeDoc(tree);
	edits_done(&edits);
	strbuf_done(&rest);
}

static void edit(const struct place *tag, const char *text)
{
	struct strbuf edited = STRBUF_INIT;
	struct edits edits = {};

	CHECK(element_set_text(&edits, tag, choice->attribute, text, choice->where) == 0);
	CHECK(edits.n <= 1);
	edits_apply(&edits, tag->source->data, 0, tag->source->size, &edited);
	CHECK(strbuf_error(&edited) == 0);
	check_bytes(tag, &edited);
	check_edited(tag->source, &edited, text);
	edits_done(&edits);
	strbuf_done(&edited);
	check_removed(tag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record rest = {(const char *)data, size}, value, file;
	struct diagnostics diagnostics = {};
	struct settings settings = {};
	struct source *source;
	struct xml *xml = xml_new();
	char *text;

	CHECK(xml);
	if (!record_next(&rest, &value) || !value.size || !record_next(&rest, &file)) {
		xml_free(xml);
		return 0;
	}
	choice = &choices[(unsigned char)value.data[0] % ELEMENTSOF(choices)];
	text = strndup(value.data + 1, value.size - 1);
	source = document_source(file.data, file.size);
	CHECK(text);
	if (is_plain(text) &&
	    xml_parse(xml, source, &settings_grammar, &settings, &diagnostics) == 1 &&
	    settings.listeners[choice->listener].element.source)
		edit(&settings.listeners[choice->listener].element, text);
	diagnostics_done(&diagnostics);
	source_free(source);
	xml_free(xml);
	free(text);
	return 0;
}
