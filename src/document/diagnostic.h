/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A diagnostic is one finding about the installation: something is wrong in its files. Failures of
 * this program (memory, output) are negative errno values and never become diagnostics.
 */

#include <stdbool.h>
#include <stddef.h>

#include "document/source.h"
#include "util/macro.h"
#include "util/strbuf.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

enum diagnostic_code {
#define DIAGNOSTIC(symbol, code, severity, meaning) DIAGNOSTIC_##symbol,
#include "document/diagnostic-codes.def"
#undef DIAGNOSTIC
	DIAGNOSTIC_CODE_COUNT
};

struct diagnostic {
	enum diagnostic_code code;
	struct place place;
	struct place related; /* of the first claimant; source NULL: there is none */
	char *text;           /* owned; one line, escaped */
};

struct diagnostics {
	struct diagnostic *items; /* owned */
	size_t n;
	size_t capacity;
};

void diagnostics_done(struct diagnostics *diagnostics);

/* Drop all but the first `n`. */
void diagnostics_truncate(struct diagnostics *diagnostics, size_t n);

/* Add a finding. The arguments of `format` must be escaped (escape.h). `related` may be NULL. 0 or
 * -ENOMEM. */
int diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_code code,
		    const struct place *place, const struct place *related, const char *format, ...)
	_printf_(5, 6);

/* Sort in the order of all listings: errors first, then by file, place, code. */
void diagnostics_sort(struct diagnostics *diagnostics);

const char *diagnostic_code_name(enum diagnostic_code code);
enum severity diagnostic_severity(const struct diagnostic *diagnostic);

/* Return true for an error of a document, which refuses its instance. A host error does not. */
bool diagnostic_refuses(const struct diagnostic *diagnostic);
const char *severity_name(enum severity severity);

size_t diagnostics_count(const struct diagnostics *diagnostics, enum severity severity);

/* Append `FILE:LINE:COLUMN`, or `FILE` for a whole file. */
void place_append(struct strbuf *buf, const struct place *place);

/* Append the text form, without a newline: `FILE:LINE:COLUMN: SEVERITY: TEXT [CODE]`. */
void diagnostic_append(struct strbuf *buf, const struct diagnostic *diagnostic);
