/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tables and JSON, through libsmartcols, as lsblk and findmnt have them: the columns of a command
 * are a table of rows, and `-o` chooses among them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "util/macro.h"

enum table_column_flags {
	TABLE_NUMBER = 1 << 0, /* a number in JSON, aligned to the right */
	TABLE_EXTRA = 1 << 1,  /* shown only where -o or --json asks for it */
	TABLE_WRAP = 1 << 2,   /* may take several lines where the terminal is narrow */
};

struct table_column {
	const char *name; /* as the heading and -o have it; JSON keys are the same in lower case */
	const char *help; /* a line for --help */
	unsigned flags;
};

/* How the user wants it. */
struct table_style {
	bool json, noheadings, raw;
	const char *columns; /* of -o; NULL: those that are not TABLE_EXTRA, all of them in JSON */
};

struct table;

/*
 * A table called `name` (the key of the array in JSON), without rows. `columns` is borrowed. 0;
 * -EINVAL where -o names a column that there is not, which has been said; -ENOMEM.
 */
int table_new(const char *name, const struct table_column *columns, size_t n_columns,
	      const struct table_style *style, struct table **ret_table);
void table_free(struct table *table);
DEFINE_FREEP(struct table, table_freep, table_free)

/* Another row, which table_set() fills from then on. All is absent first. 0 or -ENOMEM. */
int table_add_row(struct table *table);

/*
 * Fill a cell of the last row; `text` is copied, is fit to be shown, and is what JSON gets too
 * (as a number where the column is one). NULL: absent, `-` in a table and null in JSON. What the
 * user did not ask for is dropped. 0 or -ENOMEM.
 */
int table_set(struct table *table, size_t column, const char *text);
int table_setf(struct table *table, size_t column, const char *format, ...) _printf_(3, 4);

/* Print it to standard output. 0 or a negative errno. */
int table_print(struct table *table);

/* Print the columns there are, for a command's --help. */
void table_print_columns(const struct table_column *columns, size_t n_columns);
