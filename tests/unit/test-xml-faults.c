/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "helper-xml.h"

/* A document with everything that the format and XML know. */
static const char everything[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='yes'?>\r\n<!-- a > b -->\n<?pi x?>\n"
	"<s:Sipis xmlns:s='" SETTINGS_NAMESPACE "' xmlns='urn:x'>\n"
	"\t<s:Server Name=\"S\xc3\xbc&amp;&#x1F600;\" Port='14998' Address='[::1]' x='&lt;>'/>\n"
	"\t<s:HttpServer\r\n\t\tPort = '5000'>t\xe2\x82\xacxt &quot;<b/></s:HttpServer>\n"
	"\t<![CDATA[<s:Server ]] >]]><s:Lock FileName='/run/sipis/1.lock'></s:Lock >\n"
	"\t<s:Log FileName='/var/log/sipis/1.log'/><!-- - -->\n</s:Sipis>";

/* After whatever document the parser last had: the next one is read as if it were the first. */
static void assert_parser_still_works(struct xml *xml)
{
	struct parsed parsed = parse_text(xml, GOOD_SETTINGS);

	assert_int_equal(parsed.r, 1);
	assert_findings(&parsed.diagnostics, "");
	assert_string_equal(parsed.settings.name.text, "Sipis1");
	assert_int_equal(parsed.settings.listeners[LISTENER_HTTP].port.place.offset,
			 strstr(GOOD_SETTINGS, "5000") - GOOD_SETTINGS);
	assert_string_equal(parsed.settings.sinks[SINK_LOG].path.text, "/var/log/sipis/1.log");
	parsed_done(&parsed);
}

/* The document has one fault, which ends the reading. Gives its offset. */
static size_t assert_refused(struct xml *xml, const void *bytes, size_t size, const char *codes)
{
	struct parsed parsed = parse_bytes(xml, bytes, size);
	uint32_t offset;

	if (parsed.r != 0 || parsed.diagnostics.n != 1)
		fail_msg("%d, %zu findings: %.200s", parsed.r, parsed.diagnostics.n,
			 (const char *)bytes);
	if (!strstr(codes, diagnostic_code_name(parsed.diagnostics.items[0].code)))
		fail_msg("%s: %.200s", diagnostic_code_name(parsed.diagnostics.items[0].code),
			 (const char *)bytes);
	offset = parsed.diagnostics.items[0].place.offset;
	assert_ptr_equal(parsed.diagnostics.items[0].place.source, parsed.source);
	assert_true(offset <= size);
	parsed_done(&parsed);
	return offset;
}

static size_t assert_text_refused(struct xml *xml, const char *text, const char *code)
{
	size_t offset = assert_refused(xml, text, strlen(text), code);

	assert_parser_still_works(xml);
	return offset;
}

/* The fault is found at the first `marker`. */
static void assert_refused_at(struct xml *xml, const char *text, const char *code,
			      const char *marker)
{
	size_t offset = assert_text_refused(xml, text, code);

	if (offset != (size_t)(strstr(text, marker) - text))
		fail_msg("found at %zu: %.200s", offset, text);
}

static void a_document_that_is_not_well_formed_is_refused(void **state)
{
	static const char *const documents[] = {
		"",
		" ",
		"\n",
		"\xef\xbb\xbf",
		"text",
		"<",
		"<>",
		"<!",
		"<Sipis",
		"<Sipis>",
		"</Sipis>",
		"<Sipis></Sipi>",
		"<Sipis/><Sipis/>",
		"<Sipis/>text",
		"text<Sipis/>",
		" <?xml version='1.0'?><Sipis/>",
		"<?xml?><Sipis/>",
		"<?xml encoding='UTF-8'?><Sipis/>",
		"<?xml version='1.0' encoding='UTF-8'",
		"<Sipis><a b=c/></Sipis>",
		"<Sipis><a b/></Sipis>",
		"<Sipis><a b='1' b='2'/></Sipis>",
		"<Sipis><a b='<'/></Sipis>",
		"<Sipis><a b='1'c='2'/></Sipis>",
		"<Sipis><a b='&'/></Sipis>",
		"<Sipis>&unknown;</Sipis>",
		"<Sipis>&amp</Sipis>",
		"<Sipis>&#0;</Sipis>",
		"<Sipis>&#xd800;</Sipis>",
		"<Sipis>&#x;</Sipis>",
		"<Sipis>&#1;</Sipis>",
		"<Sipis>\x01</Sipis>",
		"<Sipis a='\x1f'/>",
		"<Sipis><!-- -- --></Sipis>",
		"<Sipis><!-- </Sipis>",
		"<Sipis><![CDATA[</Sipis>",
		"<Sipis>]]></Sipis>",
		"<Sipis><? x?></Sipis>",
		"<Sipis><1/></Sipis>",
		"<Sipis>\xef\xbf\xbf</Sipis>",
		"<!doctype Sipis><Sipis/>",
		"<Sipis/><!-- ",
		"<Sipis a='x'",
	};

	for (size_t i = 0; i < ELEMENTSOF(documents); i++)
		assert_text_refused(*state, documents[i], "xml-syntax");
}

static void a_doctype_is_refused_at_its_first_byte(void **state)
{
	static const char *const documents[] = {
		"<!DOCTYPE Sipis><Sipis/>",
		"<?xml version='1.0'?>\n <!DOCTYPE Sipis SYSTEM 'http://localhost/x.dtd'><Sipis/>",
		"\xef\xbb\xbf<!DOCTYPE Sipis PUBLIC '-//x' '/etc/passwd'><Sipis/>",
		"<!DOCTYPE Sipis [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><Sipis>&b;</Sipis>",
		"<!DOCTYPE Sipis [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Sipis>&x;</Sipis>",
		"<!DOCTYPE Sipis SYSTEM '<!DOCTYPE'><Sipis/>",
		"<!DOCTYPE Sipis SYSTEM 'a'\n[<!ELEMENT Sipis ANY>]\n><Sipis/>",
	};

	for (size_t i = 0; i < ELEMENTSOF(documents); i++)
		assert_refused_at(*state, documents[i], "xml-forbidden", "<!DOCTYPE");
	assert_int_equal(
		assert_text_refused(*state, "<!-- <!DOCTYPE --><!DOCTYPE a><a/>", "xml-forbidden"),
		18);
}

static void another_declared_encoding_is_refused_at_its_name(void **state)
{
	static const char *const names[] = {
		"ISO-8859-1", "latin1", "UTF-16", "UTF88",         "windows-1252",    "UTF-7",
		"UTF-8x",     "UTF",    "ASCII7", "ascii\xc4\xb1", "UTF-\xef\xbc\x98"};

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		struct strbuf document = STRBUF_INIT;

		strbuf_appendf(&document, "<?xml version='1.0' encoding='%s'?><Sipis/>", names[i]);
		assert_refused_at(*state, document.text, "xml-forbidden", names[i]);
		strbuf_truncate(&document, 0);
		strbuf_appendf(&document,
			       "\xef\xbb\xbf<?xml version=\"1.0\"\n encoding = \"%s\" ?>",
			       names[i]);
		assert_refused_at(*state, document.text, "xml-forbidden", names[i]);
		strbuf_done(&document);
	}
}

static void another_encoding_is_detected_from_the_first_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
		{"\xff\xfe<\0a\0/\0>\0", 10},
		{"\xfe\xff\0<\0a\0/\0>", 10},
		{"<\0a\0/\0>\0", 8},
		{"\0<\0a\0/\0>", 8},
		{"\xff\xfe\0\0<\0\0\0", 8},
		{"\0\0\xfe\xff\0\0\0<", 8},
		{"<\0\0\0a\0\0\0", 8},
		{"\0\0\0<\0\0\0a", 8},
		{"\x4c\x6f\xa7\x94\x93\x40", 6},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		assert_int_equal(
			assert_refused(*state, cases[i].bytes, cases[i].size, "xml-forbidden"), 0);
		assert_parser_still_works(*state);
	}
}

static void another_root_is_refused_at_its_first_byte(void **state)
{
	static const char *const documents[] = {
		"<LoadBalancer2/>",
		"\n<sipis/>",
		"<!-- c --><Sipis2/>",
		"<Sipis xmlns='urn:other'/>",
		"<Sipis xmlns='" SETTINGS_NAMESPACE "/'/>",
		"<x:Sipis xmlns:x='urn:other'/>",
		"<Other><Sipis>" GOOD_SERVER "</Sipis></Other>",
		"<Other><not-well-formed</Other>",
	};

	for (size_t i = 0; i < ELEMENTSOF(documents); i++) {
		const char *root = strstr(documents[i], "<!--") ? "<Sipis2" : "<";

		assert_refused_at(*state, documents[i], "root-element", root);
	}
}

static void an_xml_error_is_the_only_finding_of_its_document(void **state)
{
	static const char document[] = "<Sipis><Server Name='' Port='x'/><Server/><a></Sipis>";
	struct diagnostics diagnostics = {};
	struct source *source = source_of("f", 1, document, strlen(document));
	struct settings settings = {};
	struct place earlier = place_in(source, 3);

	diagnostics_add(&diagnostics, DIAGNOSTIC_BAD_NAME, &earlier, NULL, "of another document");
	assert_int_equal(xml_parse(*state, source, &settings_grammar, &settings, &diagnostics), 0);
	assert_int_equal(diagnostics.n, 2);
	assert_string_equal(diagnostics.items[0].text, "of another document");
	assert_int_equal(diagnostics.items[1].code, DIAGNOSTIC_XML_SYNTAX);
	diagnostics_done(&diagnostics);
	source_free(source);
}

/* --- every byte -------------------------------------------------------------------------- */

/* A root element whose name is cut is another one. */
static void a_document_cut_before_the_end_of_its_root_is_refused(void **state)
{
	assert_int_equal(assert_refused(*state, everything, 0, "xml-syntax"), 0);
	for (size_t size = 1; size < sizeof(everything) - 1; size++)
		assert_refused(*state, everything, size, "xml-syntax root-element");
	for (size_t size = 1; size < strlen(GOOD_SETTINGS); size++)
		assert_refused(*state, GOOD_SETTINGS, size, "xml-syntax root-element");
	assert_parser_still_works(*state);
}

static void a_document_with_all_kinds_of_markup_is_accepted(void **state)
{
	struct parsed parsed = parse_text(*state, everything);

	assert_int_equal(parsed.r, 1);
	assert_findings(&parsed.diagnostics, "");
	assert_string_equal(parsed.settings.name.text, "S\xc3\xbc&\xf0\x9f\x98\x80");
	parsed_done(&parsed);
}

/* Also behind the root element, in comments and in values that nobody looks at. */
static void a_byte_that_xml_forbids_is_refused_everywhere(void **state)
{
	static const unsigned char forbidden[] = {0x00, 0x01, 0x1f, 0x80, 0xc0, 0xff};
	char document[sizeof(everything) + 8];

	for (size_t i = 0; i < sizeof(forbidden); i++)
		for (size_t at = 0; at <= sizeof(everything); at++) {
			/* 0x80 in place of another continuation byte is another character. */
			if (forbidden[i] == 0x80 && at < sizeof(everything) &&
			    (unsigned char)everything[at] >= 0x80)
				continue;
			memcpy(document, everything, sizeof(everything) - 1);
			strcpy(document + sizeof(everything) - 1, "\n\n");
			document[at] = (char)forbidden[i];
			assert_refused(*state, document, sizeof(everything) + 1,
				       "xml-syntax xml-forbidden root-element");
		}
	assert_parser_still_works(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_that_is_not_well_formed_is_refused),
		cmocka_unit_test(a_doctype_is_refused_at_its_first_byte),
		cmocka_unit_test(another_declared_encoding_is_refused_at_its_name),
		cmocka_unit_test(another_encoding_is_detected_from_the_first_bytes),
		cmocka_unit_test(another_root_is_refused_at_its_first_byte),
		cmocka_unit_test(an_xml_error_is_the_only_finding_of_its_document),
		cmocka_unit_test(a_document_cut_before_the_end_of_its_root_is_refused),
		cmocka_unit_test(a_document_with_all_kinds_of_markup_is_accepted),
		cmocka_unit_test(a_byte_that_xml_forbids_is_refused_everywhere),
	};

	return cmocka_run_group_tests(tests, make_xml, free_xml);
}
