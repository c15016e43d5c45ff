/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "findings.h"

#include <string.h>

#include "fuzz.h"
#include "util/escape.h"

static bool is_control(unsigned code_point)
{
	return code_point < ' ' || (code_point >= 0x7f && code_point <= 0x9f);
}

static bool reorders(unsigned code_point)
{
	return (code_point >= 0x2028 && code_point <= 0x202e) ||
	       (code_point >= 0x2066 && code_point <= 0x2069);
}

static void check_text(const char *text, bool shown)
{
	size_t length = strlen(text);

	while (length) {
		unsigned code_point;
		size_t bytes = utf8_decode(text, length, &code_point);

		CHECK(bytes > 0);
		CHECK(!is_control(code_point));
		CHECK(!shown || !reorders(code_point));
		text += bytes;
		length -= bytes;
	}
}

void check_line(const char *text)
{
	check_text(text, false);
}

void check_shown(const char *text)
{
	check_text(text, true);
}

static void check_place(const struct place *place)
{
	unsigned line, column;
	const char *start;
	size_t length;

	CHECK(place->source && place->source->path);
	if (place_is_whole_file(place))
		return;
	CHECK(place->offset <= place->source->size);
	CHECK(place->length <= place->source->size - place->offset);
	place_locate(place, &line, &column);
	CHECK(line >= 1 && column >= 1);
	start = source_line(place->source, line, &length);
	/* Of an empty file there is no line. */
	CHECK(!place->source->size || start + column - 1 == place->source->data + place->offset);
}

void check_findings(const struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->n; i++) {
		const struct diagnostic *diagnostic = &diagnostics->items[i];
		struct strbuf line = STRBUF_INIT;

		check_shown(diagnostic->text);
		CHECK(diagnostic->text[0]);
		check_place(&diagnostic->place);
		if (diagnostic->related.source)
			check_place(&diagnostic->related);
		diagnostic_append(&line, diagnostic);
		CHECK(strbuf_error(&line) == 0);
		check_shown(line.text);
		strbuf_done(&line);
	}
}
