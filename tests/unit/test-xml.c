/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "helper-xml.h"

/* --- places ------------------------------------------------------------------------------ */

/* The document has one `@`, all of Server[Port]: that is where the finding must point. */
static void assert_marker_found(struct xml *xml, const char *document)
{
	struct parsed parsed = parse_text(xml, document);
	const struct value *port = &parsed.settings.listeners[LISTENER_SERVER].port;

	if (parsed.r != 1 || parsed.diagnostics.n != 1)
		fail_msg("%d, %zu findings: %.200s", parsed.r, parsed.diagnostics.n, document);
	assert_int_equal(parsed.diagnostics.items[0].code, DIAGNOSTIC_BAD_PORT);
	if (port->place.offset != (size_t)(strchr(document, '@') - document) ||
	    port->place.length != 1)
		fail_msg("found at %u, length %u: %.200s", port->place.offset, port->place.length,
			 document);
	assert_ptr_equal(port->place.source, parsed.source);
	assert_memory_equal(&parsed.diagnostics.items[0].place, &port->place, sizeof(port->place));
	parsed_done(&parsed);
}

static void a_value_is_found_at_its_exact_byte(void **state)
{
	static const char *const documents[] = {
		"<Sipis><Server Name='a' Port='@'/></Sipis>",
		"<Sipis><Server Port='@' Name='a'/></Sipis>",
		"<Sipis><Server Port=\"@\" Name=\"a\"></Server></Sipis>",
		"<Sipis>\n\t<Server\tName='a'\tPort='@' />\n</Sipis>\n",
		"<Sipis>\r\n  <Server Name='a'\r\n\r\n  Port\r\n=\r\n'@'\r\n/>\r\n</Sipis>\r\n",
		"\xef\xbb\xbf<Sipis><Server Name='a' Port='@'/></Sipis>",
		"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\n<Sipis><Server Name='a' "
		"Port='@'/></Sipis>",
		"<?xml version='1.0' encoding='us-ascii'?><Sipis><Server Name='a' "
		"Port='@'/></Sipis>",
		"<?xml version='1.0' encoding='ASCII'?><Sipis><Server Name='a' Port='@'/></Sipis>",
		"<?xml version='1.0' encoding='aScIi'?><Sipis><Server Name='a' Port='@'/></Sipis>",
		"<?xml version='1.0' encoding='utf8'?><Sipis><Server Name='\xc3\xa4' "
		"Port='@'/></Sipis>",
		"<?xml version='1.0' encoding='Utf-8'?><Sipis><Server Name='\xc3\xa4' "
		"Port='@'/></Sipis>",
		"<Sipis>\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80<Server Name='\xc3\xa4\xe2\x82\xac"
		"\xf0\x9f\x98\x80' Port='@'/></Sipis>",
		"<Sipis>&lt;&amp;&#228;&#x1F600;<Server Name='&lt;&gt;&amp;&apos;&quot;&#228;' "
		"Port='@'/></Sipis>",
		"<Sipis><Server Name='a > b /> c' Port='@'/></Sipis>",
		"<Sipis><Server Name='Port=\"1\"' Realm=\" Port='2' \" Port='@'/></Sipis>",
		"<Sipis><Server Name='a\n\t b' Port='@'/></Sipis>",
		"<Sipis><Server xPort='1' Port2='2' port='3' Name='a' Port='@'/></Sipis>",
		"<Sipis xmlns:x='u'><Server x:Port='1' Name='a' Port='@' x:Name=''/></Sipis>",
		"<Sipis xmlns='" SETTINGS_NAMESPACE "'><Server Name='a' Port='@'/></Sipis>",
		"<s:Sipis xmlns:s='" SETTINGS_NAMESPACE "'><s:Server Name='a' Port='@'/></s:Sipis>",
		"<!-- <Server Port='1'/> --><Sipis><!-- <Server Port='1'/> --><Server Name='a' "
		"Port='@'/></Sipis>",
		"<Sipis><![CDATA[<Server Port='1'/>]]><Server Name='a' Port='@'/></Sipis>",
		"<Sipis><?x <Server Port='1'/> ?><Server Name='a' Port='@'/><!-- < --></Sipis>",
		"<Sipis>&lt;Server Port='1'/&gt;<Server Name='a' Port='@'/></Sipis>",
		"<Sipis><Filter><Server Port='1'/><Server Name=''/></Filter><Server Name='a' "
		"Port='@'><Server Port='2'/></Server></Sipis>",
	};

	for (size_t i = 0; i < ELEMENTSOF(documents); i++)
		assert_marker_found(*state, documents[i]);
}

/* Beyond the sizes at which libxml2 moves its window over the input. */
static void a_value_is_found_after_a_long_text(void **state)
{
	static const struct {
		const char *before, *unit, *after;
	} cases[] = {
		{"<Sipis><!--", "\xc3\xa4 <Server Port='1'/>\n",
		 "--><Server Name='a' Port='@'/></Sipis>"},
		{"<Sipis>", "text &amp; \xe2\x82\xac\r\n", "<Server Name='a' Port='@'/></Sipis>"},
		{"<Sipis>", "<Filter><Server Port='1'/></Filter>\n",
		 "<Server Name='a' Port='@'/></Sipis>"},
		{"<Sipis><Server Name='a' Realm='", "&#228;\xc3\xa4\t>", "' Port='@'/></Sipis>"},
		{"<Sipis><Server Name='a'", "\r\n", "Port='@'/></Sipis>"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct strbuf document = STRBUF_INIT;

		strbuf_append(&document, cases[i].before);
		while (document.length < 100000)
			strbuf_append(&document, cases[i].unit);
		strbuf_append(&document, cases[i].after);
		assert_marker_found(*state, document.text);
		strbuf_done(&document);
	}
}

static void line_and_column_count_bytes(void **state)
{
	static const struct {
		const char *document, *place;
	} cases[] = {
		{"<Sipis><Server Name='a' Port='x'/></Sipis>", "f:1:31:"},
		{"\xef\xbb\xbf<Sipis><Server Name='a' Port='x'/></Sipis>", "f:1:34:"},
		{"<Sipis>\n\t<Server Name='a' Port='x'/></Sipis>", "f:2:25:"},
		{"<Sipis>\r\n<Server\r\n  Name='a'\r\n  Port='x'/></Sipis>", "f:4:9:"},
		{"<Sipis><Server Name='\xf0\x9f\x98\x80' Port='x'/></Sipis>", "f:1:34:"},
		{"<Sipis><Server Name='&lt;\n' Port='x'/></Sipis>", "f:2:9:"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct parsed parsed = parse_text(*state, cases[i].document);
		char *text = findings_text(&parsed.diagnostics);

		if (strncmp(text, cases[i].place, strlen(cases[i].place)))
			fail_msg("%s is not at %s", text, cases[i].place);
		free(text);
		parsed_done(&parsed);
	}
}

static void a_place_covers_the_raw_value(void **state)
{
	static const char document[] =
		"<Sipis><Server Name='a&amp;&#x62;' Port='1' Realm=''/></Sipis>";
	struct parsed parsed = parse_text(*state, document);
	const struct value *name = &parsed.settings.name, *realm = &parsed.settings.realm;

	assert_findings(&parsed.diagnostics, "");
	assert_string_equal(name->text, "a&b");
	assert_int_equal(name->place.length, strlen("a&amp;&#x62;"));
	assert_memory_equal(document + name->place.offset, "a&amp;&#x62;'", 13);
	assert_string_equal(realm->text, "");
	assert_int_equal(realm->place.length, 0);
	assert_memory_equal(document + realm->place.offset - 2, "=''/>", 5);
	parsed_done(&parsed);
}

static void elements_are_found_at_their_first_byte(void **state)
{
	static const char document[] =
		"<?xml version='1.0'?>\n<Sipis>\n \xc3\xa4<Log/><!-- <Lock/> -->"
		"<Lock\n/>" GOOD_SERVER "<HttpServer \t></HttpServer></Sipis>";
	struct parsed parsed = parse_text(*state, document);
	const struct settings *settings = &parsed.settings;

	assert_int_equal(parsed.r, 1);
	assert_int_equal(settings->root.offset, strstr(document, "<Sipis") - document);
	assert_int_equal(settings->sinks[SINK_LOG].element.offset,
			 strstr(document, "<Log") - document);
	assert_int_equal(settings->sinks[SINK_LOCK].element.offset,
			 strstr(document, "<Lock\n") - document);
	assert_int_equal(settings->listeners[LISTENER_SERVER].element.offset,
			 strstr(document, "<Server") - document);
	assert_int_equal(settings->listeners[LISTENER_HTTP].element.offset,
			 strstr(document, "<HttpServer") - document);
	parsed_done(&parsed);
}

/* --- values ------------------------------------------------------------------------------ */

static void every_value_is_stored_in_its_field(void **state)
{
	struct xml *xml = xml_new();
	struct parsed parsed;
	const struct settings *settings = &parsed.settings;

	assert_non_null(xml);
	parsed = parse_text(
		xml, "<Sipis><Server Name='n' Port='1' Address='10.0.0.1' Realm='r' "
		     "FilterInstancesAccordingToLoadBalancer2BackendSection='Yes'/>"
		     "<HttpServer Port='2' Address='::1'/><Lock FileName='/var/run//1.lock'/>"
		     "<Log FileName='/1.log' InstanceFileName='%s.log'/></Sipis>");
	xml_free(xml); /* nothing points into the parser */
	assert_int_equal(parsed.r, 1);
	assert_findings(&parsed.diagnostics, "");
	assert_string_equal(settings->name.text, "n");
	assert_string_equal(settings->realm.text, "r");
	assert_true(settings->filter.yes);
	assert_int_equal(settings->listeners[LISTENER_SERVER].port.port, 1);
	assert_string_equal(settings->listeners[LISTENER_SERVER].address.text, "10.0.0.1");
	assert_int_equal(settings->listeners[LISTENER_HTTP].port.port, 2);
	assert_true(settings->listeners[LISTENER_HTTP].address.address.loopback);
	assert_string_equal(settings->sinks[SINK_LOCK].path.text, "/run/1.lock");
	assert_string_equal(settings->sinks[SINK_LOG].path.text, "/1.log");
	assert_string_equal(settings->instance_log.text, "%s.log");
	parsed_done(&parsed);
}

static void bad_values_are_found(void **state)
{
	static const struct {
		const char *document, *findings;
	} cases[] = {
		{"<Sipis/>", "f:1:1: error: Sipis has no Server element [missing-element]\n"},
		{"<Sipis>\n<A><Server/></A></Sipis>",
		 "f:1:1: error: Sipis has no Server element [missing-element]\n"},
		{"<Sipis>\n<Server Name='a'/></Sipis>",
		 "f:2:1: error: Server has no Port attribute [missing-attribute]\n"},
		{"<Sipis>\n<Server Port='1' name='a' x:Name='b' xmlns:x='u'/></Sipis>",
		 "f:2:1: error: Server has no Name attribute: write Name, not \"name\" "
		 "[missing-attribute]\n"},
		{"<Sipis>\n<server Port='1'/></Sipis>",
		 "f:1:1: error: Sipis has no Server element: write Server, not \"server\" "
		 "[missing-element]\n"},
		{"<Sipis>" GOOD_SERVER "\n <Server Port='x'/></Sipis>",
		 "f:2:2: error: Server occurs a second time: keep one of them "
		 "[repeated-element]\n"},
		{"<Sipis>" GOOD_SERVER "<Lock/>\n<Log/><Lock FileName=''/></Sipis>",
		 "f:2:7: error: Lock occurs a second time: keep one of them [repeated-element]\n"},
		{"<Sipis><Server Name='' Port='1'/></Sipis>",
		 "f:1:22: error: Server[Name] \"\" is empty [bad-name]\n"},
		{"<Sipis><Server Name='a&#10;b' Port='1'/></Sipis>",
		 "f:1:22: error: Server[Name] \"a\\nb\" has a control character [bad-name]\n"},
		{"<Sipis>" GOOD_SERVER "<HttpServer Address='1.2.3'/></Sipis>",
		 "f:1:65: error: HttpServer[Address] \"1.2.3\" is not an IP address or host name "
		 "[bad-address]\n"},
		{"<Sipis>" GOOD_SERVER "<Log FileName='x'/></Sipis>",
		 "f:1:59: error: Log[FileName] \"x\" is not an absolute path of a file: it does "
		 "not "
		 "begin with / [bad-path]\n"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct parsed parsed = parse_text(*state, cases[i].document);

		assert_int_equal(parsed.r, 1);
		assert_findings(&parsed.diagnostics, cases[i].findings);
		parsed_done(&parsed);
	}
}

static void the_first_of_repeated_elements_counts(void **state)
{
	struct parsed parsed = parse_text(*state, "<Sipis>" GOOD_SERVER "<Server Name='b' Port='2' "
						  "Realm='r'/></Sipis>");

	assert_string_equal(parsed.settings.name.text, "Sipis1");
	assert_null(parsed.settings.realm.text);
	assert_int_equal(parsed.settings.listeners[LISTENER_SERVER].port.port, 14998);
	parsed_done(&parsed);
}

static void an_element_counts_only_in_the_namespace_of_the_root(void **state)
{
	static const char *const documents[] = {
		"<Sipis xmlns='" SETTINGS_NAMESPACE
		"'><Server xmlns='' Name='a' Port='1'/></Sipis>",
		"<Sipis><Server xmlns='" SETTINGS_NAMESPACE "' Name='a' Port='1'/></Sipis>",
		"<Sipis xmlns:x='u'><x:Server Name='a' Port='1'/></Sipis>",
		"<s:Sipis xmlns:s='" SETTINGS_NAMESPACE "'><Server Name='a' Port='1'/></s:Sipis>",
	};

	for (size_t i = 0; i < ELEMENTSOF(documents); i++) {
		struct parsed parsed = parse_text(*state, documents[i]);

		assert_int_equal(parsed.r, 1);
		assert_findings(&parsed.diagnostics,
				"f:1:1: error: Sipis has no Server element in its own namespace "
				"[missing-element]\n");
		assert_null(parsed.settings.name.text);
		parsed_done(&parsed);
	}
}

static void a_server_with_an_undeclared_prefix_is_not_found(void **state)
{
	struct parsed parsed = parse_text(*state, "<Sipis><x:Server Name='a' Port='1'/></Sipis>");

	assert_int_equal(parsed.diagnostics.n, 1);
	assert_null(parsed.settings.name.text);
	parsed_done(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_found_at_its_exact_byte),
		cmocka_unit_test(a_value_is_found_after_a_long_text),
		cmocka_unit_test(line_and_column_count_bytes),
		cmocka_unit_test(a_place_covers_the_raw_value),
		cmocka_unit_test(elements_are_found_at_their_first_byte),
		cmocka_unit_test(every_value_is_stored_in_its_field),
		cmocka_unit_test(bad_values_are_found),
		cmocka_unit_test(the_first_of_repeated_elements_counts),
		cmocka_unit_test(an_element_counts_only_in_the_namespace_of_the_root),
		cmocka_unit_test(a_server_with_an_undeclared_prefix_is_not_found),
	};

	return cmocka_run_group_tests(tests, make_xml, free_xml);
}
