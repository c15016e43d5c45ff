/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "document/value.h"
#include "helper.h"

struct judged {
	struct source *source;
	struct value value;
	struct diagnostics diagnostics;
};

static struct judged judge(enum value_type type, const char *text)
{
	static const struct value_label label = {"Thing", "Attr"};
	struct judged judged = {.source = source_of("f", 0, "<a b='c'/>", 10)};

	judged.value.text = source_keep_text(judged.source, text, strlen(text));
	assert_non_null(judged.value.text);
	judged.value.place = place_in(judged.source, 6);
	assert_int_equal(value_judge(&judged.value, type, &label, &judged.diagnostics), 0);
	return judged;
}

static void judged_done(struct judged *judged)
{
	diagnostics_done(&judged->diagnostics);
	source_free(judged->source);
}

static void assert_good(enum value_type type, const char *text, const char *expected)
{
	struct judged judged = judge(type, text);

	assert_findings(&judged.diagnostics, "");
	assert_true(value_is_good(&judged.value));
	assert_string_equal(judged.value.text, expected);
	judged_done(&judged);
}

/* `shown` is the text as it is quoted. */
static void assert_bad(enum value_type type, const char *text, const char *shown, const char *fault,
		       const char *code)
{
	struct judged judged = judge(type, text);
	struct strbuf expected = STRBUF_INIT;

	strbuf_appendf(&expected, "f:1:7: error: Thing[Attr] \"%s\" %s [%s]\n", shown, fault, code);
	assert_findings(&judged.diagnostics, expected.text);
	assert_true(judged.value.bad);
	assert_false(value_is_good(&judged.value));
	strbuf_done(&expected);
	judged_done(&judged);
}

static void an_absent_value_is_not_valid(void **state)
{
	struct value value = {};

	assert_false(value_is_good(&value));
}

static void a_text_may_have_any_content(void **state)
{
	static const char *const texts[] = {"", " ", "\n\x1b", "\xff", "Yes", "a long text"};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		assert_good(VALUE_TEXT, texts[i], texts[i]);
}

static void a_name_has_1_to_255_bytes(void **state)
{
	char name[257], shown[65];

	memset(name, 'n', sizeof(name));
	name[256] = 0;
	memset(shown, 'n', 61);
	strcpy(shown + 61, "...");
	assert_bad(VALUE_NAME, name, shown, "is over 255 bytes long", "bad-name");
	name[255] = 0;
	assert_good(VALUE_NAME, name, name);
	assert_good(VALUE_NAME, "n", "n");
	assert_bad(VALUE_NAME, "", "", "is empty", "bad-name");
}

static void a_name_has_no_control_character(void **state)
{
	static const char fault[] = "has a control character";

	assert_good(VALUE_NAME, "Sipis 1 \xc3\xbc%\"\\", "Sipis 1 \xc3\xbc%\"\\");
	assert_bad(VALUE_NAME, "a\nb", "a\\nb", fault, "bad-name");
	assert_bad(VALUE_NAME, "\t", "\\t", fault, "bad-name");
	assert_bad(VALUE_NAME, "a\x7f", "a\\x7f", fault, "bad-name");
	assert_bad(VALUE_NAME,
		   "\xc2\x9b"
		   "2J",
		   "\\xc2\\x9b2J", fault, "bad-name");
}

static void a_port_is_read_as_a_number(void **state)
{
	struct judged judged = judge(VALUE_PORT, "14998");

	assert_int_equal(judged.value.port, 14998);
	assert_findings(&judged.diagnostics, "");
	judged_done(&judged);
}

static void a_bad_port_is_quoted_in_the_message(void **state)
{
	static const char fault[] = "is not a decimal number from 1 to 65535";

	assert_bad(VALUE_PORT, "", "", fault, "bad-port");
	assert_bad(VALUE_PORT, "0", "0", fault, "bad-port");
	assert_bad(VALUE_PORT, "65536", "65536", fault, "bad-port");
	assert_bad(VALUE_PORT, "+1\n", "+1\\n", fault, "bad-port");
}

static void an_address_is_read_as_an_address(void **state)
{
	struct judged judged = judge(VALUE_ADDRESS, "127.0.0.1");

	assert_findings(&judged.diagnostics, "");
	assert_int_equal(judged.value.address.kind, ADDRESS_NUMERIC);
	assert_true(judged.value.address.loopback);
	judged_done(&judged);
}

static void an_empty_address_is_absent(void **state)
{
	struct judged judged = judge(VALUE_ADDRESS, "");

	assert_findings(&judged.diagnostics, "");
	assert_null(judged.value.text);
	assert_false(judged.value.bad);
	assert_int_equal(judged.value.address.kind, ADDRESS_ANY);
	judged_done(&judged);
}

static void a_bad_address_does_not_meet_every_address(void **state)
{
	struct judged judged = judge(VALUE_ADDRESS, "1.2.3");

	assert_findings(&judged.diagnostics, "f:1:7: error: Thing[Attr] \"1.2.3\" is not an IP "
					     "address or host name [bad-address]\n");
	assert_true(judged.value.bad);
	assert_false(address_meets_everything(&judged.value.address));
	judged_done(&judged);
	assert_bad(VALUE_ADDRESS, " ", " ", "is not an IP address or host name", "bad-address");
}

static void a_path_is_normalized(void **state)
{
	assert_good(VALUE_PATH, "/var/run//sipis/./1.lock", "/run/sipis/1.lock");
	assert_good(VALUE_PATH, "/dev/null", "/dev/null");
}

static void a_bad_path_gets_a_message_with_the_reason(void **state)
{
	static const char fault[] = "is not an absolute path of a file: ";
	static const struct {
		const char *path, *shown, *why;
	} cases[] = {
		{"", "", "it is empty"},
		{"sipis.log", "sipis.log", "it does not begin with /"},
		{"/a/../b", "/a/../b", "it has a .. component"},
		{"/a/", "/a/", "it ends in /"},
		{"/a\n[x]", "/a\\n[x]", "it has a control character"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		char text[128];

		snprintf(text, sizeof(text), "%s%s", fault, cases[i].why);
		assert_bad(VALUE_PATH, cases[i].path, cases[i].shown, text, "bad-path");
	}
}

static void a_boolean_is_yes_or_no(void **state)
{
	static const char *const others[] = {"", "yes", "no", "YES", "Yes ", "true", "1", "Yess"};
	struct judged yes = judge(VALUE_BOOLEAN, "Yes"), no = judge(VALUE_BOOLEAN, "No");

	assert_findings(&yes.diagnostics, "");
	assert_findings(&no.diagnostics, "");
	assert_true(yes.value.yes);
	assert_false(no.value.yes);
	judged_done(&yes);
	judged_done(&no);
	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		assert_bad(VALUE_BOOLEAN, others[i], others[i], "is neither Yes nor No",
			   "bad-boolean");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_absent_value_is_not_valid),
		cmocka_unit_test(a_text_may_have_any_content),
		cmocka_unit_test(a_name_has_1_to_255_bytes),
		cmocka_unit_test(a_name_has_no_control_character),
		cmocka_unit_test(a_port_is_read_as_a_number),
		cmocka_unit_test(a_bad_port_is_quoted_in_the_message),
		cmocka_unit_test(an_address_is_read_as_an_address),
		cmocka_unit_test(an_empty_address_is_absent),
		cmocka_unit_test(a_bad_address_does_not_meet_every_address),
		cmocka_unit_test(a_path_is_normalized),
		cmocka_unit_test(a_bad_path_gets_a_message_with_the_reason),
		cmocka_unit_test(a_boolean_is_yes_or_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
