/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/caret.h"

#include <errno.h>
#include <string.h>

#include "sipisctl/show/text-width.h"
#include "util/escape.h"

/* Bytes that are shown before and after the place in a long line. */
#define BEFORE_MAX 50
#define AFTER_MAX  40

#define BOLD    "\033[1m"
#define RED     "\033[1;31m"
#define MAGENTA "\033[1;35m"
#define CYAN    "\033[1;36m"
#define GREEN   "\033[1;32m"
#define RESET   "\033[0m"

#define ELISION "..."

void caret_init(struct caret *caret, const struct installation *installation, bool color)
{
	*caret = (struct caret){.color = color};
	redactor_init(&caret->redactor, installation);
}

void caret_done(struct caret *caret)
{
	redactor_done(&caret->redactor);
}

static void append_colored(struct strbuf *buf, const struct caret *caret, const char *color,
			   const char *text)
{
	strbuf_appendf(buf, "%s%s%s", caret->color ? color : "", text, caret->color ? RESET : "");
}

static bool is_utf8_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The part of a line that is shown, as offsets in the source. */
struct line_part {
	size_t start;
	size_t marked;     /* where the caret is */
	size_t marked_end; /* where the underline ends */
	size_t end;
	bool cut_before, cut_after;
};

/* Do not underline a start tag: it may be long, and have several lines. */
static size_t place_marked_end(const struct place *place)
{
	if (place->source->data[place->offset] == '<')
		return place->offset + 1;
	return place->offset + place->length;
}

static struct line_part line_part_choose(const struct place *place, const char *line, size_t length)
{
	const char *data = place->source->data;
	size_t line_start = (size_t)(line - data), line_end = line_start + length;
	struct line_part part = {
		.start = line_start,
		.marked = place->offset,
		.marked_end = place_marked_end(place),
		.end = line_end,
	};

	if (part.marked > line_start + BEFORE_MAX) {
		part.start = part.marked - BEFORE_MAX;
		part.cut_before = true;
	}
	if (line_end > part.marked + AFTER_MAX) {
		part.end = part.marked + AFTER_MAX;
		part.cut_after = true;
	}

	/* Do not cut within a character. */
	while (part.start < part.marked && is_utf8_continuation(data[part.start]))
		part.start++;
	while (part.end < line_end && is_utf8_continuation(data[part.end]))
		part.end++;

	if (part.marked_end > part.end)
		part.marked_end = part.end;
	return part;
}

/* Append text escaped, with a blank for a tab. Return the columns that it takes. */
static size_t append_shown(struct strbuf *buf, const char *text, size_t length)
{
	size_t start = buf->length;

	while (length) {
		const char *tab = memchr(text, '\t', length);
		size_t run = tab ? (size_t)(tab - text) : length;

		escape_append(buf, text, run);
		if (tab)
			strbuf_append_char(buf, ' ');
		text += run + (tab != NULL);
		length -= run + (tab != NULL);
	}
	return strbuf_error(buf) ? 0 : text_width(buf->text + start);
}

static void append_repeated(struct strbuf *buf, char c, size_t n)
{
	while (n--)
		strbuf_append_char(buf, c);
}

/* Append the line of a place, up to `limit`, and a caret under the place. */
static void append_line(struct strbuf *buf, struct caret *caret, const struct place *place,
			size_t limit)
{
	_cleanup_free_ char *shown = NULL;
	size_t length, before, marked;
	struct line_part part;
	unsigned number, column;
	const char *line;

	if (!place->source || !place->source->data || place_is_whole_file(place))
		return;
	place_locate(place, &number, &column);
	line = source_line(place->source, number, &length);
	part = line_part_choose(place, line, length);
	if (part.end <= part.start || part.marked > part.end)
		return;

	shown = redactor_copy(&caret->redactor, place->source, part.start, part.end, limit);
	if (!shown) {
		buf->error = -ENOMEM;
		return;
	}

	strbuf_appendf(buf, "%5u | %s", number, part.cut_before ? ELISION : "");
	before = append_shown(buf, shown, part.marked - part.start);
	before += part.cut_before ? strlen(ELISION) : 0;
	marked = append_shown(buf, shown + (part.marked - part.start),
			      part.marked_end - part.marked);
	append_shown(buf, shown + (part.marked_end - part.start), part.end - part.marked_end);
	strbuf_append(buf, part.cut_after ? ELISION "\n" : "\n");

	strbuf_append(buf, "      | ");
	append_repeated(buf, ' ', before);
	strbuf_append(buf, caret->color ? GREEN "^" : "^");
	append_repeated(buf, '~', marked > 1 ? marked - 1 : 0);
	strbuf_append(buf, caret->color ? RESET "\n" : "\n");
}

/* Return where the meaning of the file's bytes is unknown: after a syntax error. */
static size_t known_limit(const struct diagnostic *diagnostic)
{
	const struct place *place = &diagnostic->place;

	if (diagnostic->code == DIAGNOSTIC_XML_SYNTAX ||
	    diagnostic->code == DIAGNOSTIC_XML_FORBIDDEN)
		return place->offset;
	return place->source->size;
}

void caret_append(struct strbuf *buf, struct caret *caret, const struct diagnostic *diagnostic)
{
	enum severity severity = diagnostic_severity(diagnostic);
	const struct place *related = &diagnostic->related;

	if (caret->color)
		strbuf_append(buf, BOLD);
	place_append(buf, &diagnostic->place);
	strbuf_append(buf, caret->color ? RESET ": " : ": ");
	append_colored(buf, caret, severity == SEVERITY_ERROR ? RED : MAGENTA,
		       severity_name(severity));
	strbuf_appendf(buf, ": %s [%s]\n", diagnostic->text,
		       diagnostic_code_name(diagnostic->code));
	append_line(buf, caret, &diagnostic->place, known_limit(diagnostic));

	if (!related->source)
		return;
	place_append(buf, related);
	strbuf_append(buf, ": ");
	append_colored(buf, caret, CYAN, "note");
	strbuf_append(buf, ": related to this\n");
	append_line(buf, caret, related, related->source->size);
}
