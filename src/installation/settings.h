/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The part of a settings file of SIPIS that matters to other instances on the machine.
 *
 * The root element is `Sipis`, in no namespace or in http://acrobits.net/SipisSettings.xsd. Only
 * its direct children are read.
 */

#include "document/grammar.h"
#include "document/value.h"

enum listener_kind { LISTENER_SERVER, LISTENER_HTTP, LISTENER_COUNT };

/* A port that SIPIS binds: `Server` for SIP, `HttpServer` for administration. */
struct listener {
	struct value address, port;
	struct place element; /* source NULL: the element is absent */
};

enum sink_kind { SINK_LOCK, SINK_LOG, SINK_COUNT };

/* A file that SIPIS writes: its lock or its log. */
struct sink {
	struct value path;
	struct place element; /* source NULL: the element is absent */
};

struct settings {
	struct place root;
	struct value name, realm, filter;
	struct listener listeners[LISTENER_COUNT];
	struct sink sinks[SINK_COUNT];
	struct value instance_log; /* Log[InstanceFileName]: a pattern, not checked */
};

extern const struct grammar settings_grammar;

/* Words for messages: "Server port", "HTTP port"; "lock", "log". */
extern const char *const listener_words[LISTENER_COUNT];
extern const char *const sink_words[SINK_COUNT];

/* Return the place of an element or, if it is absent, of the root element. */
const struct place *settings_element_place(const struct settings *settings,
					   const struct place *element);
