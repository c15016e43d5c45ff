/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/strbuf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char strbuf_empty[1];

void strbuf_done(struct strbuf *buf)
{
	if (buf->capacity)
		free(buf->text);
	*buf = (struct strbuf)STRBUF_INIT;
}

void strbuf_truncate(struct strbuf *buf, size_t length)
{
	if (length >= buf->length)
		return;
	buf->length = length;
	buf->text[length] = 0;
}

/* Make room for `more` bytes and a NUL. Return false once an allocation has failed. */
static bool strbuf_reserve(struct strbuf *buf, size_t more)
{
	size_t wanted = buf->capacity ? buf->capacity : 64;
	char *grown;

	if (buf->error)
		return false;
	if (buf->capacity && more < buf->capacity - buf->length)
		return true;

	while (wanted - buf->length <= more)
		wanted *= 2;
	grown = realloc(buf->capacity ? buf->text : NULL, wanted);
	if (!grown) {
		buf->error = -ENOMEM;
		return false;
	}

	buf->text = grown;
	buf->capacity = wanted;
	return true;
}

void strbuf_append_bytes(struct strbuf *buf, const void *bytes, size_t size)
{
	if (!size || !strbuf_reserve(buf, size))
		return;

	memcpy(buf->text + buf->length, bytes, size);
	buf->length += size;
	buf->text[buf->length] = 0;
}

void strbuf_append(struct strbuf *buf, const char *text)
{
	strbuf_append_bytes(buf, text, strlen(text));
}

void strbuf_append_char(struct strbuf *buf, char c)
{
	strbuf_append_bytes(buf, &c, 1);
}

void strbuf_appendv(struct strbuf *buf, const char *format, va_list args)
{
	size_t room;
	va_list again;
	int length;

	if (!strbuf_reserve(buf, 0))
		return;

	room = buf->capacity - buf->length;
	va_copy(again, args);
	length = vsnprintf(buf->text + buf->length, room, format, args);
	if (length >= 0 && (size_t)length >= room && strbuf_reserve(buf, (size_t)length))
		(void)vsnprintf(buf->text + buf->length, (size_t)length + 1, format, again);
	va_end(again);

	if (length < 0)
		buf->error = -ENOMEM;
	if (buf->error)
		buf->text[buf->length] = 0;
	else
		buf->length += (size_t)length;
}

void strbuf_appendf(struct strbuf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_appendv(buf, format, args);
	va_end(args);
}

const char *strbuf_shown(const struct strbuf *buf)
{
	return buf->error < 0 ? strerrordesc_np(-buf->error) : buf->text;
}

int strbuf_take(struct strbuf *buf, char **ret_text)
{
	if (!strbuf_reserve(buf, 0))
		return buf->error;

	buf->text[buf->length] = 0;
	*ret_text = buf->text;
	*buf = (struct strbuf)STRBUF_INIT;
	return 0;
}
