/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A string that grows.
 *
 * Invariants: `text` is never NULL and always ends in a NUL byte that `length` does not count.
 * A failed allocation is remembered: later appends do nothing, and strbuf_take() or
 * strbuf_error() says -ENOMEM. So a text is built without a check a line, and checked once.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/macro.h"

struct strbuf {
	char *text;
	size_t length;
	size_t capacity; /* 0: `text` is the shared empty string, and not ours to write or free */
	int error;       /* 0 or -ENOMEM */
};

#define STRBUF_INIT                  \
	{                            \
		.text = strbuf_empty \
	}

extern char strbuf_empty[];

void strbuf_done(struct strbuf *buf);

/* Forget all but the first `length` bytes, keep the memory. A remembered error stays. */
void strbuf_truncate(struct strbuf *buf, size_t length);

void strbuf_append_bytes(struct strbuf *buf, const void *bytes, size_t size);
void strbuf_append(struct strbuf *buf, const char *text);
void strbuf_append_char(struct strbuf *buf, char c);
void strbuf_appendf(struct strbuf *buf, const char *format, ...) _printf_(2, 3);
void strbuf_appendv(struct strbuf *buf, const char *format, va_list args) _printf_(2, 0);

static inline int strbuf_error(const struct strbuf *buf)
{
	return buf->error;
}

/* Hand the text over to the caller, who frees it; the buffer is empty again. 0 or -ENOMEM. */
int strbuf_take(struct strbuf *buf, char **ret_text);
