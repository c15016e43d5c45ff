/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the stand-ins for the two closed programs share: settings by libxml2's tree, listeners, and
 * one poll loop that serves lines, datagrams and signals. On purpose it shares nothing with the
 * project that it tests.
 */

#include <libxml/tree.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>

#define LOAD_BALANCER_SETTINGS "/etc/acrobits/LoadBalancer2/Settings.xml"

/* Prints "PROGRAM: TEXT" and exits 1. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

/* --- settings ---------------------------------------------------------------------------- */

/* NULL: it can't be read or is not well-formed. */
xmlDoc *settings_read(const char *path);

/* The next child element of `parent` with this local name, after `previous` or (NULL) the first. */
xmlNode *child_element(const xmlNode *parent, const char *name, const xmlNode *previous);

/* An attribute of a direct child of the root, "" when there is none; never freed. */
const char *settings_value(xmlDoc *settings, const char *element, const char *attribute);

/* The attribute's value, "" when there is none; never freed. */
const char *attribute_value(xmlNode *element, const char *attribute);

/* --- network ----------------------------------------------------------------------------- */

/*
 * The answer to one line or datagram, without its end of line: allocated, sent as it is.
 * `*ret_close` is false at first. NULL: no answer.
 */
typedef char *(*answer_function)(const char *line, bool *ret_close);

/* Dies when it can't. An address of "", "0" is every IPv4 address. `socktype` is that of socket(2).
 */
void listen_on(const char *address, const char *port, int socktype, answer_function answer);

/* "HOST:PORT" or "[HOST]:PORT" in two, or false. */
bool split_address(const char *address, char host[NI_MAXHOST], char port[NI_MAXSERV]);

/* Serves until SIGTERM or SIGINT. */
void serve(void);
