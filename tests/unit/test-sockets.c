/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "sipisctl/running/sockets.h"
#include "util/macro.h"

/* The end of a line that does not matter but for user and inode. */
#define REST \
	" 00000000:00000000 00:00000000 00000000   941        0 4711 1 0000000000000000 100 0\n"

#define ZERO "00000000000000000000000000000000"

/* As the kernel writes it: the word as a number of this machine. */
static const char *word(const uint8_t bytes[4])
{
	static char text[9];
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	snprintf(text, sizeof(text), "%08X", number);
	return text;
}

static struct bound_socket add(enum socket_protocol protocol, const char *line)
{
	struct sockets sockets = {};
	struct bound_socket socket;

	assert_int_equal(sockets_add_line(&sockets, protocol, line), 1);
	assert_int_equal(sockets.n, 1);
	socket = sockets.items[0];
	sockets_done(&sockets);
	return socket;
}

static int add_fails(enum socket_protocol protocol, const char *line)
{
	struct sockets sockets = {};
	int r = sockets_add_line(&sockets, protocol, line);

	assert_int_equal(sockets.n, 0);
	sockets_done(&sockets);
	return r;
}

static struct address address_of(const char *text)
{
	struct address address;

	assert_true(address_parse(text, &address));
	return address;
}

static void a_listener_has_port_user_and_inode(void **state)
{
	struct bound_socket socket = add(SOCKET_TCP, "   0: 00000000:3A96 00000000:0000 0A" REST);

	assert_int_equal(socket.protocol, SOCKET_TCP);
	assert_int_equal(socket.port, 14998);
	assert_int_equal(socket.uid, 941);
	assert_int_equal(socket.inode, 4711);
	assert_int_equal(socket.pid, 0);
	assert_int_equal(socket.address.kind, ADDRESS_ANY);
}

static void addresses_are_those_of_the_settings(void **state)
{
	static const uint8_t bytes[4] = {192, 0, 2, 7}, mapped_prefix[4] = {0, 0, 0xff, 0xff};
	struct address wanted = address_of("192.0.2.7"), other = address_of("192.0.2.8");
	struct bound_socket v4, mapped;
	char line[256], prefix[9];

	snprintf(line, sizeof(line), "  12: %s:1388 00000000:0000 0A" REST, word(bytes));
	v4 = add(SOCKET_TCP, line);
	assert_int_equal(v4.address.kind, ADDRESS_NUMERIC);
	assert_memory_equal(v4.address.bytes, wanted.bytes, sizeof(wanted.bytes));
	assert_true(socket_blocks(&v4, &wanted, 5000));
	assert_false(socket_blocks(&v4, &wanted, 5001));
	assert_false(socket_blocks(&v4, &other, 5000));
	strcpy(prefix, word(mapped_prefix));
	snprintf(line, sizeof(line), "  12: 0000000000000000%s%s:1388 " ZERO ":0000 0A" REST,
		 prefix, word(bytes));
	mapped = add(SOCKET_TCP, line);
	assert_true(socket_blocks(&mapped, &wanted, 5000));
	assert_false(socket_blocks(&mapped, &other, 5000));
}

static void an_ipv6_address(void **state)
{
	static const uint8_t first[4] = {0x20, 0x01, 0x0d, 0xb8}, last[4] = {0, 0, 0, 0x17};
	struct address wanted = address_of("2001:db8::17");
	struct bound_socket socket;
	char line[256], head[9];

	strcpy(head, word(first));
	snprintf(line, sizeof(line), "   3: %s0000000000000000%s:1388 " ZERO ":0000 0A" REST, head,
		 word(last));
	socket = add(SOCKET_TCP, line);
	assert_int_equal(socket.address.kind, ADDRESS_NUMERIC);
	assert_memory_equal(socket.address.bytes, wanted.bytes, sizeof(wanted.bytes));
}

static void the_unspecified_address_blocks_all(void **state)
{
	struct bound_socket any = add(SOCKET_UDP, " 7: " ZERO ":1388 " ZERO ":0000 07" REST);
	struct address wanted = address_of("192.0.2.7"), name = address_of("sip.example.com");

	assert_int_equal(any.address.kind, ADDRESS_ANY);
	assert_true(socket_blocks(&any, &wanted, 5000));
	assert_true(socket_blocks(&any, &name, 5000));
	assert_false(socket_blocks(&any, &name, 5010));
}

static void a_name_and_a_wrong_address(void **state)
{
	static const uint8_t bytes[4] = {192, 0, 2, 7};
	struct address name = address_of("sip.example.com");
	struct address unknown = {.kind = ADDRESS_UNKNOWN};
	struct bound_socket socket;
	char line[256];

	snprintf(line, sizeof(line), "  12: %s:1388 00000000:0000 0A" REST, word(bytes));
	socket = add(SOCKET_TCP, line);
	assert_true(socket_blocks(&socket, &name, 5000));
	assert_false(socket_blocks(&socket, &unknown, 5000));
}

static void connections_are_no_listeners(void **state)
{
	static const char *const tcp[] = {"01", "02", "03", "06", "07", "08", "0B"};

	for (size_t i = 0; i < ELEMENTSOF(tcp); i++) {
		char line[256];

		snprintf(line, sizeof(line), "  5: 00000000:3A96 0100007F:D431 %s" REST, tcp[i]);
		assert_int_equal(add_fails(SOCKET_TCP, line), 0);
	}
	assert_int_equal(add_fails(SOCKET_UDP, "  5: 00000000:3A96 0100007F:D431 01" REST), 0);
}

static void other_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   "
		"uid\n",
		"   0: 00000000:3A96 00000000:0000 0A\n",
		"   0: 000000:3A96 00000000:0000 0A" REST,
		"   0: 0000000000000000:3A96 00000000:0000 0A" REST,
		"   0: " ZERO "00:3A96 00000000:0000 0A" REST,
		"   0: 0000000x:3A96 00000000:0000 0A" REST,
	};

	for (size_t i = 0; i < ELEMENTSOF(lines); i++)
		assert_int_equal(add_fails(SOCKET_TCP, lines[i]), -EINVAL);
}

static void the_own_process_has_a_name(void **state)
{
	char name[PROCESS_NAME_MAX];

	assert_int_equal(prctl(PR_SET_NAME, "a name"), 0);
	process_name(getpid(), name);
	assert_string_equal(name, "a name");
	assert_false(process_is_of_unit(getpid(), "sipis@no-such-instance.service"));
}

static void a_process_that_has_gone(void **state)
{
	char name[PROCESS_NAME_MAX];

	process_name(INT_MAX, name);
	assert_string_equal(name, "?");
	assert_false(process_is_of_unit(INT_MAX, "sipis@1.service"));
	assert_null(process_unit(INT_MAX));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_has_port_user_and_inode),
		cmocka_unit_test(addresses_are_those_of_the_settings),
		cmocka_unit_test(an_ipv6_address),
		cmocka_unit_test(the_unspecified_address_blocks_all),
		cmocka_unit_test(a_name_and_a_wrong_address),
		cmocka_unit_test(connections_are_no_listeners),
		cmocka_unit_test(other_lines_are_refused),
		cmocka_unit_test(the_own_process_has_a_name),
		cmocka_unit_test(a_process_that_has_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
