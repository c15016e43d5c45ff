/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/xml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <string.h>

#include "document/encoding.h"
#include "document/grammar-reader.h"
#include "document/markup.h"
#include "util/escape.h"

/*
 * Limits of our own, far beyond every real file. libxml2 has some too, but they differ between its
 * versions, and older ones compare each attribute of an element, and each namespace, with all the
 * others.
 */
#define DEPTH_MAX      200
#define ATTRIBUTES_MAX 1024
#define NAMESPACES_MAX 1024

/* Of the strings that a parser remembers: then another one takes over. */
#define DICTIONARY_SIZE_MAX ((size_t)1024 * 1024)

struct xml {
	xmlParserCtxtPtr parser;

	/* of the document at hand */
	struct source *source;
	struct diagnostics *diagnostics;
	size_t n_diagnostics; /* before this document */
	struct fill fill;
	unsigned namespaces;
	size_t end;   /* behind the root element; 0: it has not ended */
	bool stopped; /* the one finding is there, the rest does not count */
	int error;    /* of our own: 0 or -ENOMEM */
};

/* --- where the parser stands ------------------------------------------------------------- */

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

/* --- findings that end the reading ------------------------------------------------------- */

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

/* What stands at a place can say more than libxml2's code, which differs between its versions. */
static const char *text_at(const struct source *source, size_t offset, int code)
{
	unsigned code_point = 0;

	if (offset == source->size && code != XML_ERR_DOCUMENT_EMPTY)
		return "the file ends too early: an element, a tag or a quote is not closed";
	if (offset < source->size &&
	    !utf8_decode(source->data + offset, source->size - offset, &code_point))
		return "bytes that are not UTF-8";
	if (offset < source->size && !is_xml_character(code_point))
		return syntax_text(XML_ERR_INVALID_CHAR);
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

/* True: there is one, and reading ends. */
static bool stop_at_doctype(struct xml *xml)
{
	const char *at = markup_find_doctype(xml->source->data, xml->source->size);
	struct place place = place_at(xml, at ? (size_t)(at - xml->source->data) : 0, 0);

	if (at)
		stop(xml, DIAGNOSTIC_XML_FORBIDDEN, &place,
		     "a DOCTYPE is not allowed in this file");
	return at != NULL;
}

/* Should libxml2 find one that we did not: no entity is ever read. */
static void on_doctype(void *userdata, const xmlChar *name, const xmlChar *external_id,
		       const xmlChar *system_id)
{
	struct xml *xml = userdata;

	if (!stop_at_doctype(xml))
		stop_at_syntax_error(xml, XML_ERR_DOCTYPE_NOT_FINISHED);
}

/* --- elements ---------------------------------------------------------------------------- */

static void open_element(struct xml *xml, const struct fill_attribute *attributes, size_t n)
{
	struct place tag = tag_place(xml);
	char text[128];
	int r = fill_element(&xml->fill, &tag, attributes, n);

	if (r < 0)
		fail(xml, r);
	else if (r == FILL_WRONG_ROOT) {
		snprintf(text, sizeof(text), "the root element is not %s in a namespace known here",
			 xml->fill.grammar->root);
		stop(xml, DIAGNOSTIC_ROOT_ELEMENT, &tag, text);
	}
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
	/* libxml2 calls a prefix that nothing declares no namespace: it is a foreign one. */
	if (prefix && !uri)
		uri = (const xmlChar *)"";
	wanted = fill_enter(&xml->fill, (const char *)name, (const char *)uri);
	xml->namespaces += (unsigned)n_namespaces;
	if (xml->fill.depth > DEPTH_MAX || xml->namespaces > NAMESPACES_MAX) {
		tag = tag_place(xml);
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &tag,
		     xml->fill.depth > DEPTH_MAX
			     ? "elements are nested more than 200 deep"
			     : "there are more than 1024 namespace declarations");
	} else if (wanted)
		/* five pointers an attribute, as SAX2 hands them over */
		open_element(xml, (const struct fill_attribute *)attributes, (size_t)n_attributes);
}

static void on_end(void *userdata, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *xml = userdata;
	int r;

	if (xml->stopped || xml->error)
		return;
	r = fill_leave(&xml->fill);
	if (!xml->fill.depth)
		xml->end = consumed(xml);
	if (r < 0)
		fail(xml, r);
}

/* --- what the bytes alone say ------------------------------------------------------------ */

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
	if (stop_at_doctype(xml))
		return;
	/* Asked before libxml2 sees it, whose older versions take the square of the time. */
	at = markup_find_crowded_tag(source->data, source->size, ATTRIBUTES_MAX);
	if (at) {
		place = place_at(xml, (size_t)(at - source->data), 1);
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &place,
		     "an element has more than 1024 attributes");
	}
}

/* --- the parser -------------------------------------------------------------------------- */

/* libxml2 reports a lack of memory outside a document here, and by default on standard error. */
static void say_nothing(void *context, const char *format, ...)
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

	xmlSetGenericErrorFunc(NULL, say_nothing);
	if (!xml || renew_parser(xml) < 0)
		return NULL;
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
		.diagnostics = diagnostics,
		.n_diagnostics = diagnostics->n,
		.fill =
			{
                               .source = source,
                               .grammar = grammar,
                               .document = document,
                               .diagnostics = diagnostics,
			       },
	};
}

/*
 * Nothing but blanks, comments and processing instructions may follow the root. libxml2 asks too,
 * but 2.9 takes a NUL byte for the end of the file, and 2.15 asks only where nothing was wrong.
 */
static void judge_tail(struct xml *xml)
{
	const struct source *source = xml->source;
	const char *tail = markup_skip_misc(source->data + xml->end, source->size - xml->end);
	struct place place = place_at(xml, (size_t)(tail - source->data), 0);

	if (place.offset < source->size)
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &place,
		     text_at(source, place.offset, XML_ERR_DOCUMENT_END));
}

static void parse(struct xml *xml)
{
	const struct source *source = xml->source;

	/* As a string, which older versions read where it stands: they copy what has a length. */
	xmlFreeDoc(xmlCtxtReadDoc(xml->parser, (const xmlChar *)source->data, NULL, NULL,
				  XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC | XML_PARSE_NONET));
	if (xml->stopped || xml->error)
		return;
	/* libxml2 2.9 begins nothing, and says nothing, without memory for its input. */
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
	struct place start;

	/* libxml2 2.9 gives up where the names of all documents together reach 10 MB. */
	if (xmlDictGetUsage(xml->parser->dict) > DICTIONARY_SIZE_MAX && renew_parser(xml) < 0)
		return -ENOMEM;
	begin(xml, source, grammar, document, diagnostics);
	start = place_at(xml, 0, 0);
	judge_bytes(xml);
	if (!source->size) /* libxml2 has no parser for nothing */
		stop(xml, DIAGNOSTIC_XML_SYNTAX, &start, syntax_text(XML_ERR_DOCUMENT_EMPTY));
	if (!xml->stopped && !xml->error)
		parse(xml);
	if (xml->error)
		return xml->error;
	return !xml->stopped;
}
