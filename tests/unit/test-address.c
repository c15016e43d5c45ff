/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "document/address.h"
#include "util/macro.h"

#define LABEL_63 "abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXY"

/* Does the list, items separated by `|`, go on? Then its next item is cut off into `item`. */
static bool next_item(const char **list, char item[64])
{
	size_t length;

	if (!*list)
		return false;
	length = strcspn(*list, "|");
	assert_true(length < 64);
	memcpy(item, *list, length);
	item[length] = 0;
	*list = (*list)[length] ? *list + length + 1 : NULL;
	return true;
}

/* --- ports ------------------------------------------------------------------------------- */

static void every_port_is_read_back(void **state)
{
	for (unsigned i = 1; i <= UINT16_MAX; i++) {
		uint16_t port = 0;
		char text[8];

		snprintf(text, sizeof(text), "%u", i);
		if (!port_parse(text, &port) || port != i)
			fail_msg("%s", text);
	}
}

static void a_port_must_be_a_plain_decimal(void **state)
{
	const char *list = "|0|00|01|080|65536|70000|99999|100000|4294967376"
			   "|18446744073709551696|-1|+80| 80|80 |8 0|80\n|0x50|80a|a80|8.0"
			   "|1e3|http|-|\xd9\xa3|80\xc2\xa0";
	char item[64];

	while (next_item(&list, item)) {
		uint16_t port = 4711;

		if (port_parse(item, &port))
			fail_msg("\"%s\" was read as %u", item, port);
		assert_int_equal(port, 4711);
	}
}

/* --- addresses --------------------------------------------------------------------------- */

struct address_case {
	const char *text;
	enum address_kind kind;
	bool loopback;
};

static void assert_addresses(const struct address_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct address address = {.kind = ADDRESS_UNKNOWN};

		if (!address_parse(cases[i].text, &address))
			fail_msg("\"%s\" is not read", cases[i].text);
		if (address.kind != cases[i].kind || address.loopback != cases[i].loopback)
			fail_msg("\"%s\" is of kind %d, loopback %d", cases[i].text, address.kind,
				 address.loopback);
	}
}

static void a_wildcard_means_any_address(void **state)
{
	static const struct address_case cases[] = {
		{"0", ADDRESS_ANY, false},         {"0.0.0.0", ADDRESS_ANY, false},
		{"::", ADDRESS_ANY, false},        {"[::]", ADDRESS_ANY, false},
		{"::0.0.0.0", ADDRESS_ANY, false}, {"::ffff:0.0.0.0", ADDRESS_ANY, false},
		{"::%eth0", ADDRESS_ANY, false},
	};

	assert_addresses(cases, ELEMENTSOF(cases));
}

static void a_numeric_address_is_read_as_bytes(void **state)
{
	static const struct address_case cases[] = {
		{"10.0.0.1", ADDRESS_NUMERIC, false},
		{"255.255.255.255", ADDRESS_NUMERIC, false},
		{"0.0.0.1", ADDRESS_NUMERIC, false},
		{"127.0.0.0", ADDRESS_NUMERIC, true},
		{"127.0.0.1", ADDRESS_NUMERIC, true},
		{"127.255.255.255", ADDRESS_NUMERIC, true},
		{"128.0.0.1", ADDRESS_NUMERIC, false},
		{"2001:db8::1", ADDRESS_NUMERIC, false},
		{"[2001:DB8::1]", ADDRESS_NUMERIC, false},
		{"::1", ADDRESS_NUMERIC, true},
		{"[::1]", ADDRESS_NUMERIC, true},
		{"1::1", ADDRESS_NUMERIC, false},
		{"::ffff:127.9.9.9", ADDRESS_NUMERIC, true},
		{"::ffff:10.0.0.1", ADDRESS_NUMERIC, false},
		{"::127.0.0.1", ADDRESS_NUMERIC, false},
		{"fe80::1%eth0", ADDRESS_NUMERIC, false},
		{"[fe80::1%eth0]", ADDRESS_NUMERIC, false},
		{"fe80::1%2", ADDRESS_NUMERIC, false},
		{"fe80::1%0123456789abcde", ADDRESS_NUMERIC, false},
		{"ff02::1%br-lan.1@x", ADDRESS_NUMERIC, false},
		{"::1%lo", ADDRESS_NUMERIC, true},
	};

	assert_addresses(cases, ELEMENTSOF(cases));
}

static void a_host_name_is_read_as_a_name(void **state)
{
	static const struct address_case cases[] = {
		{"localhost", ADDRESS_NAME, true},
		{"LocalHost", ADDRESS_NAME, true},
		{"localhost.localdomain", ADDRESS_NAME, false},
		{"sip.example.org", ADDRESS_NAME, false},
		{"sip.example.org.", ADDRESS_NAME, false},
		{"sipis_1", ADDRESS_NAME, false},
		{"4you", ADDRESS_NAME, false},
		{"1.2.3.4.example", ADDRESS_NAME, false},
		{"1.2.3.4a", ADDRESS_NAME, false},
		{LABEL_63 "." LABEL_63, ADDRESS_NAME, false},
	};

	assert_addresses(cases, ELEMENTSOF(cases));
}

static void other_texts_are_not_addresses(void **state)
{
	const char *list = "| |1|00|1.2.3|1.2.3.4.5|256.0.0.1|1.2.3.04|1.2.3.4 | 1.2.3.4"
			   "|1.2.3.-4|1.2.3.4:80|10.0.0.0/8|example.123|123.|*|-a|a-|a.-b"
			   "|a..b|.a|a..|.|a b|a\tb|a\n|bücher.example|a/b|user@host|a,b|:"
			   "|:::|1:2:3|::1::|12345::|::g|fe80::1%|fe80::1%a/b|fe80::1%a%b|fe80::1% "
			   "|fe80::1%0123456789abcdef|fe80::1%..|10.0.0.1%eth0|localhost%eth0|%"
			   "eth0|[fe80::1]%eth0|fe80::1%a b|[]|[::1|::1]|[::1]x"
			   "|[[::1]]|[1.2.3.4]|[localhost]|[::1] |[::1]:80|$(reboot)";
	char item[64];

	while (next_item(&list, item)) {
		struct address address;

		if (address_parse(item, &address))
			fail_msg("\"%s\" is read", item);
	}
}

static void a_host_name_has_at_most_253_bytes(void **state)
{
	char name[512] = LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63;
	struct address address;

	assert_false(address_parse(name, &address)); /* 255 */
	assert_false(address_parse(LABEL_63 "x", &address));
	name[253] = 0;
	assert_true(address_parse(name, &address));
	strcpy(name + 253, ".");
	assert_true(address_parse(name, &address)); /* the dot of the root does not count */
	strcpy(name + 253, "a");
	assert_false(address_parse(name, &address));
	memset(name, '1', sizeof(name) - 1);
	name[0] = '[';
	name[sizeof(name) - 2] = ']';
	assert_false(address_parse(name, &address));
}

static void spellings_of_one_address_have_the_same_bytes(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{"10.0.0.1", "::ffff:10.0.0.1", true},
		{"10.0.0.1", "[::ffff:a00:1]", true},
		{"10.0.0.1", "::10.0.0.1", false},
		{"2001:db8::1", "[2001:0DB8:0:0:0:0:0:0001]", true},
		{"2001:db8::1", "2001:db8::2", false},
		{"10.0.0.1", "10.0.0.2", false},
		{"127.0.0.1", "::1", false},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct address a, b;

		assert_true(address_parse(cases[i].a, &a));
		assert_true(address_parse(cases[i].b, &b));
		if (!memcmp(a.bytes, b.bytes, sizeof(a.bytes)) != cases[i].same)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
}

static void link_local_addresses_have_a_zone(void **state)
{
	static const struct {
		const char *text, *zone;
	} cases[] = {
		{"fe80::1%eth0", "eth0"},    {"[fe80::1%eth0]", "eth0"},
		{"febf::1%1", "1"},          {"fe80::1", ""},
		{"fec0::1%eth0", ""},        {"2001:db8::1%eth0", ""},
		{"::ffff:1.2.3.4%eth0", ""}, {"10.0.0.1", ""},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct address address;

		assert_true(address_parse(cases[i].text, &address));
		assert_string_equal(address.zone, cases[i].zone);
	}
}

/* The order of sorting has equal addresses side by side, those without a zone first. */
static void addresses_are_compared_by_bytes_and_zone(void **state)
{
	static const char *const sorted[] = {
		"10.0.0.1", "10.0.0.2", "fe80::1", "fe80::1%eth0", "fe80::1%eth1", "fe80::2%eth0",
	};

	for (size_t i = 0; i < ELEMENTSOF(sorted); i++)
		for (size_t j = 0; j < ELEMENTSOF(sorted); j++) {
			struct address a, b;
			int r;

			assert_true(address_parse(sorted[i], &a));
			assert_true(address_parse(sorted[j], &b));
			r = address_compare(&a, &b);
			if ((i < j) != (r < 0) || (i > j) != (r > 0))
				fail_msg("%s and %s: %d", sorted[i], sorted[j], r);
		}
}

static void only_wildcards_and_names_can_meet_every_address(void **state)
{
	static const struct address any = {.kind = ADDRESS_ANY}, name = {.kind = ADDRESS_NAME};
	static const struct address numeric = {.kind = ADDRESS_NUMERIC};
	static const struct address unknown = {.kind = ADDRESS_UNKNOWN};

	assert_true(address_meets_everything(&any));
	assert_true(address_meets_everything(&name));
	assert_false(address_meets_everything(&numeric));
	assert_false(address_meets_everything(&unknown));
}

/* --- endpoints --------------------------------------------------------------------------- */

static void an_endpoint_has_a_host_and_a_port(void **state)
{
	static const struct {
		const char *text;
		uint16_t port;
		enum address_kind kind;
		bool loopback;
	} cases[] = {
		{"0:4998", 4998, ADDRESS_ANY, false},
		{"0.0.0.0:1", 1, ADDRESS_ANY, false},
		{"127.0.0.1:14998", 14998, ADDRESS_NUMERIC, true},
		{"10.0.0.1:65535", 65535, ADDRESS_NUMERIC, false},
		{"localhost:14998", 14998, ADDRESS_NAME, true},
		{"sip.example.org:5060", 5060, ADDRESS_NAME, false},
		{"[::1]:14998", 14998, ADDRESS_NUMERIC, true},
		{"[::]:14998", 14998, ADDRESS_ANY, false},
		{"[2001:db8::1]:5061", 5061, ADDRESS_NUMERIC, false},
		{"[10.0.0.1]:5061", 5061, ADDRESS_NUMERIC, false},
		{"[localhost]:5061", 5061, ADDRESS_NAME, true},
		{"[fe80::1%eth0]:5061", 5061, ADDRESS_NUMERIC, false},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct address address = {.kind = ADDRESS_UNKNOWN};
		uint16_t port = 0;

		if (!endpoint_parse(cases[i].text, &address, &port))
			fail_msg("\"%s\" is not read", cases[i].text);
		if (address.kind != cases[i].kind || address.loopback != cases[i].loopback ||
		    port != cases[i].port)
			fail_msg("\"%s\" is kind %d, loopback %d, port %u", cases[i].text,
				 address.kind, address.loopback, port);
	}
}

static void a_text_without_host_and_port_is_not_an_endpoint(void **state)
{
	const char *list = "|:|:80|localhost|localhost:|localhost:0|localhost:65536"
			   "|localhost:080|localhost: 80|localhost :80|10.0.0.1|80|::1:80"
			   "|2001:db8::1:80|::1|[::1]|[::1]80|[::1]:|[]:80|[::1:80|::1]:80"
			   "|[[::1]]:80|[1.2.3]:80|a:b:80|256.0.0.1:80|-a:80|localhost:80:81"
			   "|http://localhost:80|fe80::1%eth0:80|[fe80::1%]:80|localhost:80/";
	char item[64];

	while (next_item(&list, item)) {
		struct address address;
		uint16_t port;

		if (endpoint_parse(item, &address, &port))
			fail_msg("\"%s\" is read", item);
	}
}

static void an_endpoint_of_any_length_is_safe_to_read(void **state)
{
	char text[700];

	for (size_t length = 0; length < 600; length++) {
		struct address address;
		uint16_t port;

		memset(text, 'a', length);
		strcpy(text + length, ":80");
		assert_int_equal(endpoint_parse(text, &address, &port), length > 0 && length <= 63);
		text[0] = '[';
		strcpy(text + length + !length, "]:80");
		assert_int_equal(endpoint_parse(text, &address, &port), length > 1 && length <= 64);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_port_is_read_back),
		cmocka_unit_test(a_port_must_be_a_plain_decimal),
		cmocka_unit_test(a_wildcard_means_any_address),
		cmocka_unit_test(a_numeric_address_is_read_as_bytes),
		cmocka_unit_test(a_host_name_is_read_as_a_name),
		cmocka_unit_test(other_texts_are_not_addresses),
		cmocka_unit_test(a_host_name_has_at_most_253_bytes),
		cmocka_unit_test(spellings_of_one_address_have_the_same_bytes),
		cmocka_unit_test(link_local_addresses_have_a_zone),
		cmocka_unit_test(addresses_are_compared_by_bytes_and_zone),
		cmocka_unit_test(only_wildcards_and_names_can_meet_every_address),
		cmocka_unit_test(an_endpoint_has_a_host_and_a_port),
		cmocka_unit_test(a_text_without_host_and_port_is_not_an_endpoint),
		cmocka_unit_test(an_endpoint_of_any_length_is_safe_to_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
