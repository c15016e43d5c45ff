/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/caret.h"

#include <errno.h>
#include <string.h>

#include "sipisctl/show/redact.h"
#include "sipisctl/show/text-width.h"
#include "util/escape.h"

/* Of a long line only this much is shown on each side of the place. */
#define BEFORE_MAX 50
#define AFTER_MAX  40

#define BOLD    "\033[1m"
#define RED     "\033[1;31m"
#define MAGENTA "\033[1;35m"
#define CYAN    "\033[1;36m"
#define GREEN   "\033[1;32m"
#define RESET   "\033[0m"

static void append_colored(struct strbuf *buf, bool color, const char *sequence, const char *text)
{
	strbuf_appendf(buf, "%s%s%s", color ? sequence : "", text, color ? RESET : "");
}

/* UTF-8 continues with such bytes. */
static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* What is shown of a line: offsets in the source. */
struct excerpt {
	size_t start, end;
	bool cut_before, cut_after;
};

static struct excerpt choose_excerpt(const struct place *place, const char *line, size_t length)
{
	const char *data = place->source->data;
	struct excerpt excerpt = {.start = (size_t)(line - data)};
	size_t end = excerpt.start + length;

	excerpt.end = end;
	if (place->offset > excerpt.start + BEFORE_MAX) {
		excerpt.start = place->offset - BEFORE_MAX;
		excerpt.cut_before = true;
	}
	if (end > place->offset + AFTER_MAX) {
		excerpt.end = place->offset + AFTER_MAX;
		excerpt.cut_after = true;
	}
	while (excerpt.start < place->offset && continues(data[excerpt.start]))
		excerpt.start++;
	while (excerpt.end < end && continues(data[excerpt.end]))
		excerpt.end++;
	return excerpt;
}

/* Append text as it is shown, a tab as a blank; the columns that it takes. */
static size_t append_shown(struct strbuf *buf, const char *text, size_t length)
{
	size_t start = buf->length;

	for (size_t i = 0; i < length; i++)
		if (text[i] == '\t')
			strbuf_append_char(buf, ' ');
		else {
			size_t run = i;

			while (run < length && text[run] != '\t')
				run++;
			escape_append(buf, text + i, run - i);
			i = run - 1;
		}
	return strbuf_error(buf) ? 0 : text_width(buf->text + start);
}

static void append_underline(struct strbuf *buf, size_t indent, size_t length, bool color)
{
	strbuf_append(buf, "      | ");
	for (size_t i = 0; i < indent; i++)
		strbuf_append_char(buf, ' ');
	if (color)
		strbuf_append(buf, GREEN);
	strbuf_append_char(buf, '^');
	for (size_t i = 1; i < length; i++)
		strbuf_append_char(buf, '~');
	strbuf_append(buf, color ? RESET "\n" : "\n");
}

/* A start tag is pointed at, and not underlined over lines. */
static size_t underlined_length(const struct place *place, const struct excerpt *excerpt)
{
	size_t end = place->offset + place->length;

	if (place->source->data[place->offset] == '<')
		return 1;
	return (end < excerpt->end ? end : excerpt->end) - place->offset;
}

/* The line that a place stands in, and a caret under the place. */
static void append_line(struct strbuf *buf, const struct installation *installation,
			const struct place *place, size_t limit, bool color)
{
	struct source *source = place->source;
	_cleanup_free_ char *shown = NULL;
	struct excerpt excerpt;
	unsigned number, column;
	size_t length, indent, before, underlined;
	const char *line;

	place_locate(place, &number, &column);
	line = source_line(source, number, &length);
	excerpt = choose_excerpt(place, line, length);
	if (excerpt.end <= excerpt.start || place->offset > excerpt.end)
		return;
	shown = mask_copy(installation, source, excerpt.start, excerpt.end, limit);
	if (!shown) {
		buf->error = -ENOMEM;
		return;
	}
	before = place->offset - excerpt.start;
	underlined = underlined_length(place, &excerpt);
	strbuf_appendf(buf, "%5u | %s", number, excerpt.cut_before ? "..." : "");
	indent = append_shown(buf, shown, before) + (excerpt.cut_before ? 3 : 0);
	underlined = append_shown(buf, shown + before, underlined);
	append_shown(buf, shown + before + underlined_length(place, &excerpt),
		     excerpt.end - place->offset - underlined_length(place, &excerpt));
	strbuf_append(buf, excerpt.cut_after ? "...\n" : "\n");
	append_underline(buf, indent, underlined, color);
}

static bool has_line(const struct place *place)
{
	return place->source && place->source->data && !place_is_whole_file(place);
}

/* Where the document is not well-formed, what stands behind the place is anybody's guess. */
static size_t known_until(const struct diagnostic *diagnostic)
{
	return diagnostic->code == DIAGNOSTIC_XML_SYNTAX ||
			       diagnostic->code == DIAGNOSTIC_XML_FORBIDDEN
		       ? diagnostic->place.offset
		       : diagnostic->place.source->size;
}

void caret_append(struct strbuf *buf, const struct installation *installation,
		  const struct diagnostic *diagnostic, bool color)
{
	enum severity severity = diagnostic_severity(diagnostic);
	const struct place *related = &diagnostic->related;

	if (color)
		strbuf_append(buf, BOLD);
	place_append(buf, &diagnostic->place);
	strbuf_append(buf, color ? RESET ": " : ": ");
	append_colored(buf, color, severity == SEVERITY_ERROR ? RED : MAGENTA,
		       severity_name(severity));
	strbuf_appendf(buf, ": %s [%s]\n", diagnostic->text,
		       diagnostic_code_name(diagnostic->code));
	if (has_line(&diagnostic->place))
		append_line(buf, installation, &diagnostic->place, known_until(diagnostic), color);
	if (!related->source)
		return;
	place_append(buf, related);
	strbuf_append(buf, ": ");
	append_colored(buf, color, CYAN, "note");
	strbuf_append(buf, ": here is the other\n");
	if (has_line(related))
		append_line(buf, installation, related, related->source->size, color);
}
