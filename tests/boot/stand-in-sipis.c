/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A stand-in for SIPIS: sipis SETTINGS
 *
 * It does what is known of the real one: reads its settings, takes its lock, writes its log,
 * listens on its ports and finds its prefixes in the load balancer's settings by its name. What it
 * does with SIP accounts it does not.
 *
 * The Server port answers a line (TCP) or a datagram (UDP) with the server's name. The HTTP port
 * answers GET /              name, prefixes, path of the settings GET /uid           user, group,
 * effective and ambient capabilities GET /write?path=P  tries to create P: "ok" or the name of the
 * error GET /crash         aborts GET /exit?status=N exits
 *
 * Words in the environment variable STAND_IN change what it does: exit=N (at once), delay=N
 * (seconds before it listens), deaf (never listens).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stand-in.h"

static const char *settings_path;
static const char *name;
static FILE *log_file;
static char *prefixes; /* each with a blank before it */

/* The rest of the word `key`VALUE in the environment, or NULL. */
static const char *behaviour(const char *key)
{
	const char *words = getenv("STAND_IN");

	for (; words && *words; words += strcspn(words, " "), words += strspn(words, " "))
		if (!strncmp(words, key, strlen(key)))
			return words + strlen(key);
	return NULL;
}

static void take_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		die("lock %s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		die("lock %s: %s", path,
		    errno == EWOULDBLOCK ? "held by another process" : strerror(errno));
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0)
		die("lock %s: %s", path, strerror(errno));
	/* open for as long as the process lives */
}

static void open_log(const char *path)
{
	log_file = fopen(path, "ae");
	if (!log_file)
		die("log %s: %s", path, strerror(errno));
	setlinebuf(log_file);
}

static void read_prefixes(void)
{
	xmlDoc *settings = settings_read(LOAD_BALANCER_SETTINGS);
	xmlNode *backend = child_element(xmlDocGetRootElement(settings), "Backend", NULL);
	xmlNode *entry = NULL;
	size_t size;
	FILE *stream = open_memstream(&prefixes, &size);

	while ((entry = child_element(backend, "Sipis", entry)))
		if (!strcmp(attribute_value(entry, "Name"), name))
			fprintf(stream, " %s", attribute_value(entry, "SelectorPrefix"));
	fclose(stream);
	xmlFreeDoc(settings);
}

/* --- what it answers --------------------------------------------------------------------- */

static char *answer_selector(const char *line, bool *ret_close)
{
	char *answer;

	return asprintf(&answer, "%s\n", name) < 0 ? NULL : answer;
}

static void decode_url(char *text)
{
	char *to = text;
	unsigned int byte;

	for (; *text; to++)
		if (sscanf(text, "%%%2x", &byte) == 1) {
			*to = (char)byte;
			text += 3;
		} else
			*to = *text++;
	*to = '\0';
}

static void write_file(FILE *body, char *path)
{
	int fd;

	decode_url(path);
	fd = open(path, O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC, 0644);
	fprintf(body, "%s\n", fd < 0 ? strerrorname_np(errno) : "ok");
	if (fd >= 0)
		close(fd);
}

static void show_privileges(FILE *body)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];

	fprintf(body, "uid: %u\ngid: %u\n", getuid(), getgid());
	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, "CapEff:", 7) || !strncmp(line, "CapAmb:", 7) ||
		    !strncmp(line, "CapBnd:", 7) || !strncmp(line, "NoNewPrivs:", 11))
			fputs(line, body);
	if (status)
		fclose(status);
}

static void answer_path(FILE *body, char *path)
{
	int status;

	if (!strncmp(path, "/write?path=", 12))
		write_file(body, path + 12);
	else if (!strcmp(path, "/uid"))
		show_privileges(body);
	else if (!strcmp(path, "/crash"))
		abort();
	else if (sscanf(path, "/exit?status=%d", &status) == 1)
		exit(status);
	else
		fprintf(body, "name: %s\nprefixes:%s\nsettings: %s\n", name, prefixes,
			settings_path);
}

/* The request line alone matters: the answer is given at the first one, and the connection is
 * closed. */
static char *answer_http(const char *line, bool *ret_close)
{
	char *answer, path[4096];
	size_t size;
	FILE *body;

	*ret_close = true;
	if (sscanf(line, "GET %4095s", path) != 1)
		return strdup("HTTP/1.0 405 Method Not Allowed\r\n\r\n");
	body = open_memstream(&answer, &size);
	fputs("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n", body);
	answer_path(body, path);
	fclose(body);
	return answer;
}

static void listen_on_ports(xmlDoc *settings)
{
	const char *port = settings_value(settings, "Server", "Port");
	const char *address = settings_value(settings, "Server", "Address");
	const char *http_port = settings_value(settings, "HttpServer", "Port");

	listen_on(address, port, SOCK_STREAM, answer_selector);
	listen_on(address, port, SOCK_DGRAM, answer_selector);
	if (*http_port)
		listen_on(settings_value(settings, "HttpServer", "Address"), http_port, SOCK_STREAM,
			  answer_http);
	fprintf(log_file, "%ld %s listens on port %s, HTTP port %s\n", (long)getpid(), name, port,
		http_port);
}

int main(int argc, char **argv)
{
	const char *path;
	xmlDoc *settings;

	if (argc < 2)
		die("usage: sipis SETTINGS");
	settings_path = argv[argc - 1];
	if (behaviour("exit="))
		return atoi(behaviour("exit="));
	settings = settings_read(settings_path);
	if (!settings)
		die("%s: %s", settings_path, errno ? strerror(errno) : "not well-formed");
	name = settings_value(settings, "Server", "Name");
	log_file = stderr;
	path = settings_value(settings, "Lock", "FileName");
	if (*path)
		take_lock(path);
	path = settings_value(settings, "Log", "FileName");
	if (*path)
		open_log(path);
	read_prefixes();
	fprintf(log_file, "%ld %s started with %s, prefixes%s\n", (long)getpid(), name,
		settings_path, prefixes);
	if (behaviour("delay="))
		sleep((unsigned int)atoi(behaviour("delay=")));
	if (behaviour("deaf"))
		pause(); /* SIGTERM ends it */
	listen_on_ports(settings);
	serve();
	fprintf(log_file, "%ld %s stopped\n", (long)getpid(), name);
	return 0;
}
