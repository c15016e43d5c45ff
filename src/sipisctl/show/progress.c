/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/progress.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sipisctl/show/text-width.h"
#include "util/array.h"
#include "util/escape.h"
#include "util/macro.h"

/* A line that is too long is cut: one that wraps would take two rows. */
#define WRAP_OFF "\033[?7l"
#define WRAP_ON  "\033[?7h"

void progress_init(struct progress *progress, FILE *out, bool terminal)
{
	*progress = (struct progress){.out = out, .in_place = terminal};
}

static void line_done(struct progress_line *line)
{
	free(line->name);
	free(line->text);
}

void progress_done(struct progress *progress)
{
	for (size_t i = 0; i < progress->n; i++)
		line_done(&progress->lines[i]);
	free(progress->lines);
	*progress = (struct progress){};
}

static void progress_print(const struct progress *progress, size_t i)
{
	const struct progress_line *line = &progress->lines[i];

	fprintf(progress->out, "%s%-24s %s%s\n", progress->in_place ? WRAP_OFF : "", line->name,
		line->text, progress->in_place ? WRAP_ON : "");
}

/* Return the text escaped, for the caller to free, or NULL on OOM. */
static char *escaped_copy(const char *text)
{
	_cleanup_strbuf_ struct strbuf buf = STRBUF_INIT;
	char *copy = NULL;

	escape_append(&buf, text, strlen(text));
	return strbuf_take(&buf, &copy) < 0 ? NULL : copy;
}

int progress_add(struct progress *progress, const char *name, size_t *ret_line)
{
	_cleanup_(line_done) struct progress_line line = {
		.name = escaped_copy(name),
		.text = strdup(""),
	};

	if (!line.name || !line.text ||
	    ARRAY_RESERVE(progress->lines, progress->n, progress->capacity) < 0)
		return -ENOMEM;

	progress->lines[progress->n] = TAKE_STRUCT(line);
	*ret_line = progress->n++;
	if (!progress->in_place)
		return 0;

	/* The cursor cannot move to a line that has scrolled off the screen. */
	if (progress->n >= screen_rows())
		progress->in_place = false;
	else
		progress_print(progress, *ret_line);
	fflush(progress->out);
	return 0;
}

/* Move the cursor up to the line, print it again, and move down below the last line. */
static void progress_reprint(const struct progress *progress, size_t i)
{
	size_t up = progress->n - i;

	fprintf(progress->out, "\033[%zuA\r\033[K", up);
	progress_print(progress, i);
	if (up > 1)
		fprintf(progress->out, "\033[%zuB", up - 1);
}

int progress_set(struct progress *progress, size_t i, const char *text)
{
	_cleanup_free_ char *copy = escaped_copy(text);
	struct progress_line *line = &progress->lines[i];

	assert(i < progress->n);

	if (!copy)
		return -ENOMEM;
	if (!strcmp(line->text, copy))
		return 0;

	free(line->text);
	line->text = TAKE_PTR(copy);
	if (progress->in_place)
		progress_reprint(progress, i);
	else
		progress_print(progress, i);
	fflush(progress->out);
	return 0;
}
