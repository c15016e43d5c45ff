/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "document/markup.h"
#include "helper.h"
#include "sipisctl/proposal/element-edits.h"

/* The first start tag of this name in a document. */
static struct place tag_of(struct source *source, const char *name)
{
	char begin[32];
	const char *at, *next, *end;

	snprintf(begin, sizeof(begin), "<%s", name);
	at = strstr(source->data, begin);
	assert_non_null(at);
	next = strchr(at + 1, '<');
	end = memrchr(at, '>', next ? (size_t)(next - at) : strlen(at));
	assert_non_null(end);
	return (struct place){
		.source = source,
		.offset = (uint32_t)(at - source->data),
		.length = (uint32_t)(end - at + 1),
	};
}

struct setting {
	const char *attribute, *raw;
	enum attribute_position where;
};

/* The document with these attributes of its `S` set, in this order. The caller frees it. */
static char *set(const char *document, const struct setting *settings, size_t n)
{
	struct source *source = source_of("f", 0, document, strlen(document));
	struct place tag = tag_of(source, "S");
	struct strbuf buf = STRBUF_INIT;
	struct edits edits = {};
	char *text = NULL;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(element_set(&edits, &tag, settings[i].attribute, settings[i].raw,
					     settings[i].where),
				 0);
	edits_apply(&edits, source->data, 0, source->size, &buf);
	assert_int_equal(strbuf_take(&buf, &text), 0);
	edits_done(&edits);
	source_free(source);
	return text;
}

#define assert_set(document, expected, ...)                                      \
	do {                                                                     \
		const struct setting settings_[] = {__VA_ARGS__};                \
		char *text_ = set((document), settings_, ELEMENTSOF(settings_)); \
                                                                                 \
		assert_string_equal(text_, (expected));                          \
		free(text_);                                                     \
	} while (0)

static void a_value_is_replaced_between_its_quotes(void **state)
{
	assert_set("<S A=\"1\" B=\"2\"/>", "<S A=\"9\" B=\"2\"/>", {"A", "9", ATTRIBUTE_LAST});
	assert_set("<S A=\"1\" B='2'/>", "<S A=\"1\" B='99'/>", {"B", "99", ATTRIBUTE_FIRST});
	assert_set("<S A=\"\"/>", "<S A=\"9\"/>", {"A", "9", ATTRIBUTE_LAST});
	assert_set("<S A=\"1\"/>", "<S A=\"\"/>", {"A", "", ATTRIBUTE_LAST});
	assert_set("<S\n\tA\t=\n'1'\n>", "<S\n\tA\t=\n'9'\n>", {"A", "9", ATTRIBUTE_LAST});
	assert_set("<S A='1'></S><S A='1'/>", "<S A='9'></S><S A='1'/>",
		   {"A", "9", ATTRIBUTE_LAST});
}

/* Only a whole name is the name, and only outside of values. */
static void only_the_attribute_with_the_exact_name_changes(void **state)
{
	assert_set("<S p:A='1' AA='2' a='3' A='4'/>", "<S p:A='1' AA='2' a='3' A='9'/>",
		   {"A", "9", ATTRIBUTE_LAST});
	assert_set("<S B=' A=\"1\" ' A='2'/>", "<S B=' A=\"1\" ' A='9'/>",
		   {"A", "9", ATTRIBUTE_LAST});
	assert_set("<S B='> A=\"1\"' A='2'/>", "<S B='> A=\"1\"' A='2' C='9'/>",
		   {"C", "9", ATTRIBUTE_LAST});
}

static void an_equal_value_needs_no_edit(void **state)
{
	struct source *source = source_of("f", 0, "<S A='1'/>", 10);
	struct place tag = tag_of(source, "S");
	struct edits edits = {};

	assert_int_equal(element_set(&edits, &tag, "A", "1", ATTRIBUTE_LAST), 0);
	assert_int_equal(edits.n, 0);
	assert_int_equal(element_set(&edits, &tag, "A", "11", ATTRIBUTE_LAST), 0);
	assert_int_equal(edits.n, 1);
	edits_done(&edits);
	source_free(source);
}

static void a_new_attribute_is_written_like_its_neighbours(void **state)
{
	assert_set("<S A=\"1\" B='2'/>", "<S C=\"9\" A=\"1\" B='2'/>", {"C", "9", ATTRIBUTE_FIRST});
	assert_set("<S A=\"1\" B='2'/>", "<S A=\"1\" B='2' C='9'/>", {"C", "9", ATTRIBUTE_LAST});
	assert_set("<S A=\"1\" />", "<S A=\"1\" C=\"9\" />", {"C", "9", ATTRIBUTE_LAST});
	assert_set("<S A=\"1\"></S>", "<S A=\"1\" C=\"9\"></S>", {"C", "9", ATTRIBUTE_LAST});
	assert_set("<S\r\n\tA='1'\r\n  B='2'\r\n/>", "<S\r\n\tA='1'\r\n  B='2'\r\n  C='9'\r\n/>",
		   {"C", "9", ATTRIBUTE_LAST});
	assert_set("<S\r\n\tA='1'\r\n  B='2'\r\n/>", "<S\r\n\tC='9'\r\n\tA='1'\r\n  B='2'\r\n/>",
		   {"C", "9", ATTRIBUTE_FIRST});
	assert_set("<S/>", "<S C=\"9\"/>", {"C", "9", ATTRIBUTE_FIRST});
	assert_set("<S />", "<S C=\"9\" />", {"C", "9", ATTRIBUTE_LAST});
	assert_set("<S></S>", "<S C=\"9\"></S>", {"C", "9", ATTRIBUTE_LAST});
}

static void several_attributes_keep_their_order(void **state)
{
	assert_set("<S A='1'/>", "<S X='6' A='9' Y='7' Z='8'/>", {"X", "6", ATTRIBUTE_FIRST},
		   {"A", "9", ATTRIBUTE_LAST}, {"Y", "7", ATTRIBUTE_LAST},
		   {"Z", "8", ATTRIBUTE_LAST});
	assert_set("<S/>", "<S X=\"6\" Y=\"7\"/>", {"X", "6", ATTRIBUTE_FIRST},
		   {"Y", "7", ATTRIBUTE_LAST});
}

static void markup_in_a_value_is_escaped(void **state)
{
	struct strbuf buf = STRBUF_INIT;

	markup_append_escaped(&buf, "a<b>&\"'\xc3\xa9&amp;]]>");
	assert_int_equal(strbuf_error(&buf), 0);
	assert_string_equal(buf.text, "a&lt;b>&amp;&quot;&apos;\xc3\xa9&amp;amp;]]&gt;");
	strbuf_done(&buf);
}

/* `expected` is the part of the document that is the first S, with the blanks before it. */
static void assert_element(const char *document, const char *expected)
{
	struct source *source = source_of("f", 0, document, strlen(document));
	struct place tag = tag_of(source, "S");
	size_t begin = element_indentation(&tag), end = element_end(&tag);

	assert_true(begin <= tag.offset);
	assert_true(end >= tag.offset && end <= strlen(document));
	assert_int_equal(end - begin, strlen(expected));
	assert_memory_equal(document + begin, expected, end - begin);
	source_free(source);
}

static void an_element_ends_at_its_own_end_tag(void **state)
{
	assert_element("<R><S/><S/></R>", "<S/>");
	assert_element("<R><S></S><S/></R>", "<S></S>");
	assert_element("<S/>", "<S/>");
	assert_element("<R><S A='/>' B=\"</S>\"/></R>", "<S A='/>' B=\"</S>\"/>");
	assert_element("<R><S A='>'>text</S\n></R>", "<S A='>'>text</S\n>");
	assert_element("<R><S A='/'>text</S></R>", "<S A='/'>text</S>");
	assert_element("<R><S><S><S/></S><T></T></S></R>", "<S><S><S/></S><T></T></S>");
	assert_element("<R><S><!-- </S> <S> --></S></R>", "<S><!-- </S> <S> --></S>");
	assert_element("<R><S><![CDATA[</S>]]></S></R>", "<S><![CDATA[</S>]]></S>");
	assert_element("<R><S><?p </S>?></S></R>", "<S><?p </S>?></S>");
	assert_element("<R><S>a > b ' \" </S></R>", "<S>a > b ' \" </S>");
}

static void an_element_is_removed_with_its_indentation(void **state)
{
	assert_element("<R>\n  <S/>\n</R>", "\n  <S/>");
	assert_element("<R>\r\n\t <S/>\r\n</R>", "\r\n\t <S/>");
	assert_element("<R>\n\n\n<S/></R>", "\n<S/>");
	assert_element("<R>\n \n  <S/></R>", "\n  <S/>");
	assert_element("<R> <S/></R>", " <S/>");
	assert_element("<R>\n<!-- --> <S/></R>", " <S/>");
	assert_element("<R>\n<!-- --><S/></R>", "<S/>");
	assert_element("<R>\r<S/></R>", "<S/>");
	assert_element("  <S/>", "  <S/>");
	assert_element("\n<S/>", "\n<S/>");
	assert_element("\r\n<S/>", "\r\n<S/>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_replaced_between_its_quotes),
		cmocka_unit_test(only_the_attribute_with_the_exact_name_changes),
		cmocka_unit_test(an_equal_value_needs_no_edit),
		cmocka_unit_test(a_new_attribute_is_written_like_its_neighbours),
		cmocka_unit_test(several_attributes_keep_their_order),
		cmocka_unit_test(markup_in_a_value_is_escaped),
		cmocka_unit_test(an_element_ends_at_its_own_end_tag),
		cmocka_unit_test(an_element_is_removed_with_its_indentation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
