/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/outline.h"
#include "helper-xml.h"

static const struct outline_exception exceptions[] = {
	{.element = "Server", .attribute = "Name"},
	{.element = "Log", .attribute = "FileName"},
};

/* The outline as text: a line an item, indented by its depth. */
static char *outline_of(const char *text, bool sort)
{
	_cleanup_(outline_done) struct outline outline = OUTLINE_INIT;
	_cleanup_strbuf_ struct strbuf buf = STRBUF_INIT;
	struct source *source = source_of("f", 0, text, strlen(text));
	char *lines = NULL;

	assert_int_equal(outline_make(source, exceptions, ELEMENTSOF(exceptions), &outline), 0);
	if (sort)
		assert_int_equal(outline_sort(&outline), 0);
	for (size_t i = 0; i < outline.n; i++) {
		const struct outline_item *item = &outline.items[i];
		const char *element = outline_text(&outline, item->element);
		unsigned line, column;

		place_locate(&item->place, &line, &column);
		strbuf_appendf(&buf, "%u:%u %u ", line, column, item->depth);
		if (item->kind == OUTLINE_ELEMENT)
			strbuf_appendf(&buf, "<%s>\n", element);
		else if (item->kind == OUTLINE_ATTRIBUTE)
			strbuf_appendf(&buf, "%s[%s]=%s\n", element,
				       outline_text(&outline, item->name),
				       outline_text(&outline, item->value));
		else
			strbuf_appendf(&buf, "%s: %s\n", element,
				       outline_text(&outline, item->value));
	}
	assert_int_equal(strbuf_take(&buf, &lines), 0);
	source_free(source);
	return lines;
}

static void assert_outline(const char *text, const char *expected)
{
	_cleanup_free_ char *lines = outline_of(text, false);

	assert_string_equal(lines, expected);
}

static void elements_attributes_and_text_are_items(void **state _unused_)
{
	assert_outline("<Sipis>\n <a c='2' b='1'>x<d/></a>\n</Sipis>", "1:1 1 <Sipis>\n"
								       "2:2 2 <a>\n"
								       "2:14 2 a[b]=1\n"
								       "2:8 2 a[c]=2\n"
								       "2:17 2 a: x\n"
								       "2:18 3 <d>\n");
}

static void comments_blanks_and_instructions_are_not_items(void **state _unused_)
{
	assert_outline("\xef\xbb\xbf<?xml version='1.0'?><!-- <x/> --><Sipis><!-- y='>' -->\r\n\t"
		       "<?p <z/>?><a/>&#32;&#10;<![CDATA[ ]]>\n</Sipis> <!-- -->\n",
		       "1:38 1 <Sipis>\n"
		       "2:12 2 <a>\n");
}

static void text_goes_on_after_a_comment(void **state _unused_)
{
	assert_outline("<r><a>x<!-- 1 -->y<![CDATA[<b>&amp;]]>z</a></r>", "1:1 1 <r>\n"
									  "1:4 2 <a>\n"
									  "1:7 2 a: xy<b>&amp;z\n");
}

static void references_and_line_ends_are_decoded(void **state _unused_)
{
	assert_outline("<r a='&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#xe4;&#x20AC;&#x1F600;' "
		       "b='1\r\n2\t3\n4&#10;5'>\n&lt;x\r\ny\rz</r>",
		       "1:1 1 <r>\n"
		       "1:7 1 r[a]=<&>\"'AB\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n"
		       "1:71 1 r[b]=1 2 3 4\n5\n"
		       "4:1 1 r: \n<x\ny\nz\n");
	assert_outline("<r><![CDATA[1\r\n2\r3\t&#10;]]></r>", "1:1 1 <r>\n"
							      "1:13 1 r: 1\n2\n3\t&#10;\n");
}

static void exceptions_hold_for_children_of_the_root(void **state _unused_)
{
	assert_outline("<Sipis><Server Name='x' Port='1'/><Log FileName='/x'/>"
		       "<a><Server Name='y'/></a><Name/></Sipis>",
		       "1:1 1 <Sipis>\n"
		       "1:8 2 <Server>\n"
		       "1:31 2 Server[Port]=1\n"
		       "1:35 2 <Log>\n"
		       "1:55 2 <a>\n"
		       "1:58 3 <Server>\n"
		       "1:72 3 Server[Name]=y\n"
		       "1:80 2 <Name>\n");
}

static void namespaces_are_left_out(void **state _unused_)
{
	static const char *const spellings[] = {
		"<Sipis><a b='1'/></Sipis>",
		"<Sipis xmlns='" SETTINGS_NAMESPACE "'><a b='1'/></Sipis>",
		"<s:Sipis xmlns:s='" SETTINGS_NAMESPACE "'><s:a b='1'/></s:Sipis>",
	};

	for (size_t i = 0; i < ELEMENTSOF(spellings); i++) {
		_cleanup_free_ char *lines = outline_of(spellings[i], false);

		assert_non_null(strstr(lines, " 1 <Sipis>\n"));
		assert_non_null(strstr(lines, " 2 <a>\n"));
		assert_non_null(strstr(lines, " 2 a[b]=1\n"));
		assert_null(strstr(lines, "xmlns"));
	}
	assert_outline("<Sipis><a xmlns:='1' xmlnsb='2'/></Sipis>", "1:1 1 <Sipis>\n"
								    "1:8 2 <a>\n"
								    "1:19 2 a[xmlns:]=1\n"
								    "1:30 2 a[xmlnsb]=2\n");
}

static void the_order_of_elements_with_different_names_can_be_ignored(void **state _unused_)
{
	_cleanup_free_ char *lines = outline_of("<Sipis>y<b d='1' c='2'><z/>x<a/></b><a e='1'/>z"
						"<b><c f='3'/></b><a e='2'/></Sipis>",
						true);

	assert_string_equal(lines, "1:1 1 <Sipis>\n"
				   "1:8 1 Sipis: y\n"
				   "1:47 1 Sipis: z\n"
				   "1:37 2 <a>\n"
				   "1:43 2 a[e]=1\n"
				   "1:65 2 <a>\n"
				   "1:71 2 a[e]=2\n"
				   "1:9 2 <b>\n"
				   "1:21 2 b[c]=2\n"
				   "1:15 2 b[d]=1\n"
				   "1:28 2 b: x\n"
				   "1:29 3 <a>\n"
				   "1:24 3 <z>\n"
				   "1:48 2 <b>\n"
				   "1:51 3 <c>\n"
				   "1:57 3 c[f]=3\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_attributes_and_text_are_items),
		cmocka_unit_test(comments_blanks_and_instructions_are_not_items),
		cmocka_unit_test(text_goes_on_after_a_comment),
		cmocka_unit_test(references_and_line_ends_are_decoded),
		cmocka_unit_test(exceptions_hold_for_children_of_the_root),
		cmocka_unit_test(the_order_of_elements_with_different_names_can_be_ignored),
		cmocka_unit_test(namespaces_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
