/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/settings.h"

const char *const listener_words[] = {
	[LISTENER_SERVER] = "Server port", [LISTENER_HTTP] = "HTTP port"};
const char *const sink_words[] = {[SINK_LOCK] = "lock", [SINK_LOG] = "log"};

#define FIELD(member) offsetof(struct settings, member)

static const struct grammar_attribute server_attributes[] = {
	{"Name",						  VALUE_NAME,    FIELD(name),                               DIAGNOSTIC_MISSING_ATTRIBUTE},
	{"Address",					       VALUE_ADDRESS, FIELD(listeners[LISTENER_SERVER].address), -1                          },
	{"Port",						  VALUE_PORT,    FIELD(listeners[LISTENER_SERVER].port),    DIAGNOSTIC_MISSING_ATTRIBUTE},
	{"Realm",						 VALUE_TEXT,    FIELD(realm),                              -1                          },
	{"FilterInstancesAccordingToLoadBalancer2BackendSection", VALUE_BOOLEAN, FIELD(filter),                             -1                          },
};

static const struct grammar_attribute http_server_attributes[] = {
	{"Address", VALUE_ADDRESS, FIELD(listeners[LISTENER_HTTP].address), -1},
	{"Port",    VALUE_PORT,    FIELD(listeners[LISTENER_HTTP].port),    -1},
};

static const struct grammar_attribute lock_attributes[] = {
	{"FileName", VALUE_PATH, FIELD(sinks[SINK_LOCK].path), -1},
};

static const struct grammar_attribute log_attributes[] = {
	{"FileName",         VALUE_PATH, FIELD(sinks[SINK_LOG].path), -1},
	{"InstanceFileName", VALUE_TEXT, FIELD(instance_log),         -1},
};

#define ATTRIBUTES(array) array, ELEMENTSOF(array)

static const struct grammar_element elements[] = {
	{"Server",     GRAMMAR_ROOT, ELEMENT_REQUIRED | ELEMENT_SINGLE, ATTRIBUTES(server_attributes),
	 FIELD(listeners[LISTENER_SERVER].element), NULL},
	{"HttpServer", GRAMMAR_ROOT, ELEMENT_SINGLE,                    ATTRIBUTES(http_server_attributes),
	 FIELD(listeners[LISTENER_HTTP].element),   NULL},
	{"Lock",       GRAMMAR_ROOT, ELEMENT_SINGLE,                    ATTRIBUTES(lock_attributes),
	 FIELD(sinks[SINK_LOCK].element),           NULL},
	{"Log",        GRAMMAR_ROOT, ELEMENT_SINGLE,                    ATTRIBUTES(log_attributes),
	 FIELD(sinks[SINK_LOG].element),            NULL},
};

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
