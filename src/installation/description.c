/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/description.h"

#include <assert.h>
#include <string.h>

#define BEGIN     "SIPIS "
#define PORT      " (port "
#define HTTP_PORT ", HTTP port "
#define END       ")"

struct description description_of(const struct settings *settings)
{
	const struct value *port = &settings->listeners[LISTENER_SERVER].port;
	const struct value *http_port = &settings->listeners[LISTENER_HTTP].port;

	assert(value_is_good(&settings->name) && value_is_good(port) && !http_port->bad);

	return (struct description){
		.name = excerpt(settings->name.text),
		.port = port->port,
		.http_port = http_port->text ? http_port->port : 0,
	};
}

void description_append(struct strbuf *buf, const struct description *description)
{
	strbuf_appendf(buf, BEGIN "%s" PORT "%u", description->name.text, description->port);
	if (description->http_port)
		strbuf_appendf(buf, HTTP_PORT "%u", description->http_port);
	strbuf_append(buf, END);
}

/* Step over `word`. Return false if `*at` does not begin with it. */
static bool skip_word(const char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

static bool skip_port(const char **at, uint16_t *ret)
{
	char digits[sizeof("65535")] = "";
	size_t length = strspn(*at, "0123456789");

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, *at, length);
	*at += length;
	return port_parse(digits, ret);
}

/* Find the last ` (port `: a name can have the same text. */
static const char *find_ports(const char *text)
{
	const char *last = NULL;

	for (const char *at = text; (at = strstr(at, PORT)); at++)
		last = at;
	return last;
}

bool description_parse(const char *text, struct description *ret)
{
	struct description description = {};
	const char *at = text, *ports;
	size_t length;

	if (!skip_word(&at, BEGIN))
		return false;

	ports = find_ports(at);
	length = ports ? (size_t)(ports - at) : 0;
	if (!length || length >= sizeof(description.name.text))
		return false;
	memcpy(description.name.text, at, length);

	at = ports;
	if (!skip_word(&at, PORT) || !skip_port(&at, &description.port))
		return false;
	if (skip_word(&at, HTTP_PORT) && !skip_port(&at, &description.http_port))
		return false;
	if (strcmp(at, END) != 0)
		return false;

	*ret = description;
	return true;
}
