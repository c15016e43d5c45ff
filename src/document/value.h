/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A value is one attribute of a document: its decoded text, its place in the file, and what a
 * parser for its type made of the text.
 */

#include <stdbool.h>
#include <stdint.h>

#include "document/address.h"
#include "document/diagnostic.h"
#include "document/source.h"
#include "selector/selector.h"

enum value_type {
	VALUE_TEXT,              /* anything */
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
	struct place place; /* the raw value, without its quotes */
	uint16_t port;
	bool yes;
	bool bad; /* has an error and takes part in no other rule */
	struct address address;
	struct prefix prefix;
};

/* Return true if the value takes part in rules. */
static inline bool value_is_good(const struct value *value)
{
	return value->text && !value->bad;
}

/* The name of a value in a finding: ELEMENT[ATTRIBUTE]. */
struct value_label {
	const char *element, *attribute;
};

/*
 * Parse the text of a value by its type and report what is wrong with it. The value has its text
 * and its place. 0 or -ENOMEM.
 */
int value_judge(struct value *value, enum value_type type, const struct value_label *label,
		struct diagnostics *diagnostics);
