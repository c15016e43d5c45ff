/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What unit tests share: sources made of strings, and findings as text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "document/diagnostic.h"
#include "document/source.h"
#include "util/macro.h"
#include "util/strbuf.h"

/* A source as if a file of that path and content had been read. The caller frees it. */
static inline struct source *source_of(const char *path, unsigned order, const void *bytes,
				       size_t size)
{
	struct source *source = NULL;

	assert_int_equal(source_new(path, order, &source), 0);
	source->data = malloc(size + 1);
	assert_non_null(source->data);
	memcpy(source->data, bytes, size);
	source->data[size] = 0;
	source->size = size;
	return source;
}

static inline struct place place_in(struct source *source, size_t offset)
{
	return (struct place){.source = source, .offset = (uint32_t)offset};
}

/* All findings in their text form, a newline behind each. The caller frees it. */
static inline char *findings_text(const struct diagnostics *diagnostics)
{
	struct strbuf buf = STRBUF_INIT;
	char *text = NULL;

	for (size_t i = 0; i < diagnostics->n; i++) {
		diagnostic_append(&buf, &diagnostics->items[i]);
		strbuf_append_char(&buf, '\n');
	}
	assert_int_equal(strbuf_take(&buf, &text), 0);
	return text;
}

#define assert_findings(diagnostics, expected)                \
	do {                                                  \
		char *findings_ = findings_text(diagnostics); \
                                                              \
		assert_string_equal(findings_, (expected));   \
		free(findings_);                              \
	} while (0)
