/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/diagnostic.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "util/array.h"
#include "util/escape.h"

static const struct {
	const char *name;
	enum severity severity;
	bool is_host; /* about the machine, not about a document */
} codes[] = {
#define DIAGNOSTIC(symbol, code, level, meaning) {.name = code, .severity = SEVERITY_##level},
#define HOST_DIAGNOSTIC(symbol, code, level, meaning) \
	{.name = code, .severity = SEVERITY_##level, .is_host = true},
#include "document/diagnostic-codes.def"
#undef DIAGNOSTIC
};

const char *diagnostic_code_name(enum diagnostic_code code)
{
	return codes[code].name;
}

enum severity diagnostic_severity(const struct diagnostic *diagnostic)
{
	return codes[diagnostic->code].severity;
}

bool diagnostic_refuses(const struct diagnostic *diagnostic)
{
	return diagnostic_severity(diagnostic) == SEVERITY_ERROR &&
	       !codes[diagnostic->code].is_host;
}

const char *severity_name(enum severity severity)
{
	return severity == SEVERITY_ERROR ? "error" : "warning";
}

void diagnostics_truncate(struct diagnostics *diagnostics, size_t n)
{
	while (diagnostics->n > n)
		free(diagnostics->items[--diagnostics->n].text);
}

void diagnostics_done(struct diagnostics *diagnostics)
{
	diagnostics_truncate(diagnostics, 0);
	free(diagnostics->items);
	*diagnostics = (struct diagnostics){};
}

int diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_code code,
		    const struct place *place, const struct place *related, const char *format, ...)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct diagnostic diagnostic = {.code = code, .place = *place};
	va_list args;
	int r;

	if (related)
		diagnostic.related = *related;

	va_start(args, format);
	strbuf_appendv(&text, format, args);
	va_end(args);

	if (ARRAY_RESERVE(diagnostics->items, diagnostics->n, diagnostics->capacity) < 0)
		return -ENOMEM;
	r = strbuf_take(&text, &diagnostic.text);
	if (r < 0)
		return r;

	diagnostics->items[diagnostics->n++] = diagnostic;
	return 0;
}

/* A finding about the whole file comes before those inside it. */
static uint64_t place_rank(const struct place *place)
{
	return place_is_whole_file(place) ? 0 : (uint64_t)place->offset + 1;
}

static int diagnostic_compare(const void *a, const void *b)
{
	const struct diagnostic *x = a, *y = b;
	enum severity severity_x = diagnostic_severity(x), severity_y = diagnostic_severity(y);
	unsigned file_x = x->place.source->order, file_y = y->place.source->order;
	uint64_t rank_x = place_rank(&x->place), rank_y = place_rank(&y->place);
	int r;

	if (severity_x != severity_y)
		return severity_x < severity_y ? -1 : 1;
	if (file_x != file_y)
		return file_x < file_y ? -1 : 1;
	if (rank_x != rank_y)
		return rank_x < rank_y ? -1 : 1;

	r = strcmp(codes[x->code].name, codes[y->code].name);
	return r ? r : strcmp(x->text, y->text);
}

void diagnostics_sort(struct diagnostics *diagnostics)
{
	if (diagnostics->n > 1)
		qsort(diagnostics->items, diagnostics->n, sizeof(*diagnostics->items),
		      diagnostic_compare);
}

size_t diagnostics_count(const struct diagnostics *diagnostics, enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < diagnostics->n; i++)
		count += diagnostic_severity(&diagnostics->items[i]) == severity;
	return count;
}

void place_append(struct strbuf *buf, const struct place *place)
{
	unsigned line, column;

	escape_append(buf, place->source->path, strlen(place->source->path));
	if (place_is_whole_file(place))
		return;

	place_locate(place, &line, &column);
	strbuf_appendf(buf, ":%u:%u", line, column);
}

void diagnostic_append(struct strbuf *buf, const struct diagnostic *diagnostic)
{
	place_append(buf, &diagnostic->place);
	strbuf_appendf(buf, ": %s: %s", severity_name(diagnostic_severity(diagnostic)),
		       diagnostic->text);
	if (diagnostic->related.source) {
		strbuf_append(buf, " (see ");
		place_append(buf, &diagnostic->related);
		strbuf_append_char(buf, ')');
	}
	strbuf_appendf(buf, " [%s]", diagnostic_code_name(diagnostic->code));
}
