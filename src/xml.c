/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <string.h>

#include "encoding.h"
#include "escape.h"
#include "markup.h"

/*
 * Limits of our own, far beyond every real file. libxml2 has some too, but they differ between its
 * versions, and older ones compare each attribute of an element, and each namespace, with all the
 * others.
 */
#define DEPTH_MAX      200
#define ATTRIBUTES_MAX 1024
#define NAMESPACES_MAX 1024

/* Grammar rows stand at most this deep: the root's children and theirs. */
#define GRAMMAR_DEPTH_MAX 3

#define NO_ROW (-2)

/* One element that is open, as far as the grammar goes. */
struct level {
	int row;
	struct place place;
	unsigned children[GRAMMAR_ELEMENTS_MAX];
};

struct xml {
	xmlParserCtxtPtr parser;

	/* of the document at hand */
	struct source *source;
	const struct grammar *grammar;
	void *document;
	struct diagnostics *diagnostics;
	size_t n_diagnostics; /* before this document */
	const xmlChar *root_namespace;
	unsigned depth, namespaces;
	bool stopped; /* the one finding is there, the rest does not count */
	int error;    /* of our own: 0 or -ENOMEM */
	struct level levels[GRAMMAR_DEPTH_MAX + 1];
};

/* --- where the parser stands ------------------------------------------------------------------ */

static size_t consumed(struct xml *xml)
{
#ifdef HAVE_XMLCTXTGETINPUTPOSITION
	unsigned long bytes = 0;

	if (xmlCtxtGetInputPosition(xml->parser, 0, NULL, NULL, NULL, &bytes) < 0)
		return 0;
#else
	long bytes = xmlByteConsumed(xml->parser);

	if (bytes < 0)
		return 0;
#endif
	return (size_t)bytes < xml->source->size ? (size_t)bytes : xml->source->size;
}

static struct place place_at(struct xml *xml, size_t offset, size_t length)
{
	return (struct place){xml->source, (uint32_t)offset, (uint32_t)length};
}

/*
 * The start tag that the parser stands at the end of. XML forbids `<` inside attribute values, so
 * the nearest one before is where the tag begins.
 */
static struct place tag_place(struct xml *xml)
{
	size_t end = consumed(xml);
	const char *start = memrchr(xml->source->data, '<', end);
	size_t offset = start ? (size_t)(start - xml->source->data) : 0;

	return place_at(xml, offset, end - offset);
}

/* --- findings that end the reading -------------------------------------------------------------
 */

/* Only the first counts, and nothing that was found before it. */
static void stop(struct xml *xml, enum diagnostic_code code, const struct place *place,
		 const char *text)
{
	int r;

	if (xml->stopped || xml->error)
		return;
	xml->stopped = true;
	diagnostics_truncate(xml->diagnostics, xml->n_diagnostics);
	r = diagnostics_add(xml->diagnostics, code, place, NULL, "%s", text);
	if (r < 0)
		xml->error = r;
	xmlStopParser(xml->parser);
}

static void fail(struct xml *xml, int error)
{
	xml->error = error;
	xmlStopParser(xml->parser);
}

static const char *syntax_text(int code)
{
	static const struct {
		int code;
		const char *text;
	} texts[] = {
#define SYNTAX_ERROR(code, text) {code, text},
#include "syntax-errors.def"
#undef SYNTAX_ERROR
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		if (texts[i].code == code)
			return texts[i].text;
	return "this is not well-formed XML";
}

/* What stands at a place can say more than libxml2's code, which differs between its versions. */
static const char *text_at(const struct source *source, size_t offset, int code)
{
	unsigned code_point;

	if (offset == source->size && code != XML_ERR_DOCUMENT_EMPTY)
		return "the file ends too early: an element, a tag or a quote is not closed";
	if (offset < source->size &&
	    !utf8_decode(source->data + offset, source->size - offset, &code_point))
		return "bytes that are not UTF-8";
	return syntax_text(code);
}

static void stop_at_syntax_error(struct xml *xml, int code)
{
	struct place place = place_at(xml, consumed(xml), 0);

	stop(xml, DIAGNOSTIC_XML_SYNTAX, &place, text_at(xml->source, place.offset, code));
}

#if LIBXML_VERSION >= 21200
static void on_error(void *userdata, const xmlError *error)
#else
static void on_error(void *userdata, xmlErrorPtr error)
#endif
{
	struct xml *xml = userdata;

	/* What is less than fatal (namespaces, warnings) leaves a document well-formed. */
	if (error->code == XML_ERR_NO_MEMORY)
		fail(xml, -ENOMEM);
	else if (error->level == XML_ERR_FATAL)
		stop_at_syntax_error(xml, error->code);
}

static void on_doctype(void *userdata, const xmlChar *name, const xmlChar *external_id,
		       const xmlChar *system_id)
{
	static const char doctype[] = "<!DOCTYPE";
	struct xml *xml = userdata;
	const char *data = xml->source->data, *at;
	struct place place;

	/* What stands before it is comments and blanks, which the first such word may be part of.
	 */
	at = memrchr(data, '<', consumed(xml));
	while (at && at > data && strncmp(at, doctype, strlen(doctype)))
		at = memrchr(data, '<', (size_t)(at - data));
	place = place_at(xml, at ? (size_t)(at - data) : 0, strlen(doctype));
	stop(xml, DIAGNOSTIC_XML_FORBIDDEN, &place, "a DOCTYPE is not allowed in this file");
}

/* --- elements ----------------------------------------------------------------------------------
 */

static int find_row(const struct xml *xml, int parent, const xmlChar *name, const xmlChar *uri)
{
	const struct grammar *grammar = xml->grammar;

	if (!xmlStrEqual(uri, xml->root_namespace))
		return NO_ROW;
	for (size_t i = 0; i < grammar->n_elements; i++)
		if (grammar->elements[i].parent == parent &&
		    !strcmp(grammar->elements[i].name, (const char *)name))
			return (int)i;
	return NO_ROW;
}

/* The value's bytes in the file; the tag's, should they not be found. */
static struct place value_place(struct xml *xml, const struct place *tag, const char *name)
{
	struct markup_cursor cursor = {
		.at = xml->source->data + tag->offset + 1,
		.end = xml->source->data + tag->offset + tag->length,
	};
	struct markup_attribute attribute;

	markup_skip_name(&cursor);
	while (markup_next_attribute(&cursor, &attribute))
		if (attribute.name_length == strlen(name) &&
		    !memcmp(attribute.name, name, attribute.name_length))
			return place_at(xml, (size_t)(attribute.value - xml->source->data),
					attribute.value_length);
	return *tag;
}

/* The grammar names the members of a record by their offset. */
static void *member(void *record, size_t offset)
{
	return (char *)record + offset;
}

/* One attribute as SAX2 hands it over: five pointers. */
struct sax_attribute {
	const xmlChar *name, *prefix, *uri, *value, *end;
};

static const struct sax_attribute *find_attribute(const struct sax_attribute *attributes, int n,
						  const char *name)
{
	for (int i = 0; i < n; i++)
		if (!attributes[i].prefix && !strcmp((const char *)attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

static int report_missing(struct xml *xml, const struct grammar_element *element,
			  const struct grammar_attribute *attribute, const struct place *tag)
{
	if (attribute->when_missing < 0)
		return 0;
	return diagnostics_add(xml->diagnostics, (enum diagnostic_code)attribute->when_missing, tag,
			       NULL, "%s has no %s attribute", element->name, attribute->name);
}

static int read_attribute(struct xml *xml, const struct grammar_element *element,
			  const struct grammar_attribute *attribute,
			  const struct sax_attribute *given, const struct place *tag, void *record)
{
	struct value *value = member(record, attribute->offset);
	char label[128];

	value->text = strndup((const char *)given->value, (size_t)(given->end - given->value));
	if (!value->text)
		return -ENOMEM;
	value->place = value_place(xml, tag, attribute->name);
	snprintf(label, sizeof(label), "%s[%s]", element->name, attribute->name);
	return value_judge(value, attribute->type, label, xml->diagnostics);
}

static int read_element(struct xml *xml, const struct grammar_element *element,
			const struct sax_attribute *attributes, int n_attributes)
{
	struct place tag = tag_place(xml);
	void *record = xml->document;
	int r;

	if (element->record) {
		r = element->record(xml->document, &record);
		if (r < 0)
			return r;
	}
	if (element->place != GRAMMAR_NO_PLACE)
		*(struct place *)member(record, element->place) = tag;
	for (size_t i = 0; i < element->n_attributes; i++) {
		const struct grammar_attribute *attribute = &element->attributes[i];
		const struct sax_attribute *given =
			find_attribute(attributes, n_attributes, attribute->name);

		r = given ? read_attribute(xml, element, attribute, given, &tag, record)
			  : report_missing(xml, element, attribute, &tag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int open_element(struct xml *xml, const xmlChar *name, const xmlChar *uri,
			const struct sax_attribute *attributes, int n_attributes)
{
	struct level *parent = &xml->levels[xml->depth - 1], *level = &xml->levels[xml->depth];
	const struct grammar_element *element;
	struct place tag;

	*level = (struct level){.row = find_row(xml, parent->row, name, uri)};
	if (level->row == NO_ROW)
		return 0;
	element = &xml->grammar->elements[level->row];
	level->place = tag = tag_place(xml);
	if (parent->children[level->row]++ && element->flags & ELEMENT_SINGLE) {
		level->row = NO_ROW;
		return diagnostics_add(xml->diagnostics, DIAGNOSTIC_REPEATED_ELEMENT, &tag, NULL,
				       "%s stands here a second time", element->name);
	}
	return read_element(xml, element, attributes, n_attributes);
}

static bool root_is_right(const struct xml *xml, const xmlChar *name, const xmlChar *uri)
{
	if (strcmp((const char *)name, xml->grammar->root))
		return false;
	for (const char *const *known = xml->grammar->namespaces; uri && *known; known++)
		if (!strcmp((const char *)uri, *known))
			return true;
	return !uri;
}

static void open_root(struct xml *xml, const xmlChar *name, const xmlChar *uri)
{
	struct place tag = tag_place(xml);
	char text[128];

	if (!root_is_right(xml, name, uri)) {
		snprintf(text, sizeof(text), "the root element is not %s in a namespace known here",
			 xml->grammar->root);
		stop(xml, DIAGNOSTIC_ROOT_ELEMENT, &tag, text);
		return;
	}
	xml->root_namespace = uri;
	xml->levels[1] = (struct level){.row = GRAMMAR_ROOT, .place = tag};
	*(struct place *)member(xml->document, xml->grammar->root_place) = tag;
}

static void on_start(void *userdata, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int n_namespaces, const xmlChar **namespaces, int n_attributes,
		     int n_defaulted, const xmlChar **attributes)
{
	struct xml *xml = userdata;
	struct place tag;
	int r = 0;

	if (xml->stopped || xml->error)
		return;
	/* libxml2 calls a prefix that nothing declares no namespace: it is a foreign one. */
	if (prefix && !uri)
		uri = (const xmlChar *)"";
	xml->depth++;
	xml->namespaces += (unsigned)n_namespaces;
	if (xml->depth > DEPTH_MAX || xml->namespaces > NAMESPACES_MAX) {
		tag = tag_place(xml);
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &tag,
		     xml->depth > DEPTH_MAX ? "elements are nested more than 200 deep"
					    : "there are more than 1024 namespace declarations");
	} else if (xml->depth == 1)
		open_root(xml, name, uri);
	else if (xml->depth <= GRAMMAR_DEPTH_MAX && xml->levels[xml->depth - 1].row != NO_ROW)
		r = open_element(xml, name, uri, (const struct sax_attribute *)attributes,
				 n_attributes);
	else if (xml->depth <= GRAMMAR_DEPTH_MAX)
		xml->levels[xml->depth].row = NO_ROW;
	if (r < 0)
		fail(xml, r);
}

/* What the element that closes should have had, and had not. */
static int report_missing_children(struct xml *xml, const struct level *level)
{
	const struct grammar *grammar = xml->grammar;
	const char *parent =
		level->row == GRAMMAR_ROOT ? grammar->root : grammar->elements[level->row].name;

	for (size_t i = 0; i < grammar->n_elements; i++) {
		const struct grammar_element *element = &grammar->elements[i];
		int r;

		if (element->parent != level->row || level->children[i] ||
		    !(element->flags & ELEMENT_REQUIRED))
			continue;
		r = diagnostics_add(xml->diagnostics, DIAGNOSTIC_MISSING_ELEMENT, &level->place,
				    NULL, "%s has no %s element", parent, element->name);
		if (r < 0)
			return r;
	}
	return 0;
}

static void on_end(void *userdata, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *xml = userdata;
	int r = 0;

	if (xml->stopped || xml->error)
		return;
	if (xml->depth <= GRAMMAR_DEPTH_MAX && xml->levels[xml->depth].row != NO_ROW)
		r = report_missing_children(xml, &xml->levels[xml->depth]);
	xml->depth--;
	if (r < 0)
		fail(xml, r);
}

/* --- what the bytes alone say -------------------------------------------------------------------
 */

static void judge_bytes(struct xml *xml)
{
	const struct source *source = xml->source;
	struct place place = place_at(xml, 0, 0);
	const char *fault, *at;
	size_t length;

	fault = encoding_fault(source->data, source->size, &at, &length);
	if (fault) {
		place = place_at(xml, (size_t)(at - source->data), length);
		stop(xml, DIAGNOSTIC_XML_FORBIDDEN, &place, fault);
		return;
	}
	/* Asked before libxml2 sees it, whose older versions take the square of the time. */
	at = markup_find_crowded_tag(source->data, source->size, ATTRIBUTES_MAX);
	if (at) {
		place = place_at(xml, (size_t)(at - source->data), 1);
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &place,
		     "an element has more than 1024 attributes");
	}
}

/* --- the parser ----------------------------------------------------------------------------------
 */

/* libxml2 reports a lack of memory outside a document here, and by default on standard error. */
static void say_nothing(void *context, const char *format, ...)
{
}

struct xml *xml_new(void)
{
	_cleanup_(xml_freep) struct xml *xml = calloc(1, sizeof(*xml));

	if (!xml)
		return NULL;
	xml->parser = xmlNewParserCtxt();
	if (!xml->parser)
		return NULL;
	*xml->parser->sax = (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = on_doctype,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.serror = on_error,
	};
	xml->parser->userData = xml;
	xmlSetGenericErrorFunc(NULL, say_nothing);
	return TAKE_PTR(xml);
}

void xml_free(struct xml *xml)
{
	if (xml->parser)
		xmlFreeParserCtxt(xml->parser);
	free(xml);
}

static void begin(struct xml *xml, struct source *source, const struct grammar *grammar,
		  void *document, struct diagnostics *diagnostics)
{
	*xml = (struct xml){
		.parser = xml->parser,
		.source = source,
		.grammar = grammar,
		.document = document,
		.diagnostics = diagnostics,
		.n_diagnostics = diagnostics->n,
	};
}

int xml_parse(struct xml *xml, struct source *source, const struct grammar *grammar, void *document,
	      struct diagnostics *diagnostics)
{
	struct place start;

	begin(xml, source, grammar, document, diagnostics);
	start = place_at(xml, 0, 0);
	judge_bytes(xml);
	if (!source->size) /* libxml2 has no parser for nothing */
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &start, syntax_text(XML_ERR_DOCUMENT_EMPTY));
	if (!xml->stopped && !xml->error)
		xmlFreeDoc(xmlCtxtReadMemory(
			xml->parser, source->data, (int)source->size, NULL, NULL,
			XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC | XML_PARSE_NONET));
	if (!xml->error && xml->parser->errNo == XML_ERR_NO_MEMORY)
		xml->error = -ENOMEM;
	if (!xml->stopped && !xml->error && !xml->parser->wellFormed)
		stop_at_syntax_error(xml, xml->parser->errNo);
	/* libxml2 2.9 begins no document, and says nothing, when it has no memory for its input. */
	if (!xml->stopped && !xml->error && !xml->levels[1].place.source)
		xml->error = -ENOMEM;
	if (xml->error)
		return xml->error;
	return !xml->stopped;
}
