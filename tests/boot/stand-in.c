/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stand-in.h"

#include <errno.h>
#include <libxml/parser.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_MAX 1024
#define LINE_SIZE   4096

/* A listener (with an answer function of its own) or a connection to one. */
struct stream {
	answer_function answer;
	enum { LISTENER, DATAGRAMS, CONNECTION, ANSWERED } kind;
	size_t length;
	char buffer[LINE_SIZE];
};

static struct pollfd fds[SOCKETS_MAX + 1]; /* the first is for signals */
static struct stream *streams[SOCKETS_MAX + 1];
static size_t n_fds = 1;

void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* --- settings ---------------------------------------------------------------------------- */

xmlDoc *settings_read(const char *path)
{
	return xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

xmlNode *child_element(const xmlNode *parent, const char *name, const xmlNode *previous)
{
	xmlNode *node;

	if (!parent)
		return NULL;
	for (node = previous ? previous->next : parent->children; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name))
			return node;
	return NULL;
}

const char *attribute_value(xmlNode *element, const char *attribute)
{
	xmlChar *value = element ? xmlGetNoNsProp(element, (const xmlChar *)attribute) : NULL;

	return value ? (const char *)value : "";
}

const char *settings_value(xmlDoc *settings, const char *element, const char *attribute)
{
	return attribute_value(child_element(xmlDocGetRootElement(settings), element, NULL),
			       attribute);
}

/* --- network ----------------------------------------------------------------------------- */

static void add_socket(int fd, int kind, answer_function answer)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream || n_fds > SOCKETS_MAX)
		die("too many connections");
	stream->kind = kind;
	stream->answer = answer;
	fds[n_fds] = (struct pollfd){.fd = fd, .events = POLLIN};
	streams[n_fds++] = stream;
}

static void remove_socket(size_t i)
{
	close(fds[i].fd);
	free(streams[i]);
	n_fds--;
	fds[i] = fds[n_fds];
	streams[i] = streams[n_fds];
}

void listen_on(const char *address, const char *port, int socktype, answer_function answer)
{
	struct addrinfo hints = {.ai_socktype = socktype, .ai_flags = AI_PASSIVE}, *found;
	char host[NI_MAXHOST] = "";
	int fd, r;

	sscanf(address, "[%1000[^]]", host);
	if (!*host)
		snprintf(host, sizeof(host), "%s", !*address ? "0" : address);
	r = getaddrinfo(host, port, &hints, &found);
	if (r != 0)
		die("%s port %s: %s", host, port, gai_strerror(r));
	fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket: %s", strerror(errno));
	if (socktype == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(fd, found->ai_addr, found->ai_addrlen) < 0 ||
	    (socktype == SOCK_STREAM && listen(fd, SOMAXCONN) < 0))
		die("%s port %s: %s", host, port, strerror(errno));
	freeaddrinfo(found);
	add_socket(fd, socktype == SOCK_STREAM ? LISTENER : DATAGRAMS, answer);
}

bool split_address(const char *address, char host[NI_MAXHOST], char port[NI_MAXSERV])
{
	return sscanf(address, "[%1000[^]]]:%30[0-9]", host, port) == 2 ||
	       sscanf(address, "%1000[^:]:%30[0-9]", host, port) == 2;
}

static char *answer_line(struct stream *stream, char *line, bool *ret_close)
{
	*ret_close = false;
	line[strcspn(line, "\r\n")] = '\0';
	return stream->answer(line, ret_close);
}

/* Every whole line in the buffer. False: there will be no more answers. */
static bool answer_lines(struct stream *stream, int fd)
{
	bool at_end = false;
	char *end;

	while (!at_end && (end = memchr(stream->buffer, '\n', stream->length))) {
		size_t length = (size_t)(end - stream->buffer) + 1;
		char line[LINE_SIZE + 1], *answer;

		memcpy(line, stream->buffer, length);
		line[length] = '\0';
		stream->length -= length;
		memmove(stream->buffer, end + 1, stream->length);
		answer = answer_line(stream, line, &at_end);
		if (answer && send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
			at_end = true;
		free(answer);
	}
	return !at_end && stream->length < sizeof(stream->buffer);
}

/*
 * After the last answer the rest is read and thrown away: closing a socket that has unread input
 * would reset the connection, and the peer would lose the answer.
 */
static bool end_answers(struct stream *stream, int fd)
{
	stream->kind = ANSWERED;
	stream->length = 0;
	return shutdown(fd, SHUT_WR) == 0;
}

static bool receive(struct stream *stream, int fd)
{
	ssize_t n = recv(fd, stream->buffer + stream->length,
			 sizeof(stream->buffer) - stream->length, 0);

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	if (stream->kind == ANSWERED)
		return true;
	stream->length += (size_t)n;
	return answer_lines(stream, fd) || end_answers(stream, fd);
}

static void answer_datagram(struct stream *stream, int fd)
{
	struct sockaddr_storage peer;
	socklen_t peer_length = sizeof(peer);
	char line[LINE_SIZE + 1], *answer;
	bool ignored;
	ssize_t n;

	n = recvfrom(fd, line, LINE_SIZE, 0, (struct sockaddr *)&peer, &peer_length);
	if (n < 0)
		return;
	line[n] = '\0';
	answer = answer_line(stream, line, &ignored);
	if (answer)
		sendto(fd, answer, strlen(answer), 0, (struct sockaddr *)&peer, peer_length);
	free(answer);
}

static void accept_connection(struct stream *stream, int fd)
{
	int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (connection >= 0)
		add_socket(connection, CONNECTION, stream->answer);
}

static void serve_socket(size_t i)
{
	switch (streams[i]->kind) {
	case LISTENER:
		accept_connection(streams[i], fds[i].fd);
		break;
	case DATAGRAMS:
		answer_datagram(streams[i], fds[i].fd);
		break;
	case CONNECTION:
	case ANSWERED:
	default:
		if (!receive(streams[i], fds[i].fd))
			remove_socket(i);
		break;
	}
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

void serve(void)
{
	fds[0] = (struct pollfd){.fd = open_signals(), .events = POLLIN};
	if (fds[0].fd < 0)
		die("signalfd: %s", strerror(errno));
	for (;;) {
		if (poll(fds, n_fds, -1) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		if (fds[0].revents)
			return;
		for (size_t i = n_fds - 1; i > 0; i--) /* backwards: removing moves the last */
			if (fds[i].revents)
				serve_socket(i);
	}
}
