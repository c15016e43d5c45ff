/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A bare SAX2 parse: one parser for all files, and handlers that pick the attributes that matter.
 * Whoever uses libxml2 with less care than that is slower.
 */

#include <err.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "bare.h"
#include "util/macro.h"

enum { NAME, PORT, HTTP_PORT, REALM, FILTER, LOCK, LOG, PREFIX, ADDRESS, N_VALUES };

static const struct {
	const char *element, *attribute;
} wanted[N_VALUES] = {
	[NAME] = {"Server", "Name"},
	[PORT] = {"Server", "Port"},
	[HTTP_PORT] = {"HttpServer", "Port"},
	[REALM] = {"Server", "Realm"},
	[FILTER] = {"Server", "FilterInstancesAccordingToLoadBalancer2BackendSection"},
	[LOCK] = {"Lock", "FileName"},
	[LOG] = {"Log", "FileName"},
	[PREFIX] = {"Sipis", "SelectorPrefix"},
	[ADDRESS] = {"Sipis", "Address"},
};

static struct {
	xmlParserCtxtPtr parser;
	unsigned depth;
	char values[N_VALUES][256];
} state;

static void pick(int value, int n_attributes, const xmlChar **attributes)
{
	for (int i = 0; i < n_attributes; i++, attributes += 5) {
		size_t length = (size_t)(attributes[4] - attributes[3]);

		if (strcmp((const char *)attributes[0], wanted[value].attribute) != 0 ||
		    length >= sizeof(state.values[value]))
			continue;
		memcpy(state.values[value], attributes[3], length);
		state.values[value][length] = 0;
	}
}

static void on_start(void *userdata, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int n_namespaces, const xmlChar **namespaces, int n_attributes,
		     int n_defaulted, const xmlChar **attributes)
{
	if (++state.depth > 3)
		return;
	for (int i = 0; i < N_VALUES; i++)
		if (!strcmp((const char *)name, wanted[i].element))
			pick(i, n_attributes, attributes);
}

static void on_end(void *userdata, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	state.depth--;
}

static void parse(const char *data, size_t size)
{
	if (!state.parser) {
		state.parser = xmlNewParserCtxt();
		if (!state.parser)
			errx(EXIT_FAILURE, "no memory");
		*state.parser->sax = (xmlSAXHandler){
			.initialized = XML_SAX2_MAGIC,
			.startElementNs = on_start,
			.endElementNs = on_end,
		};
	}
	xmlCtxtReadMemory(state.parser, data, (int)size, NULL, NULL,
			  XML_PARSE_NOENT | XML_PARSE_NONET);
	if (!state.parser->wellFormed)
		errx(EXIT_FAILURE, "not well-formed");
}

void bare_read_settings(unsigned number, const char *data, size_t size,
			struct bare_instance *ret_instance)
{
	parse(data, size);
	strcpy(ret_instance->name, state.values[NAME]);
	memcpy(ret_instance->port, state.values[PORT], sizeof(ret_instance->port));
	memcpy(ret_instance->http_port, state.values[HTTP_PORT], sizeof(ret_instance->http_port));
}

void bare_read_load_balancer(const char *data, size_t size)
{
	parse(data, size);
}
