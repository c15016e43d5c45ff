/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/text-width.h"

#include <langinfo.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "util/escape.h"

#define WIDTH_DEFAULT 80
#define ROWS_DEFAULT  24
#define WIDTH_MAX     10000 /* larger widths are taken as wrong */

static struct winsize screen_size(void)
{
	struct winsize size = {};

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size); /* fails if it is not a terminal */
	return size;
}

unsigned line_width(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned width = screen_size().ws_col;
	char *end = NULL;

	if (columns && *columns) {
		unsigned long wanted = strtoul(columns, &end, 10);

		if (wanted > 0 && wanted <= WIDTH_MAX && !*end)
			return (unsigned)wanted;
	}
	return width > 0 && width <= WIDTH_MAX ? width : WIDTH_DEFAULT;
}

unsigned screen_rows(void)
{
	unsigned rows = screen_size().ws_row;

	return rows > 0 ? rows : ROWS_DEFAULT;
}

bool locale_is_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/*
 * Return the bytes of the first character, and set its columns. A character that wcwidth() does not
 * know in this locale counts as one column.
 */
static size_t first_character(const char *text, size_t length, unsigned *ret_width)
{
	unsigned code_point = 0;
	size_t taken = utf8_decode(text, length, &code_point);
	int width = taken ? wcwidth((wchar_t)code_point) : 1;

	*ret_width = width < 0 ? 1 : (unsigned)width;
	return taken ? taken : 1;
}

static unsigned width_of(const char *text, size_t length)
{
	unsigned sum = 0, width;

	for (size_t i = 0; i < length; sum += width)
		i += first_character(text + i, length - i, &width);
	return sum;
}

unsigned text_width(const char *text)
{
	return width_of(text, strlen(text));
}

void text_append_cut(struct strbuf *buf, const char *text, unsigned width, const char *mark)
{
	size_t length = strlen(text), kept = 0;
	unsigned room, used = 0, next;

	if (text_width(text) <= width) {
		strbuf_append(buf, text);
		return;
	}
	room = width > text_width(mark) ? width - text_width(mark) : 0;
	for (;;) {
		size_t taken = first_character(text + kept, length - kept, &next);

		if (used + next > room)
			break;
		used += next;
		kept += taken;
	}
	strbuf_append_bytes(buf, text, kept);
	strbuf_append(buf, mark);
}

unsigned text_append_folded(struct strbuf *buf, const char *text, unsigned width)
{
	unsigned lines = 1, used = 0;

	for (;;) {
		size_t length = strcspn(text, " ");
		unsigned word = width_of(text, length);

		strbuf_append_bytes(buf, text, length);
		used += word;
		text += length;
		if (!*text++)
			return lines;
		word = width_of(text, strcspn(text, " "));
		if (used + 1 + word > width) {
			strbuf_append_char(buf, '\n');
			lines++;
			used = 0;
		} else {
			strbuf_append_char(buf, ' ');
			used++;
		}
	}
}
