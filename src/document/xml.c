/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/xml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <stdio.h>
#include <string.h>

#include "document/encoding.h"
#include "document/grammar-reader.h"
#include "document/markup.h"
#include "util/ascii.h"
#include "util/escape.h"

/*
 * Limits far above any real file. Those of libxml2 differ between versions, and older versions take
 * quadratic time for the attributes of an element and for namespaces.
 */
#define DEPTH_MAX      200
#define ATTRIBUTES_MAX 1024
#define NAMESPACES_MAX 1024

/* Bytes of names that a parser keeps; above this, the next document gets a new parser. */
#define DICTIONARY_SIZE_MAX ((size_t)1024 * 1024)

struct xml {
	xmlParserCtxtPtr parser;

	/* of the current document */
	struct source *source;
	struct diagnostics *diagnostics;
	size_t n_diagnostics; /* number before this document */
	struct grammar_reader reader;
	unsigned namespaces;
	size_t end;   /* offset of the end of the root element; 0: it has not ended */
	bool stopped; /* the one finding was added: ignore the rest of the document */
	int error;    /* 0 or -ENOMEM */
};

/* --- places ------------------------------------------------------------------------------ */

/* Return the offset up to which the parser has read. */
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
 * Return the place of the start tag whose end the parser has reached. XML forbids `<` inside
 * attribute values, so the tag begins at the last `<` before.
 */
static struct place tag_place(struct xml *xml)
{
	size_t end = consumed(xml);
	const char *start = memrchr(xml->source->data, '<', end);
	size_t offset = start ? (size_t)(start - xml->source->data) : 0;

	return place_at(xml, offset, end - offset);
}

/* --- findings that stop the parser ------------------------------------------------------- */

/* Report a finding and stop the parser. Drops all earlier findings of the document; later ones are
 * ignored. */
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
#define SYNTAX_ERROR(error, message) {.code = error, .text = message},
#include "document/syntax-errors.def"
#undef SYNTAX_ERROR
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		if (texts[i].code == code)
			return texts[i].text;
	return "this is not well-formed XML";
}

static bool is_xml_character(unsigned code_point)
{
	return code_point == '\t' || code_point == '\n' || code_point == '\r' ||
	       (code_point >= 0x20 && code_point != 0xfffe && code_point != 0xffff);
}

/* Return true for the errors that keep their text where the file ends. */
static bool is_about_the_end(int code)
{
	return code == XML_ERR_DOCUMENT_EMPTY || code == XML_ERR_TAG_NAME_MISMATCH ||
	       code == XML_ERR_COMMENT_NOT_FINISHED || code == XML_ERR_PI_NOT_FINISHED ||
	       code == XML_ERR_CDATA_NOT_FINISHED;
}

/* Return true if the parser expected an attribute or the end of a tag. */
static bool is_inside_tag(const struct source *source, size_t offset, int code)
{
	return code == XML_ERR_SPACE_REQUIRED || (code == XML_ERR_NAME_REQUIRED && offset &&
						  !strchr("<&/", source->data[offset - 1]));
}

/*
 * Return true if the place is the `>` of an XML declaration that lacks the `?`: libxml2 2.15
 * expects a blank there.
 */
static bool is_unfinished_declaration(const struct source *source, size_t offset)
{
	static const char declaration[] = "<?xml";
	const char *start = memrchr(source->data, '<', offset);

	return source->data[offset] == '>' && start &&
	       offset - (size_t)(start - source->data) > strlen(declaration) &&
	       !memcmp(start, declaration, strlen(declaration)) && strchr(" \t\r\n", start[5]);
}

/* Return the text of a syntax error. The byte at its place comes first: the code differs between
 * versions of libxml2. */
static const char *syntax_text_at(const struct source *source, size_t offset, int code)
{
	const char *at = source->data + offset;
	unsigned code_point = 0;

	if (!source->size)
		return "the file is empty (0 bytes)";
	if (offset == source->size)
		return is_about_the_end(code)
			       ? syntax_text(code)
			       : "the file ends too early: a quote, a tag or an element is not "
				 "closed";
	if (utf8_decode(at, source->size - offset, &code_point) && !is_xml_character(code_point))
		return syntax_text(XML_ERR_INVALID_CHAR);
	if (code == XML_ERR_DOCUMENT_EMPTY && memchr(at, '<', source->size - offset))
		return "something comes before the first element: remove it";
	if (*at == '<' && is_inside_tag(source, offset, code))
		return syntax_text(XML_ERR_GT_REQUIRED);
	if (is_unfinished_declaration(source, offset))
		return syntax_text(XML_ERR_XMLDECL_NOT_FINISHED);
	return syntax_text(code);
}

/* The longest character of UTF-8: libxml2 stops at its beginning, or somewhere inside. */
#define UTF8_LENGTH_MAX 4

static void stop_at_offset(struct xml *xml, size_t offset, int code)
{
	struct place place = place_at(xml, offset, 0);
	struct encoding_fault fault;

	if (encoding_find_bad_byte(xml->source, offset + UTF8_LENGTH_MAX, &fault) ||
	    encoding_find_control(xml->source, offset, &fault))
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &fault.place, fault.text);
	else
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &place, syntax_text_at(xml->source, offset, code));
}

static void stop_at_syntax_error(struct xml *xml, int code)
{
	stop_at_offset(xml, consumed(xml), code);
}

#if LIBXML_VERSION >= 21200
static void on_error(void *userdata, const xmlError *error)
#else
static void on_error(void *userdata, xmlErrorPtr error)
#endif
{
	struct xml *xml = userdata;

	/* A document with lesser errors (namespaces, warnings) is well-formed. */
	if (error->code == XML_ERR_NO_MEMORY)
		fail(xml, -ENOMEM);
	else if (error->level == XML_ERR_FATAL)
		stop_at_syntax_error(xml, error->code);
}

/* Stop at a DOCTYPE. Return false if there is none. */
static bool stop_at_doctype(struct xml *xml)
{
	const char *at = markup_find_doctype(xml->source->data, xml->source->size);
	struct place place = place_at(xml, at ? (size_t)(at - xml->source->data) : 0, 0);

	if (at)
		stop(xml, DIAGNOSTIC_XML_FORBIDDEN, &place,
		     "a DOCTYPE is not allowed in this file: remove it");
	return at != NULL;
}

/* Stop at a DOCTYPE that markup_find_doctype() did not see: no entity is ever read. */
static void on_doctype(void *userdata, const xmlChar *name, const xmlChar *external_id,
		       const xmlChar *system_id)
{
	struct xml *xml = userdata;

	if (!stop_at_doctype(xml))
		stop_at_syntax_error(xml, XML_ERR_DOCTYPE_NOT_FINISHED);
}

/* --- elements ---------------------------------------------------------------------------- */

/* Return the name if it can be shown: any other may be a part of a password. */
static const char *known_root(const char *name)
{
	static const char *const names[] = {"Sipis", "LoadBalancer2", "Server", "Backend"};

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (ascii_equal(name, names[i]))
			return name;
	return NULL;
}

static void stop_at_root(struct xml *xml, const struct place *tag)
{
	const struct grammar *grammar = xml->reader.grammar;
	const char *name = xml->reader.root_name, *known = known_root(name);
	char text[128];

	if (strcmp(name, grammar->root) != 0)
		(void)snprintf(text, sizeof(text), "the root element is %s%snot %s%s",
			       known ? known : "", known ? ", " : "", grammar->root,
			       ascii_equal(name, grammar->root) ? ""
								: ": this is another kind of file");
	else
		(void)snprintf(text, sizeof(text),
			       "the root element %s is in an unknown namespace: use %s%snone",
			       grammar->root, grammar->namespaces[0] ? grammar->namespaces[0] : "",
			       grammar->namespaces[0] ? " or " : "");
	stop(xml, DIAGNOSTIC_ROOT_ELEMENT, tag, text);
}

static void open_element(struct xml *xml, const struct grammar_reader_attribute *attributes,
			 size_t n)
{
	struct place tag = tag_place(xml);
	int r;

	r = grammar_reader_element(&xml->reader, &tag, attributes, n);
	if (r < 0)
		fail(xml, r);
	else if (r == GRAMMAR_READER_WRONG_ROOT)
		stop_at_root(xml, &tag);
}

static void on_start(void *userdata, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int n_namespaces, const xmlChar **namespaces, int n_attributes,
		     int n_defaulted, const xmlChar **attributes)
{
	struct xml *xml = userdata;
	struct place tag;
	bool wanted;

	if (xml->stopped || xml->error)
		return;
	/* libxml2 passes an undeclared prefix without a namespace: treat it as a foreign one. */
	if (prefix && !uri)
		uri = (const xmlChar *)"";
	wanted = grammar_reader_enter(&xml->reader, (const char *)name, (const char *)uri);
	xml->namespaces += (unsigned)n_namespaces;
	if (xml->reader.depth > DEPTH_MAX || xml->namespaces > NAMESPACES_MAX) {
		tag = tag_place(xml);
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &tag,
		     xml->reader.depth > DEPTH_MAX
			     ? "elements are nested more than 200 deep"
			     : "there are more than 1024 namespace declarations");
	} else if (wanted)
		/* SAX2 passes five pointers for each attribute */
		open_element(xml, (const struct grammar_reader_attribute *)attributes,
			     (size_t)n_attributes);
}

static void on_end(void *userdata, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *xml = userdata;
	int r;

	if (xml->stopped || xml->error)
		return;
	r = grammar_reader_leave(&xml->reader);
	if (!xml->reader.depth)
		xml->end = consumed(xml);
	if (r < 0)
		fail(xml, r);
}

/* --- checks of the bytes ----------------------------------------------------------------- */

static void judge_bytes(struct xml *xml)
{
	const struct source *source = xml->source;
	struct encoding_fault fault;
	struct place place;
	const char *at;

	if (encoding_find_fault(xml->source, &fault)) {
		stop(xml, DIAGNOSTIC_XML_FORBIDDEN, &fault.place, fault.text);
		return;
	}
	if (stop_at_doctype(xml))
		return;
	/* Checked first, as older versions of libxml2 take quadratic time for it. */
	at = markup_find_crowded_tag(source->data, source->size, ATTRIBUTES_MAX);
	if (at) {
		place = place_at(xml, (size_t)(at - source->data), 1);
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &place,
		     "an element has more than 1024 attributes");
	}
}

/* --- the parser -------------------------------------------------------------------------- */

/* Ignore a message: by default libxml2 prints OOM outside of a document to standard error. */
static void ignore_message(void *context, const char *format, ...)
{
}

static int renew_parser(struct xml *xml)
{
	if (xml->parser)
		xmlFreeParserCtxt(xml->parser);
	xml->parser = xmlNewParserCtxt();
	if (!xml->parser)
		return -ENOMEM;
	*xml->parser->sax = (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = on_doctype,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.serror = on_error,
	};
	xml->parser->userData = xml;
	return 0;
}

struct xml *xml_new(void)
{
	_cleanup_(xml_freep) struct xml *xml = calloc(1, sizeof(*xml));

	if (!xml)
		return NULL;
#ifdef HAVE_XMLCHECKTHREADLOCALSTORAGE
	/* Otherwise libxml2 ends the program when it has no memory for its global variables. */
	if (xmlCheckThreadLocalStorage() != 0)
		return NULL;
#endif

	xmlSetGenericErrorFunc(NULL, ignore_message);
	if (renew_parser(xml) < 0)
		return NULL;
	return TAKE_PTR(xml);
}

void xml_free(struct xml *xml)
{
	if (!xml)
		return;

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
		.diagnostics = diagnostics,
		.n_diagnostics = diagnostics->n,
		.reader =
			{
				.source = source,
				.grammar = grammar,
				.document = document,
				.diagnostics = diagnostics,
			},
	};
}

/*
 * Accept only blanks, comments and processing instructions after the root. libxml2 checks this too,
 * but 2.9 takes a NUL byte for the end of the file, and 2.15 checks only if it found no error
 * before.
 */
static void judge_tail(struct xml *xml)
{
	const struct source *source = xml->source;
	const char *tail = markup_skip_misc(source->data + xml->end, source->size - xml->end);
	size_t offset = (size_t)(tail - source->data);

	if (offset < source->size)
		stop_at_offset(xml, offset, XML_ERR_DOCUMENT_END);
}

static void parse(struct xml *xml)
{
	const struct source *source = xml->source;

	/* Pass a string: older versions of libxml2 copy a buffer that has a length. */
	xmlFreeDoc(xmlCtxtReadDoc(xml->parser, (const xmlChar *)source->data, NULL, NULL,
				  XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC | XML_PARSE_NONET));
	if (xml->stopped || xml->error)
		return;
	/* On OOM for its input, libxml2 2.9 reports nothing and calls no handler. */
	if (xml->parser->errNo == XML_ERR_NO_MEMORY || (xml->parser->wellFormed && !xml->end))
		xml->error = -ENOMEM;
	else if (!xml->parser->wellFormed)
		stop_at_syntax_error(xml, xml->parser->errNo);
	else
		judge_tail(xml);
}

int xml_parse(struct xml *xml, struct source *source, const struct grammar *grammar, void *document,
	      struct diagnostics *diagnostics)
{
	/* libxml2 2.9 fails when the names of all documents together reach 10 MB. */
	if (xmlDictGetUsage(xml->parser->dict) > DICTIONARY_SIZE_MAX && renew_parser(xml) < 0)
		return -ENOMEM;
	begin(xml, source, grammar, document, diagnostics);
	judge_bytes(xml);
	if (!source->size) /* libxml2 cannot parse an empty buffer */
		stop_at_offset(xml, 0, XML_ERR_DOCUMENT_EMPTY);
	if (!xml->stopped && !xml->error)
		parse(xml);
	if (xml->error)
		return xml->error;
	return !xml->stopped;
}
