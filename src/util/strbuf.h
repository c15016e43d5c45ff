/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A string that grows.
 *
 * `text` is never NULL and ends in a NUL byte that `length` does not count. A failed allocation is
 * remembered: later appends do nothing, and strbuf_take() and strbuf_error() return -ENOMEM. So the
 * caller checks once, at the end.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/macro.h"

struct strbuf {
	char *text;
	size_t length;
	size_t capacity; /* 0: `text` is the shared empty string, never written or freed */
	int error;       /* 0 or -ENOMEM */
};

#define STRBUF_INIT                  \
	{                            \
		.text = strbuf_empty \
	}

extern char strbuf_empty[];

/* Free the text and set the buffer to STRBUF_INIT. */
void strbuf_done(struct strbuf *buf);

#define _cleanup_strbuf_ _cleanup_(strbuf_done)

/* Drop all but the first `length` bytes. Keeps the memory and a remembered error. */
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

/* Return the text for a message; on OOM, that there is no memory. */
const char *strbuf_shown(const struct strbuf *buf);

/* Hand the text over to the caller, who frees it, and empty the buffer. 0 or -ENOMEM. */
int strbuf_take(struct strbuf *buf, char **ret_text);
