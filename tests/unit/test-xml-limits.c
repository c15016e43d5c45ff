/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "helper-xml.h"

/* Empties `document`. */
static void assert_parsed(struct xml *xml, struct strbuf *document, int r, const char *findings)
{
	struct parsed parsed = parse_text(xml, document->text);

	assert_findings(&parsed.diagnostics, findings);
	assert_int_equal(parsed.r, r);
	parsed_done(&parsed);
	strbuf_done(document);
}

/* --- limits ------------------------------------------------------------------------------ */

static struct strbuf nested(unsigned depth)
{
	struct strbuf document = STRBUF_INIT;

	strbuf_append(&document, "<Sipis>" GOOD_SERVER);
	for (unsigned i = 1; i < depth; i++)
		strbuf_append(&document, "<d>");
	for (unsigned i = 1; i < depth; i++)
		strbuf_append(&document, "</d>");
	strbuf_append(&document, "</Sipis>");
	return document;
}

static void elements_may_nest_200_deep_and_not_deeper(void **state)
{
	struct strbuf document = nested(200);

	assert_parsed(*state, &document, 1, "");
	document = nested(201);
	assert_parsed(*state, &document, 0,
		      "f:1:641: error: elements are nested more than 200 deep [xml-syntax]\n");
	document = nested(10000);
	assert_parsed(*state, &document, 0,
		      "f:1:641: error: elements are nested more than 200 deep [xml-syntax]\n");
}

static struct strbuf crowded(const char *before, unsigned attributes, const char *after)
{
	struct strbuf document = STRBUF_INIT;

	strbuf_append(&document, before);
	for (unsigned i = 0; i < attributes; i++)
		strbuf_appendf(&document, " a%u=\"'\"", i);
	strbuf_append(&document, after);
	return document;
}

static void an_element_may_have_1024_attributes_and_not_more(void **state)
{
	struct strbuf document = crowded("<Sipis>\n<a", 1024, "/>" GOOD_SERVER "</Sipis>");

	assert_parsed(*state, &document, 1, "");
	document = crowded("<Sipis>\n<a", 1025, "/>" GOOD_SERVER "</Sipis>");
	assert_parsed(*state, &document, 0,
		      "f:2:1: error: an element has more than 1024 attributes [xml-syntax]\n");
	document = crowded("<Sipis>" GOOD_SERVER "<a>'\n<a\t", 100000, ">");
	assert_parsed(*state, &document, 0,
		      "f:2:1: error: an element has more than 1024 attributes [xml-syntax]\n");
}

static void text_that_looks_like_attributes_is_not_counted(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{"<Sipis>text", "text" GOOD_SERVER "</Sipis>"},
		{"<Sipis><!-- <a", "/> -->" GOOD_SERVER "</Sipis>"},
		{"<Sipis><!--", "-->" GOOD_SERVER "</Sipis>"},
		{"<Sipis><?pi", "?>" GOOD_SERVER "</Sipis>"},
		{"<Sipis><![CDATA[<a", "/>]]>" GOOD_SERVER "</Sipis>"},
		{"<Sipis>" GOOD_SERVER "<a b='", "'/></Sipis>"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct strbuf document = STRBUF_INIT;

		strbuf_append(&document, cases[i].before);
		for (unsigned n = 0; n < 1100; n++)
			strbuf_appendf(&document, " a%u=\"x\"", n);
		strbuf_append(&document, cases[i].after);
		assert_parsed(*state, &document, 1, "");
	}
}

static struct strbuf named(unsigned namespaces)
{
	struct strbuf document = STRBUF_INIT;

	strbuf_append(&document, "<Sipis>" GOOD_SERVER "\n");
	for (unsigned i = 0; i < namespaces; i++)
		strbuf_appendf(&document, "<a xmlns:n%u='u'/>\n", i);
	strbuf_append(&document, "</Sipis>");
	return document;
}

static void a_document_may_declare_1024_namespaces_and_not_more(void **state)
{
	struct strbuf document = named(1024);

	assert_parsed(*state, &document, 1, "");
	document = named(1025);
	assert_parsed(*state, &document, 0,
		      "f:1026:1: error: there are more than 1024 namespace declarations "
		      "[xml-syntax]\n");
	document = named(3000);
	assert_parsed(*state, &document, 0,
		      "f:1026:1: error: there are more than 1024 namespace declarations "
		      "[xml-syntax]\n");
	document = named(1024); /* they do not add up from one document to the next */
	assert_parsed(*state, &document, 1, "");
}

/* --- secrets ----------------------------------------------------------------------------- */

static void an_unchecked_value_appears_in_no_finding(void **state)
{
	static const char *const documents[] = {
		"<Sipis><A Password='hunter2&hunter2'/></Sipis>",
		"<Sipis><A Password='hunter2&hunter2;'/></Sipis>",
		"<Sipis><A Password='&#hunter2;'/></Sipis>",
		"<Sipis><A Password='hunter2<'/></Sipis>",
		"<Sipis><A Password='a'hunter2='b'/></Sipis>",
		"<Sipis><A Password=hunter2/></Sipis>",
		"<Sipis><A Password='a' Password='hunter2'/></Sipis>",
		"<Sipis><hunter2></A></Sipis>",
		"<Sipis>&hunter2;</Sipis>",
		"<Sipis xmlns:a='hunter2' xmlns:b='hunter2' a:x='1' b:x='2'><hunter2:a/></Sipis>",
		"<hunter2 Password='hunter2'/>",
		"<!DOCTYPE hunter2><Sipis/>",
		"<?xml version='hunter2' encoding='hunter2'?><Sipis/>",
		"<Sipis><Server Realm='hunter2' Name='' Port=''/><hunter2/></Sipis>",
		"<Sipis>" GOOD_SERVER "<Log InstanceFileName='/../hunter2/'/><Log/></Sipis>",
	};

	for (size_t i = 0; i < ELEMENTSOF(documents); i++) {
		struct parsed parsed = parse_text(*state, documents[i]);
		char *text = findings_text(&parsed.diagnostics);

		assert_string_not_equal(text, "");
		assert_null(strstr(text, "hunter2"));
		free(text);
		parsed_done(&parsed);
	}
}

/* --- a grammar of its own: elements that repeat, and children of children ---------------- */

struct item {
	struct place place;
	struct value name;
};

struct list {
	struct place root, group;
	struct item items[8];
	size_t n;
};

static int new_item(void *document, void **ret_record)
{
	struct list *list = document;

	assert_true(list->n < ELEMENTSOF(list->items));
	*ret_record = &list->items[list->n++];
	return 0;
}

static const struct grammar_attribute item_attributes[] = {
	{
		.name = "Name",
		.type = VALUE_TEXT,
		.offset = offsetof(struct item, name),
		.required = true,
		.when_missing = DIAGNOSTIC_MISSING_ATTRIBUTE,
	},
};

static const struct grammar_element list_elements[] = {
	{
		.name = "Group",
		.parent = GRAMMAR_ROOT,
		.flags = ELEMENT_REQUIRED | ELEMENT_SINGLE,
		.place = offsetof(struct list, group),
	},
	{
		.name = "Item",
		.parent = 0,
		.flags = ELEMENT_REQUIRED,
		.attributes = item_attributes,
		.n_attributes = ELEMENTSOF(item_attributes),
		.place = offsetof(struct item, place),
		.record = new_item,
	},
};

static const char *const no_namespaces[] = {NULL};

static const struct grammar list_grammar = {
	.root = "List",
	.namespaces = no_namespaces,
	.root_place = offsetof(struct list, root),
	.elements = list_elements,
	.n_elements = 2,
};

static void assert_list(struct xml *xml, const char *text, const char *names, const char *findings)
{
	struct source *source = source_of("f", 0, text, strlen(text));
	struct diagnostics diagnostics = {};
	struct strbuf found = STRBUF_INIT;
	struct list list = {};

	assert_int_equal(xml_parse(xml, source, &list_grammar, &list, &diagnostics), 1);
	for (size_t i = 0; i < list.n; i++)
		strbuf_appendf(&found, "%s:%u ",
			       list.items[i].name.text ? list.items[i].name.text : "-",
			       list.items[i].place.offset);
	assert_string_equal(found.text, names);
	assert_findings(&diagnostics, findings);
	strbuf_done(&found);
	diagnostics_done(&diagnostics);
	source_free(source);
}

static void each_repeated_element_has_its_own_record(void **state)
{
	assert_list(*state,
		    "<List><Group><Item Name='a'/><x/><Item Name='b'>.</Item></Group></List>",
		    "a:13 b:33 ", "");
	assert_list(*state, "<List><Group><Item Name='a'/><Item/></Group></List>", "a:13 -:29 ",
		    "f:1:30: error: Item has no Name attribute [missing-attribute]\n");
}

static void children_count_only_in_their_own_parent(void **state)
{
	assert_list(*state,
		    "<List><Item Name='a'/>\n<Group><x><Item Name='b'/></x></Group><x><Group><Item "
		    "Name='c'/></Group></x></List>",
		    "", "f:2:1: error: Group has no Item element [missing-element]\n");
	assert_list(*state, "<List><Item Name='a'/></List>", "",
		    "f:1:1: error: List has no Group element [missing-element]\n");
	assert_list(
		*state,
		"<List><Group><Item Name='a'/></Group>\n<Group><Item Name='b'/></Group></List>",
		"a:13 ",
		"f:2:1: error: Group occurs a second time: keep one of them [repeated-element]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_may_nest_200_deep_and_not_deeper),
		cmocka_unit_test(an_element_may_have_1024_attributes_and_not_more),
		cmocka_unit_test(text_that_looks_like_attributes_is_not_counted),
		cmocka_unit_test(a_document_may_declare_1024_namespaces_and_not_more),
		cmocka_unit_test(an_unchecked_value_appears_in_no_finding),
		cmocka_unit_test(each_repeated_element_has_its_own_record),
		cmocka_unit_test(children_count_only_in_their_own_parent),
	};

	return cmocka_run_group_tests(tests, make_xml, free_xml);
}
