/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds a misspelt attribute or element where one is missing. */

#include "document/grammar.h"
#include "document/source.h"
#include "util/escape.h"

struct near_hint {
	char text[2 * EXCERPT_MAX + sizeof(": write , not \"\"")];
};

/*
 * Look in the start tag `tag` for an attribute whose name is nearly `name`. The hint is `: write
 * NAME, not "nmae"`, or "".
 */
struct near_hint near_attribute(const struct place *tag, const char *name);

/*
 * Return true if an element called `found` is probably the element `name`: both are the same, or
 * nearly so, and the grammar has no element `found`.
 */
bool near_element(const struct grammar *grammar, const char *found, const char *name);

/* Look for a child of the root that is probably the element `name`, but in other letters. */
struct near_hint near_child(const struct source *source, const struct grammar *grammar,
			    const char *name);
