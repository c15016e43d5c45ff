/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What one settings file of SIPIS says, as far as it matters to others on the same machine.
 *
 * The format is the one of the vendor's own files: a root element `Sipis`, in no namespace or in
 * http://acrobits.net/SipisSettings.xsd, of whose children only the direct ones count.
 */

#include "document/grammar.h"
#include "document/value.h"

enum listener_kind { LISTENER_SERVER, LISTENER_HTTP, LISTENER_COUNT };

/* What SIPIS binds: `Server` for SIP, `HttpServer` for its administration. */
struct listener {
	struct value address, port;
	struct place element; /* source NULL: the element is absent */
};

enum sink_kind { SINK_LOCK, SINK_LOG, SINK_COUNT };

/* What SIPIS writes: its lock and its log. */
struct sink {
	struct value path;
	struct place element; /* source NULL: the element is absent */
};

struct settings {
	struct place root;
	struct value name, realm, filter;
	struct listener listeners[LISTENER_COUNT];
	struct sink sinks[SINK_COUNT];
	struct value instance_log; /* Log[InstanceFileName]: a pattern of SIPIS's own, not judged */
};

extern const struct grammar settings_grammar;

/* Words for findings and descriptions: "Server port", "HTTP port"; "lock", "log". */
extern const char *const listener_words[LISTENER_COUNT];
extern const char *const sink_words[SINK_COUNT];

/* The place that stands for an element that may be absent: its own, else the root's. */
const struct place *settings_element_place(const struct settings *settings,
					   const struct place *element);
