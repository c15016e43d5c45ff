/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Settings parsed from a string. */

#include "document/xml.h"
#include "helper.h"
#include "installation/settings.h"

#define SETTINGS_NAMESPACE "http://acrobits.net/SipisSettings.xsd"

/* What has nothing wrong with it; GOOD_SERVER stands for itself where it is not what matters. */
#define GOOD_SERVER "<Server Name='Sipis1' Port='14998'/>"
#define GOOD_SETTINGS                                                          \
	"<Sipis><Server Name='Sipis1' Port='14998'/><HttpServer Port='5000'/>" \
	"<Lock FileName='/run/sipis/1.lock'/><Log FileName='/var/log/sipis/1.log'/></Sipis>"

struct parsed {
	struct source *source;
	struct settings settings;
	struct diagnostics diagnostics;
	int r;
};

static inline struct parsed parse_bytes(struct xml *xml, const void *bytes, size_t size)
{
	struct parsed parsed = {.source = source_of("f", 0, bytes, size)};

	parsed.r = xml_parse(xml, parsed.source, &settings_grammar, &parsed.settings,
			     &parsed.diagnostics);
	return parsed;
}

static inline struct parsed parse_text(struct xml *xml, const char *text)
{
	return parse_bytes(xml, text, strlen(text));
}

static inline void parsed_done(struct parsed *parsed)
{
	diagnostics_done(&parsed->diagnostics);
	source_free(parsed->source);
}

/* One parser for all tests of a group, so each also tests that it serves another document. */
static inline int make_xml(void **state)
{
	*state = xml_new();
	return *state ? 0 : -1;
}

static inline int free_xml(void **state)
{
	xml_free(*state);
	return 0;
}
