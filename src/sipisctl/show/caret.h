/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Diagnostics for a terminal: below the text form the source line, with a caret under the place,
 * and the same for the related place. Secrets in the line are redacted, see redact.h.
 */

#include "installation/installation.h"
#include "sipisctl/show/redact.h"
#include "util/strbuf.h"

struct caret {
	struct redactor redactor;
	bool color; /* with escape sequences of a terminal */
};

void caret_init(struct caret *caret, const struct installation *installation, bool color);
void caret_done(struct caret *caret);

/* Append a diagnostic, a newline after each line. `buf` remembers a failed allocation. */
void caret_append(struct strbuf *buf, struct caret *caret, const struct diagnostic *diagnostic);
