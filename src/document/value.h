/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A value is one attribute of a document, decoded and judged on its own: its text, the place of
 * its first byte in the file, and what its type makes of it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "document/address.h"
#include "document/diagnostic.h"
#include "document/source.h"
#include "selector/selector.h"

enum value_type {
	VALUE_TEXT,              /* anything: not judged alone */
	VALUE_NAME,              /* 1 to 255 bytes without a control character */
	VALUE_PORT,              /* -> port */
	VALUE_ADDRESS,           /* -> address; empty is absent */
	VALUE_PATH,              /* -> text, normalized */
	VALUE_BOOLEAN,           /* -> yes */
	VALUE_ENDPOINT,          /* Host:Port -> address, port */
	VALUE_OPTIONAL_ENDPOINT, /* the same; empty is absent */
	VALUE_PREFIX,            /* -> prefix */
};

struct value {
	char *text;         /* borrowed from the source; NULL: the attribute is absent */
	struct place place; /* of the raw value, without its quotes */
	uint16_t port;
	bool bad : 1; /* it has an error of its own, and takes part in no other rule */
	bool yes : 1;
	union { /* no type has both, and there are eleven values in each settings file */
		struct address address;
		struct prefix prefix;
	};
};

/* Does this value take part in rules? */
static inline bool value_is_good(const struct value *value)
{
	return value->text && !value->bad;
}

/* How a value is called in a finding: ELEMENT[ATTRIBUTE]. */
struct value_label {
	const char *element, *attribute;
};

/* Judge a value that has text and place. 0 or -ENOMEM. */
int value_judge(struct value *value, enum value_type type, const struct value_label *label,
		struct diagnostics *diagnostics);
