/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A stand-in for LoadBalancer2: LoadBalancer2 [SETTINGS]
 *
 * It listens on its frontends. A line (Tcp, Tls) or a datagram (Udp) is `SELECTOR [APP-ID]`; it is
 * passed to the backend of the first match, and what that one says is the answer: `-` when nothing
 * matches, `!` when the backend is silent. A backend without address is the SIPIS of that name on
 * this machine, wherever its own settings say that it listens.
 *
 * The matching is as plain as can be, because what the project calculates is compared with it.
 */

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "stand-in.h"

#define SIPIS_SETTINGS "/etc/sipis/Settings*.xml"

static xmlNode *backend;

/* Bit `i` of a string of hexadecimal digits; -1 when it has no such bit. */
static int bit_of(const char *hex, size_t i)
{
	char digit[2] = {strlen(hex) > i / 4 ? hex[i / 4] : 'x', '\0'};
	char *end;
	long value = strtol(digit, &end, 16);

	return *end ? -1 : (int)(value >> (3 - i % 4)) & 1;
}

static bool selector_matches(const char *selector, const char *prefix)
{
	char hex[64] = "";
	int bits = -1;

	sscanf(prefix, "%40[0-9A-Fa-f]/%d", hex, &bits);
	if (*prefix == '/')
		sscanf(prefix, "/%d", &bits);
	if (bits < 0)
		bits = (int)strlen(hex) * 4;
	for (size_t i = 0; i < (size_t)bits; i++)
		if (bit_of(hex, i) != bit_of(selector, i) || bit_of(selector, i) < 0)
			return false;
	return true;
}

static xmlNode *first_match(const char *selector, const char *app_id)
{
	xmlNode *entry = NULL;

	while ((entry = child_element(backend, "Sipis", entry))) {
		const char *app_id_prefix = attribute_value(entry, "AppIdPrefix");

		if (selector_matches(selector, attribute_value(entry, "SelectorPrefix")) &&
		    !strncmp(app_id, app_id_prefix, strlen(app_id_prefix)))
			return entry;
	}
	return NULL;
}

/* Where the SIPIS of this name listens, by its settings. */
static bool find_instance(const char *name, char host[NI_MAXHOST], char port[NI_MAXSERV])
{
	bool found = false;
	glob_t files;

	if (glob(SIPIS_SETTINGS, 0, NULL, &files) != 0)
		return false;
	for (size_t i = 0; i < files.gl_pathc && !found; i++) {
		xmlDoc *settings = settings_read(files.gl_pathv[i]);
		const char *address = settings_value(settings, "Server", "Address");

		if (!strcmp(settings_value(settings, "Server", "Name"), name)) {
			bool any =
				!*address || !strcmp(address, "0") || !strcmp(address, "0.0.0.0");

			snprintf(host, NI_MAXHOST, "%s", any ? "127.0.0.1" : address);
			snprintf(port, NI_MAXSERV, "%s",
				 settings_value(settings, "Server", "Port"));
			found = true;
		}
		xmlFreeDoc(settings);
	}
	globfree(&files);
	return found;
}

static int connect_to(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	struct timeval patience = {.tv_sec = 5};
	int fd, r;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	r = connect(fd, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	if (r == 0)
		return fd;
	close(fd);
	return -1;
}

/* What the backend says to this line, or NULL. */
static char *ask_backend(xmlNode *entry, const char *line)
{
	const char *address = attribute_value(entry, "Address");
	char host[NI_MAXHOST], port[NI_MAXSERV], *answer = NULL;
	size_t size = 0;
	FILE *stream;
	int fd;

	if (*address ? !split_address(address, host, port)
		     : !find_instance(attribute_value(entry, "Name"), host, port))
		return NULL;
	fd = connect_to(host, port);
	if (fd < 0)
		return NULL;
	stream = fdopen(fd, "r+e");
	if (dprintf(fd, "%s\n", line) < 0 || getline(&answer, &size, stream) < 0) {
		free(answer);
		answer = NULL;
	}
	fclose(stream);
	return answer;
}

static char *forward(const char *line, bool *ret_close)
{
	char selector[256] = "", app_id[256] = "", *answer;
	xmlNode *entry;

	sscanf(line, "%255s %255s", selector, app_id);
	entry = first_match(selector, app_id);
	if (!entry)
		return strdup("-\n");
	answer = ask_backend(entry, line);
	return answer ? answer : strdup("!\n");
}

static void listen_on_frontends(xmlNode *frontend)
{
	static const struct {
		const char *element;
		int socktype;
	} kinds[] = {{"Udp", SOCK_DGRAM}, {"Tcp", SOCK_STREAM}, {"Tls", SOCK_STREAM}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		xmlNode *entry = NULL;

		while ((entry = child_element(frontend, kinds[i].element, entry))) {
			char host[NI_MAXHOST], port[NI_MAXSERV];

			if (!split_address(attribute_value(entry, "Address"), host, port))
				die("frontend %s: not HOST:PORT",
				    attribute_value(entry, "Address"));
			listen_on(host, port, kinds[i].socktype, forward);
		}
	}
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : LOAD_BALANCER_SETTINGS;
	xmlDoc *settings = settings_read(path);

	if (!settings)
		die("%s: %s", path, errno ? strerror(errno) : "not well-formed");
	backend = child_element(xmlDocGetRootElement(settings), "Backend", NULL);
	listen_on_frontends(child_element(xmlDocGetRootElement(settings), "Frontend", NULL));
	serve();
	return 0;
}
