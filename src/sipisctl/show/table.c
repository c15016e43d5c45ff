/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/table.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/show/text-width.h"
#include "util/ascii.h"
#include "util/escape.h"
#include "util/strbuf.h"

/* A column that can be folded is not dropped for more room than this. */
#define FOLDED_WIDTH 24

#define ABSENT "-"

#define HELP_WIDTH 80

struct table {
	const struct table_column *columns; /* borrowed */
	size_t n_columns;
	struct table_style style;
	struct libscols_table *scols;
	struct libscols_line *line;     /* the last row */
	struct libscols_column **shown; /* by column: NULL if it is not shown */
	size_t n_shown;
};

void table_free(struct table *table)
{
	scols_unref_table(table->scols);
	free(table->shown);
	free(table);
}

bool table_is_json(const struct table *table)
{
	return table->style.json;
}

/* --- columns ----------------------------------------------------------------------------- */

static int table_show_column(struct table *table, size_t at)
{
	const struct table_column *column = &table->columns[at];
	bool number = column->flags & TABLE_NUMBER, fold = column->flags & TABLE_FOLD;
	int flags = (number ? SCOLS_FL_RIGHT : 0) | (fold ? SCOLS_FL_WRAP : 0);
	struct libscols_column *shown;

	if (table->shown[at])
		return 0; /* -o names it twice */
	shown = scols_table_new_column(table->scols, column->name, 0, flags);
	if (!shown)
		return -ENOMEM;

	scols_column_set_json_type(shown, number ? SCOLS_JSON_NUMBER : SCOLS_JSON_STRING);
	if (fold) {
		scols_column_set_safechars(shown, "\n");
		scols_column_set_wrapfunc(shown, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
					  NULL);
	}
	table->shown[at] = shown;
	table->n_shown++;
	return 0;
}

static int table_show_default_columns(struct table *table)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		int r;

		if (!table->style.json && table->columns[i].flags & TABLE_EXTRA)
			continue;
		r = table_show_column(table, i);
		if (r < 0)
			return r;
	}
	return 0;
}

static int table_reject_column(const struct table *table, const char *name, size_t length)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;

	escape_append(&shown, name, length);
	fprintf(stderr, "sipisctl: there is no column \"%s\"; there are", strbuf_shown(&shown));
	for (size_t i = 0; i < table->n_columns; i++)
		fprintf(stderr, " %s", table->columns[i].name);
	fputc('\n', stderr);
	return -EINVAL;
}

static size_t table_find_column(const struct table *table, const char *name, size_t length)
{
	size_t i = 0;

	while (i < table->n_columns && (strlen(table->columns[i].name) != length ||
					!ascii_equal_n(table->columns[i].name, name, length)))
		i++;
	return i;
}

/* Show the columns of `COLUMN,...` in this order. */
static int table_show_columns(struct table *table, const char *list)
{
	for (const char *name = list;; name++) {
		size_t length = strcspn(name, ","), at = table_find_column(table, name, length);
		int r;

		if (at == table->n_columns)
			return table_reject_column(table, name, length);
		r = table_show_column(table, at);
		if (r < 0)
			return r;
		name += length;
		if (!*name)
			return 0;
	}
}

/* `+COLUMN,...` shows these after the default ones. */
static int table_choose_columns(struct table *table, const char *list)
{
	bool adds = list && *list == '+';
	int r = 0;

	if (!list || adds)
		r = table_show_default_columns(table);
	if (r < 0 || !list)
		return r;
	return table_show_columns(table, list + adds);
}

int table_new(const char *name, const struct table_column *columns, size_t n_columns,
	      const struct table_style *style, struct table **ret_table)
{
	_cleanup_(table_freep) struct table *table = calloc(1, sizeof(*table));
	int r;

	if (!table)
		return -ENOMEM;
	table->columns = columns;
	table->n_columns = n_columns;
	table->style = *style;
	table->style.raw = style->raw && !style->json;
	table->shown = calloc(n_columns, sizeof(struct libscols_column *));
	table->scols = scols_new_table();
	if (!table->scols || !table->shown)
		return -ENOMEM;

	if (scols_table_set_name(table->scols, name) < 0)
		return -ENOMEM;
	scols_table_enable_json(table->scols, style->json);
	scols_table_enable_noheadings(table->scols, style->noheadings);
	scols_table_enable_raw(table->scols, table->style.raw);
	/* Cells are escaped already; libsmartcols would escape our backslashes again. */
	scols_table_enable_noencoding(table->scols, 1);

	r = table_choose_columns(table, style->columns);
	if (r < 0)
		return r;

	*ret_table = TAKE_PTR(table);
	return 0;
}

/* --- cells ------------------------------------------------------------------------------- */

static int line_set(struct libscols_line *line, struct libscols_column *column, const char *text)
{
	return scols_line_set_column_data(line, column, text) < 0 ? -ENOMEM : 0;
}

static const char *line_get(struct libscols_line *line, struct libscols_column *column)
{
	const char *text = scols_cell_get_data(scols_line_get_column_cell(line, column));

	return text ? text : "";
}

int table_add_row(struct table *table)
{
	table->line = scols_table_new_line(table->scols, NULL);
	if (!table->line)
		return -ENOMEM;

	for (size_t i = 0; i < table->n_columns; i++)
		if (table->shown[i] && !table->style.json &&
		    line_set(table->line, table->shown[i], ABSENT) < 0)
			return -ENOMEM;
	return 0;
}

/* libsmartcols aligns cells for ever that cannot be decoded in the locale. */
static bool table_is_ascii(const struct table *table)
{
	return !table->style.json && !table->style.raw && !locale_is_utf8();
}

int table_set(struct table *table, size_t column, const char *text)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;

	if (!table->shown[column] || !text || !*text)
		return 0;

	if (table_is_ascii(table))
		escape_append_ascii(&shown, text, strlen(text));
	else
		escape_append(&shown, text, strlen(text));
	if (strbuf_error(&shown) < 0)
		return strbuf_error(&shown);
	return line_set(table->line, table->shown[column], shown.text);
}

int table_setf(struct table *table, size_t column, const char *format, ...)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	va_list args;

	va_start(args, format);
	strbuf_appendv(&text, format, args);
	va_end(args);
	if (strbuf_error(&text) < 0)
		return strbuf_error(&text);
	return table_set(table, column, text.text);
}

/* --- narrow terminals -------------------------------------------------------------------- */

static struct libscols_line *table_line(const struct table *table, size_t i)
{
	return scols_table_get_line(table->scols, i);
}

/* Return the columns of the widest cell or heading; 0 if the column is not shown. */
static unsigned column_width(const struct table *table, size_t at)
{
	unsigned width = 0;

	if (!table->shown[at])
		return 0;
	if (!table->style.noheadings)
		width = text_width(table->columns[at].name);
	for (size_t i = 0; i < scols_table_get_nlines(table->scols); i++) {
		unsigned cell = text_width(line_get(table_line(table, i), table->shown[at]));

		width = cell > width ? cell : width;
	}
	return width;
}

static bool column_is_empty(const struct table *table, size_t at)
{
	for (size_t i = 0; i < scols_table_get_nlines(table->scols); i++)
		if (strcmp(line_get(table_line(table, i), table->shown[at]), ABSENT) != 0)
			return false;
	return true;
}

/* Return the columns of a line if long cells are folded, blanks between columns included. */
static unsigned table_width(const struct table *table, const unsigned *widths)
{
	unsigned sum = 0;

	for (size_t i = 0; i < table->n_columns; i++) {
		bool fold = table->columns[i].flags & TABLE_FOLD && widths[i] > FOLDED_WIDTH;

		if (widths[i])
			sum += (fold ? FOLDED_WIDTH : widths[i]) + 1;
	}
	return sum ? sum - 1 : 0;
}

/* Return the column that is dropped next, or the number of columns. */
static size_t table_find_droppable(const struct table *table, const unsigned *widths, bool empty)
{
	size_t found = table->n_columns;

	for (size_t i = 0; i < table->n_columns; i++) {
		unsigned drop = table->columns[i].drop;

		if (!widths[i] || !drop || (empty && !column_is_empty(table, i)))
			continue;
		if (found == table->n_columns || drop < table->columns[found].drop)
			found = i;
	}
	return found;
}

/* Hide columns until a line fits: first those that are empty, then those that say least. */
static void table_drop(const struct table *table, unsigned *widths, unsigned room)
{
	for (bool empty = true; table_width(table, widths) > room;) {
		size_t at = table_find_droppable(table, widths, empty);

		if (at == table->n_columns) {
			if (!empty)
				return;
			empty = false;
			continue;
		}
		scols_column_set_flags(table->shown[at],
				       scols_column_get_flags(table->shown[at]) | SCOLS_FL_HIDDEN);
		widths[at] = 0;
	}
}

static int table_fold_column(const struct table *table, size_t at, unsigned width)
{
	for (size_t i = 0; i < scols_table_get_nlines(table->scols); i++) {
		_cleanup_strbuf_ struct strbuf folded = STRBUF_INIT;
		struct libscols_line *line = table_line(table, i);
		int r;

		text_append_folded(&folded, line_get(line, table->shown[at]), width);
		if (strbuf_error(&folded) < 0)
			return strbuf_error(&folded);
		r = line_set(line, table->shown[at], folded.text);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Fold columns, from the right, to what the others leave of the line. */
static int table_fold(const struct table *table, unsigned *widths, unsigned room)
{
	for (size_t i = table->n_columns; i-- > 0;) {
		unsigned others, least = text_width(table->columns[i].name);
		unsigned wanted = widths[i];
		int r;

		if (!widths[i] || !(table->columns[i].flags & TABLE_FOLD))
			continue;
		widths[i] = 0;
		others = table_width(table, widths) + 1;
		widths[i] = room > others + least ? room - others : least;
		if (wanted <= widths[i]) {
			widths[i] = wanted;
			continue;
		}
		r = table_fold_column(table, i, widths[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Make a line fit on the terminal, unless the user has chosen the columns. */
static int table_fit(const struct table *table)
{
	_cleanup_free_ unsigned *widths = calloc(table->n_columns, sizeof(*widths));

	if (!widths)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_columns; i++)
		widths[i] = column_width(table, i);

	table_drop(table, widths, line_width());
	return table_fold(table, widths, line_width());
}

int table_print(struct table *table)
{
	const struct table_style *style = &table->style;
	int r;

	if (isatty(STDOUT_FILENO) && !style->json && !style->raw && !style->columns) {
		r = table_fit(table);
		if (r < 0)
			return r;
	}
	r = scols_print_table(table->scols);
	return r < 0 ? r : 0;
}

void table_print_columns(const char *label, const struct table_column *columns, size_t n_columns)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT, folded = STRBUF_INIT;
	bool has_extra = false;

	strbuf_appendf(&line, "%s:", label);
	for (size_t i = 0; i < n_columns; i++) {
		bool extra = columns[i].flags & TABLE_EXTRA;

		strbuf_appendf(&line, " %s%s", columns[i].name, extra ? "*" : "");
		has_extra |= extra;
	}
	text_append_folded(&folded, line.text, HELP_WIDTH);
	puts(folded.text);
	if (has_extra)
		puts("*: shown only with --output and --json.");
}
