/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libxml/xmlerror.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "helper-xml.h"

/* A document and the finding that ends its reading: place, text and code. */
struct text_case {
	const char *document, *finding;
};

static const struct text_case syntax_cases[] = {
	{"", "1:1: error: the file is empty (0 bytes) [xml-syntax]"},
	{" ",
	 "1:2: error: there is no element in this file: it is not an XML document [xml-syntax]"},
	{"text",
	 "1:1: error: there is no element in this file: it is not an XML document [xml-syntax]"},
	{"<", "1:2: error: the file ends too early: a quote, a tag or an element is not closed "
	      "[xml-syntax]"},
	{"<>", "1:2: error: a name is missing here: write &lt; for a plain <, and &amp; for a "
	       "plain & [xml-syntax]"},
	{"<Sipis", "1:7: error: the file ends too early: a quote, a tag or an element is not "
		   "closed [xml-syntax]"},
	{"<Sipis>", "1:8: error: the file ends too early: a quote, a tag or an element is not "
		    "closed [xml-syntax]"},
	{"</Sipis>", "1:2: error: a name is missing here: write &lt; for a plain <, and &amp; for "
		     "a plain & [xml-syntax]"},
	{"<Sipis></Sipi>",
	 "1:15: error: this end tag does not close the element that is open here [xml-syntax]"},
	{"<Sipis/><Sipis/>",
	 "1:9: error: something follows the end of the root element: remove it [xml-syntax]"},
	{"<Sipis/>text",
	 "1:9: error: something follows the end of the root element: remove it [xml-syntax]"},
	{" <?xml version='1.0'?><Sipis/>",
	 "1:7: error: the XML declaration is not at the very beginning of the file, or has "
	 "nothing in it: remove what comes before it [xml-syntax]"},
	{"<?xml?><Sipis/>", "1:6: error: the XML declaration is not at the very beginning of "
			    "the file, or has nothing in it: remove what comes before it "
			    "[xml-syntax]"},
	{"<?xml encoding='UTF-8'?><Sipis/>",
	 "1:7: error: the XML declaration has no version: write version=\"1.0\" [xml-syntax]"},
	{"<?xml version='2.0'?><Sipis/>", "1:20: error: the XML declaration has an unknown "
					  "version: write version=\"1.0\" [xml-syntax]"},
	{"<?xml version '1.0'?><Sipis/>", "1:15: error: a = is missing after a name [xml-syntax]"},
	{"<?xml version='1.0' encoding='UTF-8'><Sipis/>",
	 "1:37: error: the XML declaration has an unknown part, or is not closed by ?> "
	 "[xml-syntax]"},
	{"<?xml version='1.0' foo='x'?><Sipis/>", "1:21: error: the XML declaration has an unknown "
						  "part, or is not closed by ?> [xml-syntax]"},
	{"<?xml version=1.0?><Sipis/>",
	 "1:15: error: a quote is missing before a value of the XML declaration [xml-syntax]"},
	{"<?xml version='1.0?><Sipis/>", "1:19: error: a quote is missing after a value of the XML "
					 "declaration, or the value is wrong [xml-syntax]"},
	{"<?xml version='1.0' standalone='maybe'?><Sipis/>",
	 "1:33: error: standalone in the XML declaration is neither yes nor no [xml-syntax]"},
	{"<Sipis><Server Name Port=\"1\"/></Sipis>",
	 "1:21: error: an attribute has no value: write NAME=\"VALUE\" [xml-syntax]"},
	{"<Sipis><Server Name='a' Port/></Sipis>",
	 "1:29: error: an attribute has no value: write NAME=\"VALUE\" [xml-syntax]"},
	{"<Sipis><Server Name=a/></Sipis>",
	 "1:21: error: a quote is missing before the value of an attribute [xml-syntax]"},
	{"<Sipis><Server Name=\"a Port=\"1\"/></Sipis>",
	 "1:30: error: a quote is missing before this, or a blank between two attributes "
	 "[xml-syntax]"},
	{"<Sipis><Server Name=\"a\" Port=\"1></Sipis>",
	 "1:33: error: a quote is missing before this <, or a < inside a value is not written &lt; "
	 "[xml-syntax]"},
	{"<Sipis><a b='1'c='2'/></Sipis>", "1:16: error: a quote is missing before this, or a "
					   "blank between two attributes [xml-syntax]"},
	{"<Sipis><Server Name='a'</Sipis>", "1:24: error: a tag is not closed by > [xml-syntax]"},
	{"<Sipis><Server Name='a'\n <Lock/></Sipis>",
	 "2:2: error: a tag is not closed by > [xml-syntax]"},
	{"<Sipis><<Server/></Sipis>",
	 "1:9: error: a name is missing here: write &lt; for a plain <, and &amp; for a plain & "
	 "[xml-syntax]"},
	{"<Sipis>&<a/></Sipis>",
	 "1:9: error: a name is missing here: write &lt; for a plain <, and &amp; for a plain & "
	 "[xml-syntax]"},
	{"<Sipis><a b='1' b='2'/></Sipis>",
	 "1:22: error: an element has two attributes of the same name: remove one [xml-syntax]"},
	{"<Sipis><a b='hunter2&x'/></Sipis>",
	 "1:23: error: an entity without its ;: write &amp; for a plain & [xml-syntax]"},
	{"<Sipis><a b='hunter2&x;'/></Sipis>",
	 "1:24: error: an entity that is not declared: write &amp; for a plain & [xml-syntax]"},
	{"<Sipis>&amp</Sipis>",
	 "1:12: error: an entity without its ;: write &amp; for a plain & [xml-syntax]"},
	{"<Sipis>& </Sipis>", "1:9: error: a name is missing here: write &lt; for a plain <, and "
			      "&amp; for a plain & [xml-syntax]"},
	{"<Sipis>&#0;</Sipis>", "1:12: error: a character or character reference that XML does not "
				"allow: remove it [xml-syntax]"},
	{"<Sipis>&#xg;</Sipis>", "1:11: error: a character reference &#x...; has a digit that is "
				 "not hexadecimal, or no ; [xml-syntax]"},
	{"<Sipis>&#a;</Sipis>", "1:10: error: a character reference &#...; has a digit that is not "
				"decimal, or no ; [xml-syntax]"},
	{"<Sipis>&#12</Sipis>", "1:12: error: a character reference &#...; has a digit that is not "
				"decimal, or no ; [xml-syntax]"},
	{"<Sipis>\x01</Sipis>",
	 "1:8: error: the byte \\x01 is not allowed in XML: remove it [xml-syntax]"},
	{"<Sipis><!-- -- --></Sipis>",
	 "1:13: error: -- is not allowed inside a comment [xml-syntax]"},
	{"<Sipis><!-- </Sipis>", "1:21: error: a comment is not closed by --> [xml-syntax]"},
	{"<Sipis><![CDATA[</Sipis>",
	 "1:25: error: a CDATA section is not closed by ]]> [xml-syntax]"},
	{"<Sipis>]]></Sipis>", "1:8: error: ]]> is not allowed in text: write ]]&gt; [xml-syntax]"},
	{"<Sipis><? x?></Sipis>", "1:10: error: a processing instruction has no name [xml-syntax]"},
	{"<Sipis><?x </Sipis>",
	 "1:20: error: a processing instruction is not closed by ?> [xml-syntax]"},
	{"<Sipis></Sipis x>", "1:16: error: a tag is not closed by > [xml-syntax]"},
	{"<Sipis><1/></Sipis>", "1:9: error: a name is missing here: write &lt; for a plain <, and "
				"&amp; for a plain & [xml-syntax]"},
	{"<Sipis a='x'", "1:13: error: the file ends too early: a quote, a tag or an element is "
			 "not closed [xml-syntax]"},
	{"<Sipis a='x", "1:12: error: the file ends too early: a quote, a tag or an element is not "
			"closed [xml-syntax]"},
	{"<Sipis>\xe4</Sipis>", "1:8: error: the byte \\xe4 is not UTF-8: convert the file, for "
				"example with iconv -f ISO-8859-1 -t UTF-8 f [xml-syntax]"},
	{"<Sipis a='\xfc'/>", "1:11: error: the byte \\xfc is not UTF-8: convert the file, for "
			      "example with iconv -f ISO-8859-1 -t UTF-8 f [xml-syntax]"},
	{"<Sipis><!-- \x96 \xe4 --></Sipis>",
	 "1:13: error: the byte \\x96 is not UTF-8: convert the file, for example with iconv -f "
	 "WINDOWS-1252 -t UTF-8 f [xml-syntax]"},
	{"<Sipis><!-- \xc3\xa4 \x96 --></Sipis>",
	 "1:16: error: the byte \\x96 is not UTF-8: other characters of the file are, so correct "
	 "this one [xml-syntax]"},
	{"\x1f\x8b\x08", "1:2: error: the byte \\x8b is not UTF-8: this is not a text file "
			 "[xml-syntax]"},
	{"<Sipis>\x1a</Sipis>", "1:8: error: the byte \\x1a is not allowed in XML: remove it "
				"[xml-syntax]"},
	{"\xef\xbb\xbf\xef\xbb\xbf<Sipis/>",
	 "1:4: error: something comes before the first element: remove it [xml-syntax]"},
	{"text<Sipis/>",
	 "1:1: error: something comes before the first element: remove it [xml-syntax]"},
	{"<Sipis>\xef\xbf\xbf</Sipis>", "1:8: error: a character or character reference that XML "
					"does not allow: remove it [xml-syntax]"},
};

static const struct text_case other_cases[] = {
	{"<?xml version='1.0' encoding='ISO-8859-1'?><Sipis/>",
	 "1:31: error: the XML declaration says ISO-8859-1, but only UTF-8 is read: change the "
	 "declaration to UTF-8, which the file is in [xml-forbidden]"},
	{"<?xml version='1.0' encoding='ISO-8859-1'?><Sipis>\xe4</Sipis>",
	 "1:31: error: the XML declaration says ISO-8859-1, but only UTF-8 is read: convert the "
	 "file and change the declaration [xml-forbidden]"},
	{"<?xml version='1.0' encoding=''?><Sipis/>",
	 "1:31: error: the XML declaration says another encoding, but only UTF-8 is read: change "
	 "the declaration to UTF-8, which the file is in [xml-forbidden]"},
	{"<?xml version='1.0' encoding='iso\x1b[1m\n'?><Sipis/>",
	 "1:31: error: the XML declaration says iso\\x1b[1m\\n, but only UTF-8 is read: change "
	 "the declaration to UTF-8, which the file is in [xml-forbidden]"},
	{"<?xml version='1.0' encoding='Ascii'?>\n<Sipis>\xc3\xa4</Sipis>",
	 "2:8: error: the XML declaration says Ascii, but the byte \\xc3 is not: change the "
	 "declaration to UTF-8 [xml-forbidden]"},
	{"<!DOCTYPE a><a/>",
	 "1:1: error: a DOCTYPE is not allowed in this file: remove it [xml-forbidden]"},
	{"<LoadBalancer2/>",
	 "1:1: error: the root element is LoadBalancer2, not Sipis: this is another kind of "
	 "file [root-element]"},
	{"<sipis/>", "1:1: error: the root element is sipis, not Sipis [root-element]"},
	{"<Sipis xmlns='urn:hunter2'/>",
	 "1:1: error: the root element Sipis is in an unknown namespace: use "
	 "http://acrobits.net/SipisSettings.xsd or none [root-element]"},
	{"<?xml version='1.0' encoding='hunter2'?><Sipis/>",
	 "1:31: error: the XML declaration says another encoding, but only UTF-8 is read: change "
	 "the declaration to UTF-8, which the file is in [xml-forbidden]"},
};

static char *finding_of(struct xml *xml, const void *bytes, size_t size)
{
	struct parsed parsed = parse_bytes(xml, bytes, size);
	char *text;

	assert_int_equal(parsed.r, 0);
	assert_int_equal(parsed.diagnostics.n, 1);
	text = findings_text(&parsed.diagnostics);
	parsed_done(&parsed);
	return text;
}

static void assert_finding(struct xml *xml, const void *bytes, size_t size, const char *expected)
{
	_cleanup_free_ char *text = finding_of(xml, bytes, size);
	size_t length = strlen(expected);

	if (strncmp(text, "f:", 2) != 0 || strncmp(text + 2, expected, length) != 0 ||
	    strcmp(text + 2 + length, "\n") != 0)
		fail_msg("%.100s\n%s instead of\n%s", (const char *)bytes, text, expected);
}

static void assert_cases(struct xml *xml, const struct text_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_finding(xml, cases[i].document, strlen(cases[i].document), cases[i].finding);
}

static void each_syntax_error_has_its_text_and_place(void **state)
{
	assert_cases(*state, syntax_cases, ELEMENTSOF(syntax_cases));
}

static void a_forbidden_construct_gets_a_remedy(void **state)
{
	assert_cases(*state, other_cases, ELEMENTSOF(other_cases));
}

static void another_encoding_is_named(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *name;
	} cases[] = {
		{"\xff\xfe<\0a\0/\0>\0", 10, "UTF-16"},
		{"\xfe\xff\0<\0a\0/\0>", 10, "UTF-16"},
		{"<\0a\0/\0>\0", 8, "UTF-16LE"},
		{"\0<\0a\0/\0>", 8, "UTF-16BE"},
		{"\xff\xfe\0\0<\0\0\0", 8, "UTF-32"},
		{"\0\0\xfe\xff\0\0\0<", 8, "UTF-32"},
		{"<\0\0\0a\0\0\0", 8, "UTF-32LE"},
		{"\0\0\0<\0\0\0a", 8, "UTF-32BE"},
		{"\x4c\x6f\xa7\x94\x93\x40", 6, "EBCDIC-US"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_strbuf_ struct strbuf expected = STRBUF_INIT;

		strbuf_appendf(&expected,
			       "1:1: error: the file is in %s, but only UTF-8 is read: convert it "
			       "with iconv -f %s -t UTF-8 f [xml-forbidden]",
			       cases[i].name, cases[i].name);
		assert_finding(*state, cases[i].bytes, cases[i].size, expected.text);
	}
}

static void every_text_of_a_syntax_error_is_seen(void **state)
{
	static const char *const texts[] = {
#define SYNTAX_ERROR(code, text) text,
#include "document/syntax-errors.def"
#undef SYNTAX_ERROR
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		bool seen = false;

		for (size_t j = 0; j < ELEMENTSOF(syntax_cases); j++)
			seen = seen || strstr(syntax_cases[j].finding, texts[i]);
		if (!seen)
			fail_msg("in no document: %s", texts[i]);
	}
}

static void no_text_quotes_a_value(void **state)
{
	for (size_t i = 0; i < ELEMENTSOF(syntax_cases); i++)
		assert_null(strstr(syntax_cases[i].finding, "hunter2"));
	for (size_t i = 0; i < ELEMENTSOF(other_cases); i++)
		assert_null(strstr(other_cases[i].finding, "hunter2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_syntax_error_has_its_text_and_place),
		cmocka_unit_test(a_forbidden_construct_gets_a_remedy),
		cmocka_unit_test(another_encoding_is_named),
		cmocka_unit_test(every_text_of_a_syntax_error_is_seen),
		cmocka_unit_test(no_text_quotes_a_value),
	};

	return cmocka_run_group_tests(tests, make_xml, free_xml);
}
