/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tables and JSON, printed by libsmartcols like those of lsblk and findmnt. A command has a table
 * of columns; -o chooses among them. On a terminal that is too narrow, columns are dropped and long
 * cells are folded.
 */

#include <stdbool.h>
#include <stddef.h>

#include "util/macro.h"

enum table_column_flags {
	TABLE_NUMBER = 1 << 0, /* a number in JSON; aligned to the right */
	TABLE_EXTRA = 1 << 1,  /* shown only with -o or in JSON */
	TABLE_FOLD = 1 << 2,   /* may take several lines on a narrow terminal */
};

struct table_column {
	const char *name; /* heading and name for -o; the JSON key is the same in lower case */
	unsigned flags;   /* of enum table_column_flags */
	unsigned drop;    /* on a narrow terminal the column with 1 goes first; 0: never */
};

struct table_style {
	bool json, noheadings, raw;
	const char *columns; /* of -o; NULL: all in JSON, else all without TABLE_EXTRA */
};

struct table;

/*
 * `name` is the key of the array in JSON. `columns` must outlive the table.
 *
 * Return 0; -EINVAL if -o names an unknown column, which is reported; or -ENOMEM.
 */
int table_new(const char *name, const struct table_column *columns, size_t n_columns,
	      const struct table_style *style, struct table **ret_table);
void table_free(struct table *table);
DEFINE_FREEP(struct table, table_freep, table_free)

bool table_is_json(const struct table *table);

/* Add a row with all cells absent. Return 0 or -ENOMEM. */
int table_add_row(struct table *table);

/*
 * Fill a cell of the last row. `text` is copied and escaped; NULL or "": absent, which is `-` in a
 * table and null in JSON. A column that is not shown is ignored. Return 0 or -ENOMEM.
 */
int table_set(struct table *table, size_t column, const char *text);
int table_setf(struct table *table, size_t column, const char *format, ...) _printf_(3, 4);

/* Print the table to standard output. Return 0 or a negative errno. */
int table_print(struct table *table);

/* Print `LABEL: COLUMN COLUMN ...` for --help, with `*` after columns that are not shown always. */
void table_print_columns(const char *label, const struct table_column *columns, size_t n_columns);
