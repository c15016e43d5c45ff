/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "sipisctl/running/process.h"
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

static void an_ipv4_address_matches_the_one_in_the_settings(void **state)
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

static void an_ipv6_address_matches_the_one_in_the_settings(void **state)
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

static void the_unspecified_address_blocks_every_address(void **state)
{
	struct bound_socket any = add(SOCKET_UDP, " 7: " ZERO ":1388 " ZERO ":0000 07" REST);
	struct address wanted = address_of("192.0.2.7"), name = address_of("sip.example.com");

	assert_int_equal(any.address.kind, ADDRESS_ANY);
	assert_true(socket_blocks(&any, &wanted, 5000));
	assert_true(socket_blocks(&any, &name, 5000));
	assert_false(socket_blocks(&any, &name, 5010));
}

static void a_host_name_is_blocked_and_a_wrong_address_is_not(void **state)
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

static void connections_are_not_listeners(void **state)
{
	static const char *const tcp[] = {"01", "02", "03", "06", "07", "08", "0B"};

	for (size_t i = 0; i < ELEMENTSOF(tcp); i++) {
		char line[256];

		snprintf(line, sizeof(line), "  5: 00000000:3A96 0100007F:D431 %s" REST, tcp[i]);
		assert_int_equal(add_fails(SOCKET_TCP, line), 0);
	}
	assert_int_equal(add_fails(SOCKET_UDP, "  5: 00000000:3A96 0100007F:D431 01" REST), 0);
}

static void malformed_lines_are_refused(void **state)
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

static void sockets_of_a_namespace_are_read_once(void **state)
{
	_cleanup_(sockets_done) struct sockets sockets = {}, own = {};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t n;

	assert_true(fd >= 0);
	assert_int_equal(listen(fd, 1), 0); /* at a port that the kernel chooses */
	assert_int_equal(sockets_read(&own), 0);
	assert_int_equal(sockets_read_of(&sockets, getpid()), 0);
	n = sockets.n;
	assert_true(n > 0);
	assert_true(sockets.items[0].network != 0);
	assert_int_equal(sockets_read_of(&sockets, getppid()), 0);
	assert_int_equal(sockets.n, n);
	assert_int_equal(own.items[0].network, 0);
	close(fd);
}

static void the_name_of_this_process_is_found(void **state)
{
	char name[PROCESS_NAME_MAX];

	assert_int_equal(prctl(PR_SET_NAME, "a name"), 0);
	process_name(getpid(), name);
	assert_string_equal(name, "a name");
}

static void a_process_that_ended_has_no_name_and_no_unit(void **state)
{
	_cleanup_free_ char *value = NULL;
	char name[PROCESS_NAME_MAX];
	uint64_t network;

	process_name(INT_MAX, name);
	assert_string_equal(name, "?");
	assert_false(process_is_in_group(INT_MAX, "/system.slice/sipis@1.service"));
	assert_null(process_unit(INT_MAX));
	assert_int_equal(process_environment(INT_MAX, "PATH", &value), -ENOENT);
	assert_int_equal(process_network(INT_MAX, &network), -ENOENT);
}

static bool is_below(const char *line, const char *group)
{
	char copy[256];

	strcpy(copy, line);
	return group_line_is_below(copy, group);
}

static void a_group_is_compared_as_a_whole(void **state)
{
	static const char group[] = "/system.slice/system-sipis.slice/sipis@1.service";
	static const char *const own[] = {
		"0::/system.slice/system-sipis.slice/sipis@1.service\n",
		"0::/system.slice/system-sipis.slice/sipis@1.service/below\n",
		"12:name=systemd:/system.slice/system-sipis.slice/sipis@1.service\n",
	};
	static const char *const others[] = {
		"0::/\n",
		"0::/system.slice/system-sipis.slice/sipis@11.service\n",
		"0::/system.slice/system-sipis.slice/sipis@1.service2\n",
		"0::/user.slice/user-65534.slice/sipis@1.service\n",
		"0::/x/system.slice/system-sipis.slice/sipis@1.service\n",
		"4:memory:/system.slice/system-sipis.slice/sipis@1.service\n",
		"1:name=elogind:/system.slice/system-sipis.slice/sipis@1.service\n",
		"/system.slice/system-sipis.slice/sipis@1.service\n",
		"0\n",
		"",
	};

	for (size_t i = 0; i < ELEMENTSOF(own); i++)
		assert_true(is_below(own[i], group));
	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		assert_false(is_below(others[i], group));
}

static void no_process_belongs_to_an_unknown_group(void **state)
{
	assert_false(process_is_in_group(getpid(), NULL));
	assert_false(process_is_in_group(getpid(), ""));
	assert_false(process_is_in_group(getpid(), "/"));
}

/* The process says a byte when it runs: until then the kernel shows no environment. */
static void the_environment_is_that_of_the_start(void **state)
{
	_cleanup_free_ char *value = NULL;
	char *const arguments[] = {(char *)"sh", (char *)"-c", (char *)"echo; kill -STOP $$", NULL};
	char *const environment[] = {(char *)"PREFIX_NAME=no", (char *)"NAME=a value", NULL};
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ready[1], STDOUT_FILENO);
		execve("/bin/sh", arguments, environment);
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);

	assert_int_equal(process_environment(pid, "NAME", &value), 1);
	assert_string_equal(value, "a value");
	assert_int_equal(process_environment(pid, "NAM", &value), 0);
	assert_int_equal(process_environment(pid, "PATH", &value), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_has_port_user_and_inode),
		cmocka_unit_test(an_ipv4_address_matches_the_one_in_the_settings),
		cmocka_unit_test(an_ipv6_address_matches_the_one_in_the_settings),
		cmocka_unit_test(the_unspecified_address_blocks_every_address),
		cmocka_unit_test(a_host_name_is_blocked_and_a_wrong_address_is_not),
		cmocka_unit_test(connections_are_not_listeners),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(sockets_of_a_namespace_are_read_once),
		cmocka_unit_test(the_name_of_this_process_is_found),
		cmocka_unit_test(a_process_that_ended_has_no_name_and_no_unit),
		cmocka_unit_test(a_group_is_compared_as_a_whole),
		cmocka_unit_test(no_process_belongs_to_an_unknown_group),
		cmocka_unit_test(the_environment_is_that_of_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
