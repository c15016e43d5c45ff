/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/settings.h"

const char *const listener_words[] = {
	[LISTENER_SERVER] = "Server port", [LISTENER_HTTP] = "HTTP port"};
const char *const sink_words[] = {[SINK_LOCK] = "lock", [SINK_LOG] = "log"};

#define FIELD(member) offsetof(struct settings, member)

#define ATTRIBUTES(array) .attributes = (array), .n_attributes = ELEMENTSOF(array)

/* One row a line */
/* clang-format off */
static const struct grammar_attribute server_attributes[] = {
	{.name = "Name", .type = VALUE_NAME, .offset = FIELD(name), .required = true, .when_missing = DIAGNOSTIC_MISSING_ATTRIBUTE},
	{.name = "Address", .type = VALUE_ADDRESS, .offset = FIELD(listeners[LISTENER_SERVER].address)},
	{.name = "Port", .type = VALUE_PORT, .offset = FIELD(listeners[LISTENER_SERVER].port), .required = true, .when_missing = DIAGNOSTIC_MISSING_ATTRIBUTE},
	{.name = "Realm", .type = VALUE_TEXT, .offset = FIELD(realm)},
	{.name = "FilterInstancesAccordingToLoadBalancer2BackendSection", .type = VALUE_BOOLEAN, .offset = FIELD(filter)},
};

static const struct grammar_attribute http_server_attributes[] = {
	{.name = "Address", .type = VALUE_ADDRESS, .offset = FIELD(listeners[LISTENER_HTTP].address)},
	{.name = "Port", .type = VALUE_PORT, .offset = FIELD(listeners[LISTENER_HTTP].port)},
};

static const struct grammar_attribute lock_attributes[] = {
	{.name = "FileName", .type = VALUE_PATH, .offset = FIELD(sinks[SINK_LOCK].path)},
};

static const struct grammar_attribute log_attributes[] = {
	{.name = "FileName", .type = VALUE_PATH, .offset = FIELD(sinks[SINK_LOG].path)},
	{.name = "InstanceFileName", .type = VALUE_TEXT, .offset = FIELD(instance_log)},
};

static const struct grammar_element elements[] = {
	{.name = "Server", .parent = GRAMMAR_ROOT, .flags = ELEMENT_REQUIRED | ELEMENT_SINGLE, ATTRIBUTES(server_attributes), .place = FIELD(listeners[LISTENER_SERVER].element)},
	{.name = "HttpServer", .parent = GRAMMAR_ROOT, .flags = ELEMENT_SINGLE, ATTRIBUTES(http_server_attributes), .place = FIELD(listeners[LISTENER_HTTP].element)},
	{.name = "Lock", .parent = GRAMMAR_ROOT, .flags = ELEMENT_SINGLE, ATTRIBUTES(lock_attributes), .place = FIELD(sinks[SINK_LOCK].element)},
	{.name = "Log", .parent = GRAMMAR_ROOT, .flags = ELEMENT_SINGLE, ATTRIBUTES(log_attributes), .place = FIELD(sinks[SINK_LOG].element)},
};
/* clang-format on */

static const char *const namespaces[] = {"http://acrobits.net/SipisSettings.xsd", NULL};

const struct grammar settings_grammar = {
	.root = "Sipis",
	.namespaces = namespaces,
	.root_place = FIELD(root),
	.elements = elements,
	.n_elements = ELEMENTSOF(elements),
};

const struct place *settings_element_place(const struct settings *settings,
					   const struct place *element)
{
	return element->source ? element : &settings->root;
}
