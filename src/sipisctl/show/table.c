/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/table.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/strbuf.h"

struct table {
	struct libscols_table *scols;
	struct libscols_line *line; /* the last row */
	size_t *positions;          /* of each column in what is printed, or HIDDEN */
	size_t n_columns;
	size_t n_shown;
	bool json;
};

#define HIDDEN SIZE_MAX

void table_free(struct table *table)
{
	scols_unref_table(table->scols);
	free(table->positions);
	free(table);
}

static int add_column(struct table *table, const struct table_column *column, size_t at)
{
	int flags = (column->flags & TABLE_NUMBER ? SCOLS_FL_RIGHT : 0) |
		    (column->flags & TABLE_WRAP ? SCOLS_FL_WRAP : 0);
	struct libscols_column *scols;

	if (table->positions[at] != HIDDEN)
		return 0; /* asked for twice */
	scols = scols_table_new_column(table->scols, column->name, 0, flags);
	if (!scols)
		return -ENOMEM;
	scols_column_set_json_type(scols, column->flags & TABLE_NUMBER ? SCOLS_JSON_NUMBER
								       : SCOLS_JSON_STRING);
	if (column->flags & TABLE_WRAP) {
		scols_column_set_safechars(scols, "\n");
		scols_column_set_wrapfunc(scols, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
					  NULL);
	}
	table->positions[at] = table->n_shown++;
	return 0;
}

static int choose_default_columns(struct table *table, const struct table_column *columns)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < table->n_columns; i++)
		if (table->json || !(columns[i].flags & TABLE_EXTRA))
			r = add_column(table, &columns[i], i);
	return r;
}

static int reject_column(const struct table *table, const struct table_column *columns,
			 const char *name, size_t length)
{
	fprintf(stderr, "sipisctl: there is no column \"%.*s\"; there are", (int)length, name);
	for (size_t i = 0; i < table->n_columns; i++)
		fprintf(stderr, " %s", columns[i].name);
	fputc('\n', stderr);
	return -EINVAL;
}

/* COLUMN,...: in the order in which they are given. */
static int choose_columns(struct table *table, const struct table_column *columns, const char *list)
{
	int r = 0;

	for (const char *name = list; r == 0; name += strcspn(name, ",") + 1) {
		size_t length = strcspn(name, ","), i = 0;

		while (i < table->n_columns && (strlen(columns[i].name) != length ||
						strncasecmp(columns[i].name, name, length) != 0))
			i++;
		if (i == table->n_columns)
			return reject_column(table, columns, name, length);
		r = add_column(table, &columns[i], i);
		if (!name[length])
			break;
	}
	return r;
}

int table_new(const char *name, const struct table_column *columns, size_t n_columns,
	      const struct table_style *style, struct table **ret_table)
{
	_cleanup_(table_freep) struct table *table = calloc(1, sizeof(*table));
	int r;

	if (!table)
		return -ENOMEM;
	table->n_columns = n_columns;
	table->json = style->json;
	table->positions = malloc(n_columns * sizeof(*table->positions));
	table->scols = scols_new_table();
	if (!table->scols || !table->positions)
		return -ENOMEM;
	for (size_t i = 0; i < n_columns; i++)
		table->positions[i] = HIDDEN;
	scols_table_set_name(table->scols, name);
	scols_table_enable_json(table->scols, style->json);
	scols_table_enable_noheadings(table->scols, style->noheadings);
	scols_table_enable_raw(table->scols, style->raw);
	/* cells are escaped already, and a backslash of ours would be escaped again */
	scols_table_enable_noencoding(table->scols, 1);
	r = style->columns ? choose_columns(table, columns, style->columns)
			   : choose_default_columns(table, columns);
	if (r < 0)
		return r;
	*ret_table = TAKE_PTR(table);
	return 0;
}

int table_add_row(struct table *table)
{
	table->line = scols_table_new_line(table->scols, NULL);
	if (!table->line)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_shown; i++)
		if (!table->json && scols_line_set_data(table->line, i, "-") < 0)
			return -ENOMEM;
	return 0;
}

int table_set(struct table *table, size_t column, const char *text)
{
	size_t at = table->positions[column];

	if (at == HIDDEN || !text)
		return 0;
	return scols_line_set_data(table->line, at, text) < 0 ? -ENOMEM : 0;
}

int table_setf(struct table *table, size_t column, const char *format, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list args;
	int r;

	va_start(args, format);
	strbuf_appendv(&text, format, args);
	va_end(args);
	r = strbuf_error(&text) ? strbuf_error(&text) : table_set(table, column, text.text);
	strbuf_done(&text);
	return r;
}

int table_print(struct table *table)
{
	int r = scols_print_table(table->scols);

	return r < 0 ? r : 0;
}

void table_print_columns(const struct table_column *columns, size_t n_columns)
{
	for (size_t i = 0; i < n_columns; i++)
		printf("  %-10s %s\n", columns[i].name, columns[i].help);
}
