/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "helper-installation.h"
#include "installation/rules-claims.h"

typedef int rule_function(const struct installation *, struct diagnostics *);

/* What one rule finds, sorted; what was found on single values is not looked at. */
static struct diagnostics findings_of(rule_function *rule, const struct installation *installation)
{
	struct diagnostics diagnostics = {};

	assert_int_equal(rule(installation, &diagnostics), 0);
	diagnostics_sort(&diagnostics);
	return diagnostics;
}

/* The files are Settings1.xml and so on, each of one line. */
static void assert_found(rule_function *rule, const char *const *texts, size_t n,
			 const char *expected)
{
	struct settings_file files[8];
	struct installation installation;
	struct diagnostics diagnostics;
	char names[8][40];

	assert_true(n <= ELEMENTSOF(files));
	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "Settings%zu.xml", i + 1);
		files[i] = (struct settings_file){names[i], texts[i]};
	}
	install(&installation, files, n);
	diagnostics = findings_of(rule, &installation);
	assert_findings(&diagnostics, expected);
	diagnostics_done(&diagnostics);
	installation_done(&installation);
}

#define TEXTS(...) \
	(const char *const[]){__VA_ARGS__}, ELEMENTSOF(((const char *const[]){__VA_ARGS__}))

/* --- names ------------------------------------------------------------------------------- */

static void a_name_belongs_to_its_first_claimant(void **state)
{
	assert_found(check_names,
		     TEXTS("<Sipis><Server Name='a' Port='1'/></Sipis>",
			   "<Sipis><Server Name='b' Port='1'/></Sipis>",
			   "<Sipis><Server Port='1' Name='a'/></Sipis>",
			   "<Sipis><Server Name='a' Port='1'/></Sipis>"),
		     "Settings3.xml:1:31: error: Server name \"a\" is already used by "
		     "Settings1.xml (see Settings1.xml:1:22) [duplicate-name]\n"
		     "Settings4.xml:1:22: error: Server name \"a\" is already used by "
		     "Settings1.xml (see Settings1.xml:1:22) [duplicate-name]\n");
}

static void names_are_compared_byte_by_byte(void **state)
{
	assert_found(check_names,
		     TEXTS("<Sipis><Server Name='a' Port='1'/></Sipis>",
			   "<Sipis><Server Name='A' Port='1'/></Sipis>",
			   "<Sipis><Server Name='a ' Port='1'/></Sipis>",
			   "<Sipis><Server Name='aa' Port='1'/></Sipis>"),
		     "");
	assert_found(check_names,
		     TEXTS("<Sipis><Server Name='a&amp;b' Port='1'/></Sipis>",
			   "<Sipis><Server Name='&#97;&#38;b' Port='1'/></Sipis>"),
		     "Settings2.xml:1:22: error: Server name \"a&b\" is already used by "
		     "Settings1.xml (see Settings1.xml:1:22) [duplicate-name]\n");
}

static void a_missing_or_bad_value_claims_nothing(void **state)
{
	assert_found(check_names,
		     TEXTS("<Sipis><Server Name='' Port='1'/></Sipis>",
			   "<Sipis><Server Name='' Port='1'/></Sipis>", "<Sipis><Server/></Sipis>",
			   "<Sipis><Server/></Sipis>"),
		     "");
	assert_found(check_ports,
		     TEXTS("<Sipis><Server Port='0'/><HttpServer Port='x'/></Sipis>",
			   "<Sipis><Server Port='0'/><HttpServer Port='x'/></Sipis>",
			   "<Sipis><Server/><HttpServer Port='1'/></Sipis>",
			   "<Sipis><Server/><HttpServer Port='2'/></Sipis>"),
		     "");
	assert_found(check_paths,
		     TEXTS("<Sipis><Lock FileName='x'/><Log FileName=''/></Sipis>",
			   "<Sipis><Lock FileName='x'/><Log FileName=''/></Sipis>"),
		     "");
}

static void a_file_that_is_not_well_formed_claims_nothing(void **state)
{
	static const char broken[] = "<Sipis><Server Name='a' Port='1'/><HttpServer Port='2'/>";
	static const char whole[] =
		"<Sipis><Server Name='a' Port='1'/><HttpServer Port='2'/></Sipis>";

	assert_found(check_names, TEXTS(broken, whole, broken), "");
	assert_found(check_ports, TEXTS(broken, whole, broken), "");
	assert_found(check_paths, TEXTS(broken, whole, broken), "");
}

static void a_refused_instance_keeps_its_claims(void **state)
{
	assert_found(check_names,
		     TEXTS("<Sipis><Server Name='a' Port='0'/><Lock FileName='x'/></Sipis>",
			   "<Sipis><Server Name='a' Port='1'/></Sipis>"),
		     "Settings2.xml:1:22: error: Server name \"a\" is already used by "
		     "Settings1.xml (see Settings1.xml:1:22) [duplicate-name]\n");
}

/* --- ports ------------------------------------------------------------------------------- */

/* Two files bind one port at these addresses. */
static bool addresses_clash(const char *a, const char *b)
{
	struct installation installation;
	struct diagnostics diagnostics;
	struct settings_file files[] = {{"Settings1.xml", NULL}, {"Settings2.xml", NULL}};
	char texts[2][128];
	bool clash;

	for (size_t i = 0; i < 2; i++) {
		snprintf(texts[i], sizeof(texts[i]),
			 "<Sipis><Server Port='1' Address='%s'/><HttpServer Port='%zu'/></Sipis>",
			 i ? b : a, i + 2);
		files[i].text = texts[i];
	}
	install(&installation, files, 2);
	diagnostics = findings_of(check_ports, &installation);
	assert_true(diagnostics.n <= 1);
	clash = diagnostics.n == 1;
	diagnostics_done(&diagnostics);
	installation_done(&installation);
	return clash;
}

static void two_addresses_clash_if_they_can_meet(void **state)
{
	static const struct {
		const char *a, *b;
		bool clash;
	} cases[] = {
		{"", "", true},
		{"0", "0.0.0.0", true},
		{"::", "0", true},
		{"", "10.0.0.1", true},
		{"0", "10.0.0.1", true},
		{"0.0.0.0", "2001:db8::1", true},
		{"::", "10.0.0.1", true},
		{"10.0.0.1", "10.0.0.1", true},
		{"10.0.0.1", "10.0.0.2", false},
		{"127.0.0.1", "127.0.0.2", false},
		{"127.0.0.1", "::1", false},
		{"10.0.0.1", "::ffff:10.0.0.1", true},
		{"10.0.0.1", "[::ffff:a00:2]", false},
		{"10.0.0.1", "2001:db8::1", false},
		{"2001:db8::1", "[2001:DB8:0:0::1]", true},
		{"fe80::1%eth0", "fe80::1%eth0", true},
		{"fe80::1%eth0", "[fe80::1%eth0]", true},
		{"fe80::1%eth0", "fe80::1%eth1", false},
		{"fe80::1%eth0", "fe80::1", true},
		{"fe80::1%eth0", "fe80::2%eth0", false},
		{"fe80::1%eth0", "::", true},
		{"2001:db8::1%eth0", "2001:db8::1%eth1", true},
		{"sip.example.org", "", true},
		{"sip.example.org", "10.0.0.1", true},
		{"sip.example.org", "sip.example.org", true},
		{"sip.example.org", "www.example.org", true},
		{"1.2.3", "10.0.0.1", false},
		{"1.2.3", "1.2.3.4.5", false},
		{"1.2.3", "0", true},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		if (addresses_clash(cases[i].a, cases[i].b) != cases[i].clash ||
		    addresses_clash(cases[i].b, cases[i].a) != cases[i].clash)
			fail_msg("\"%s\" and \"%s\"", cases[i].a, cases[i].b);
}

/* A listener without a zone meets all others at its address, which do not meet each other. */
static void a_zone_keeps_listeners_at_one_address_apart(void **state)
{
	static const char text[] = "<Sipis><Server Port='1' Address='fe80::1%s'/>"
				   "<HttpServer Port='%d'/></Sipis>";
	static const char *const zones[] = {"%a", "%b", "%c", "", "%b", "%c"};
	char texts[ELEMENTSOF(zones)][128];

	for (int i = 0; i < (int)ELEMENTSOF(zones); i++)
		snprintf(texts[i], sizeof(texts[i]), text, zones[i], i + 2);
	assert_found(check_ports, TEXTS(texts[0], texts[1], texts[2], texts[3], texts[4], texts[5]),
		     "Settings4.xml:1:22: error: Server port 1 is already used by Settings1.xml "
		     "(see Settings1.xml:1:22) [duplicate-port]\n"
		     "Settings5.xml:1:22: error: Server port 1 is already used by Settings2.xml "
		     "(see Settings2.xml:1:22) [duplicate-port]\n"
		     "Settings6.xml:1:22: error: Server port 1 is already used by Settings3.xml "
		     "(see Settings3.xml:1:22) [duplicate-port]\n");
	assert_found(check_ports, TEXTS(texts[3], texts[0], texts[1]),
		     "Settings2.xml:1:22: error: Server port 1 is already used by Settings1.xml "
		     "(see Settings1.xml:1:22) [duplicate-port]\n"
		     "Settings3.xml:1:22: error: Server port 1 is already used by Settings1.xml "
		     "(see Settings1.xml:1:22) [duplicate-port]\n");
}

static void listeners_of_both_kinds_clash(void **state)
{
	assert_found(
		check_ports,
		TEXTS("<Sipis><Server Port='1'/><HttpServer Port='2'/></Sipis>",
		      "<Sipis><Server Port='2'/><HttpServer Port='1'/></Sipis>"),
		"Settings2.xml:1:22: error: Server port 2 is already used by Settings1.xml (see "
		"Settings1.xml:1:44) [duplicate-port]\n"
		"Settings2.xml:1:44: error: HTTP port 1 is already used by Settings1.xml (see "
		"Settings1.xml:1:22) [duplicate-port]\n");
	assert_found(
		check_ports, TEXTS("<Sipis><Server Port='1'/><HttpServer Port='1'/></Sipis>"),
		"Settings1.xml:1:44: error: HTTP port 1 is the Server port of this file too (see "
		"Settings1.xml:1:22) [duplicate-port]\n");
}

static void an_error_names_the_first_claimant_of_many(void **state)
{
	assert_found(
		check_ports,
		TEXTS("<Sipis><Server Port='1' Address='10.0.0.1'/><HttpServer Port='11'/></Sipis>",
		      "<Sipis><Server Port='1' Address='10.0.0.2'/><HttpServer Port='12'/></Sipis>",
		      "<Sipis><Server Port='1'/><HttpServer Port='13'/></Sipis>",
		      "<Sipis><Server Port='1' Address='10.0.0.2'/><HttpServer Port='14'/></Sipis>",
		      "<Sipis><Server Port='1' Address='10.0.0.3'/><HttpServer "
		      "Port='15'/></Sipis>"),
		"Settings3.xml:1:22: error: Server port 1 is already used by Settings1.xml (see "
		"Settings1.xml:1:22) [duplicate-port]\n"
		"Settings4.xml:1:22: error: Server port 1 is already used by Settings2.xml (see "
		"Settings2.xml:1:22) [duplicate-port]\n"
		"Settings5.xml:1:22: error: Server port 1 is already used by Settings3.xml (see "
		"Settings3.xml:1:22) [duplicate-port]\n");
}

static void only_one_file_may_leave_its_http_port_to_the_default(void **state)
{
	assert_found(
		check_ports,
		TEXTS("<Sipis><Server Port='1'/></Sipis>",
		      "<Sipis><Server Port='2'/><HttpServer Address='10.0.0.1'/></Sipis>",
		      "<Sipis>\n<Server Port='3'/></Sipis>"),
		"Settings2.xml:1:26: error: the HTTP port is left to SIPIS's default, as it is in "
		"Settings1.xml, and only one can have it: set it in both (see Settings1.xml:1:1) "
		"[duplicate-port]\n"
		"Settings3.xml:1:1: error: the HTTP port is left to SIPIS's default, as it is in "
		"Settings1.xml, and only one can have it: set it in both (see Settings1.xml:1:1) "
		"[duplicate-port]\n");
}

/* --- paths ------------------------------------------------------------------------------- */

static void a_lock_or_log_belongs_to_its_first_claimant(void **state)
{
	assert_found(check_paths,
		     TEXTS("<Sipis><Lock FileName='/run/1'/><Log FileName='/l/1'/></Sipis>",
			   "<Sipis><Lock FileName='/l/1'/><Log FileName='/run/1'/></Sipis>",
			   "<Sipis><Lock FileName='/3'/><Log FileName='/3'/></Sipis>"),
		     "Settings2.xml:1:24: error: lock \"/l/1\" is already used by Settings1.xml "
		     "(see Settings1.xml:1:48) [duplicate-path]\n"
		     "Settings2.xml:1:46: error: log \"/run/1\" is already used by Settings1.xml "
		     "(see Settings1.xml:1:24) [duplicate-path]\n"
		     "Settings3.xml:1:44: error: log \"/3\" is the lock of this file too "
		     "(see Settings3.xml:1:24) [duplicate-path]\n");
}

static void all_spellings_of_a_path_clash(void **state)
{
	static const char *const spellings[] = {"/run/x", "/var/run/x", "//run//x", "/./run/./x",
						"/var/.//run/x"};

	for (size_t i = 0; i < ELEMENTSOF(spellings); i++) {
		char text[128];

		snprintf(text, sizeof(text),
			 "<Sipis><Lock FileName='%s'/><Log FileName='/2'/></Sipis>", spellings[i]);
		assert_found(
			check_paths,
			TEXTS("<Sipis><Lock FileName='/run/x'/><Log FileName='/1'/></Sipis>", text),
			"Settings2.xml:1:24: error: lock \"/run/x\" is already used by "
			"Settings1.xml (see Settings1.xml:1:24) [duplicate-path]\n");
	}
}

static void the_null_device_never_clashes(void **state)
{
	static const char null[] = "<Sipis><Lock FileName='/dev/null'/>"
				   "<Log FileName='/dev//./null'/></Sipis>";

	assert_found(check_paths, TEXTS(null, null), "");
}

static void only_one_file_may_leave_its_lock_or_log_to_the_default(void **state)
{
	assert_found(check_paths,
		     TEXTS("<Sipis><Lock/></Sipis>", "<Sipis><Log FileName='/2'/></Sipis>",
			   "<Sipis><Lock FileName='/3'/><Log/></Sipis>"),
		     "Settings2.xml:1:1: error: the lock is left to SIPIS's default, as it is in "
		     "Settings1.xml, and only one can have it: set it in both (see "
		     "Settings1.xml:1:8) [duplicate-path]\n"
		     "Settings3.xml:1:29: error: the log is left to SIPIS's default, as it is in "
		     "Settings1.xml, and only one can have it: set it in both (see "
		     "Settings1.xml:1:1) [duplicate-path]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_belongs_to_its_first_claimant),
		cmocka_unit_test(names_are_compared_byte_by_byte),
		cmocka_unit_test(a_missing_or_bad_value_claims_nothing),
		cmocka_unit_test(a_file_that_is_not_well_formed_claims_nothing),
		cmocka_unit_test(a_refused_instance_keeps_its_claims),
		cmocka_unit_test(two_addresses_clash_if_they_can_meet),
		cmocka_unit_test(a_zone_keeps_listeners_at_one_address_apart),
		cmocka_unit_test(listeners_of_both_kinds_clash),
		cmocka_unit_test(an_error_names_the_first_claimant_of_many),
		cmocka_unit_test(only_one_file_may_leave_its_http_port_to_the_default),
		cmocka_unit_test(a_lock_or_log_belongs_to_its_first_claimant),
		cmocka_unit_test(all_spellings_of_a_path_clash),
		cmocka_unit_test(the_null_device_never_clashes),
		cmocka_unit_test(only_one_file_may_leave_its_lock_or_log_to_the_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
