/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document.h"

#include <libxml/parser.h>
#include <string.h>

#include "findings.h"
#include "fuzz.h"
#include "util/pathname.h"

struct source *document_source(const void *data, size_t size)
{
	struct source *source;

	CHECK(source_new("/f", 0, &source) == 0);
	source->data = malloc(size + 1);
	CHECK(source->data);
	if (size)
		memcpy(source->data, data, size);
	source->data[size] = 0;
	source->size = size;
	return source;
}

xmlDocPtr document_tree(const void *data, size_t size)
{
	return xmlReadMemory(data, (int)size, NULL, NULL,
			     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

static const char *namespace_of(const xmlNode *node)
{
	return node->ns ? (const char *)node->ns->href : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

bool node_is_element(const xmlNode *node, const struct grammar *grammar, size_t row)
{
	const struct grammar_element *element = &grammar->elements[row];
	const xmlNode *parent = node->parent;

	if (node->type != XML_ELEMENT_NODE || !parent || parent->type != XML_ELEMENT_NODE ||
	    strcmp((const char *)node->name, element->name) != 0 ||
	    !same_text(namespace_of(node), namespace_of(parent)))
		return false;
	if (element->parent == GRAMMAR_ROOT)
		return parent->parent && parent->parent->type == XML_DOCUMENT_NODE;
	return node_is_element(parent, grammar, (size_t)element->parent);
}

/* --- values ------------------------------------------------------------------------------ */

static bool may_be_absent(enum value_type type)
{
	return type == VALUE_ADDRESS || type == VALUE_OPTIONAL_ENDPOINT;
}

static void check_text(const struct value *value, enum value_type type, const char *wanted)
{
	if (type == VALUE_PATH && !value->bad) {
		char *normalized = strdup(wanted);

		CHECK(normalized && normalized[0] == '/');
		pathname_normalize(normalized);
		CHECK(!strcmp(value->text, normalized));
		free(normalized);
		return;
	}
	CHECK(!strcmp(value->text, wanted));
}

/* In quotes that are the same on both sides. */
static void check_quotes(const struct source *source, const struct place *place)
{
	const char *data = source->data;

	CHECK(place->source == source && place->offset > 0);
	CHECK((size_t)place->offset + place->length < source->size);
	CHECK(data[place->offset - 1] == '"' || data[place->offset - 1] == '\'');
	CHECK(data[place->offset + place->length] == data[place->offset - 1]);
	CHECK(!memchr(data + place->offset, data[place->offset - 1], place->length));
}

static void check_value(const struct source *source, const struct value *value,
			const struct grammar_attribute *attribute, xmlNode *node)
{
	xmlChar *wanted = xmlGetNoNsProp(node, (const xmlChar *)attribute->name);

	if (!value->text) {
		CHECK(!wanted || (may_be_absent(attribute->type) && !*wanted));
	} else {
		CHECK(wanted);
		check_text(value, attribute->type, (const char *)wanted);
		check_quotes(source, &value->place);
	}
	xmlFree(wanted);
}

/* --- elements ---------------------------------------------------------------------------- */

struct walk {
	struct source *source;
	const struct grammar *grammar;
	void *document;
	void *(*next_record)(void *document, size_t row);
	unsigned seen[GRAMMAR_ELEMENTS_MAX];
};

static void check_element(struct walk *walk, size_t row, xmlNode *node)
{
	const struct grammar_element *element = &walk->grammar->elements[row];
	char *record = walk->document;

	if (walk->seen[row]++ && element->flags & ELEMENT_SINGLE)
		return;
	if (element->record)
		record = walk->next_record(walk->document, row);
	CHECK(record);
	for (size_t i = 0; i < element->n_attributes; i++)
		check_value(walk->source, (const void *)(record + element->attributes[i].offset),
			    &element->attributes[i], node);
}

static void check_below(struct walk *walk, xmlNode *parent, unsigned depth)
{
	for (xmlNode *node = parent->children; node && depth < 3; node = node->next)
		if (node->type == XML_ELEMENT_NODE) {
			for (size_t row = 0; row < walk->grammar->n_elements; row++)
				if (node_is_element(node, walk->grammar, row))
					check_element(walk, row, node);
			check_below(walk, node, depth + 1);
		}
}

void check_document(struct source *source, const struct grammar *grammar, void *document,
		    void *(*next_record)(void *document, size_t row))
{
	struct walk walk = {source, grammar, document, next_record, {}};
	xmlDocPtr tree = document_tree(source->data, source->size);
	xmlNode *root;

	CHECK(tree);
	CHECK(!tree->intSubset && !tree->extSubset);
	root = xmlDocGetRootElement(tree);
	CHECK(root && !strcmp((const char *)root->name, grammar->root));
	check_below(&walk, root, 1);
	xmlFreeDoc(tree);
}

/* --- parsing ----------------------------------------------------------------------------- */

static size_t errors(const struct diagnostics *diagnostics)
{
	return diagnostics_count(diagnostics, SEVERITY_ERROR);
}

static void check_same(const struct diagnostics *a, const struct diagnostics *b)
{
	CHECK(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		CHECK(a->items[i].code == b->items[i].code);
		CHECK(a->items[i].place.offset == b->items[i].place.offset);
		CHECK(a->items[i].place.length == b->items[i].place.length);
		CHECK(!strcmp(a->items[i].text, b->items[i].text));
	}
}

int check_parse(struct source *source, const struct grammar *grammar, void *document,
		void (*done)(void *document))
{
	/* One parser for all inputs: what it keeps of one must not show in the next. */
	static struct xml *xml;
	struct xml *fresh = xml_new();
	struct diagnostics diagnostics = {}, again = {};
	int r;

	if (!xml)
		xml = xml_new();
	CHECK(xml && fresh);
	r = xml_parse(fresh, source, grammar, document, &again);
	done(document);
	CHECK(xml_parse(xml, source, grammar, document, &diagnostics) == r);
	CHECK(r == 0 || r == 1);
	CHECK(r == 1 || (diagnostics.n == 1 && errors(&diagnostics) == 1));
	check_same(&diagnostics, &again);
	check_findings(&diagnostics);
	diagnostics_done(&diagnostics);
	diagnostics_done(&again);
	xml_free(fresh);
	return r;
}
