/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The options of sipisctl. To add one: a field of struct options, and a row in options.c. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sipisctl/running/systemd.h"
#include "sipisctl/show/table.h"
#include "util/root.h"
#include "util/strbuf.h"

/* The commands, as bits: an option has a mask of those that take it. */
enum command_bit {
	COMMAND_CHECK = 1 << 0,
	COMMAND_LIST = 1 << 1,
	COMMAND_MAP = 1 << 2,
	COMMAND_ROUTE = 1 << 3,
	COMMAND_SPLIT = 1 << 4,
	COMMAND_APPLY = 1 << 5,
	COMMAND_STATUS = 1 << 6,
	COMMAND_SYNC = 1 << 7,
	COMMAND_EDIT = 1 << 8,
	COMMAND_METRICS = 1 << 9,
	COMMAND_RELOAD = 1 << 10,
	COMMAND_NONE = 1 << 30, /* `sipisctl --help` lists the option */
};

/* Machines that one `status` can show. */
#define TARGETS_MAX 64

/* Texts point into argv and are NULL when the option was not given. */
struct options {
	const char *root_directory;
	struct root root; /* opened by main() */
	bool rooted;      /* --root was given: only files are read, this machine is not asked */
	bool terminal;    /* standard output is a terminal */
	bool color;       /* decided from --color, the environment and the terminal */
	const char *color_when;
	bool help, version;
	struct table_style style;
	bool refused, strict, count, svg;
	bool dry_run, stat, yes, undo, resume, list_records;
	bool load_balancer;
	const char *without, *from;
	bool no_stop, force, rolling, undo_on_failure, watch, monitoring;
	const char *app_id; /* never NULL */
	const char *server_port_step, *http_port_step, *max_imbalance, *timeout;
	const char *accounts;
	struct systemd_target targets[TARGETS_MAX]; /* of -H and -M; none: this machine */
	size_t n_targets;
	uint64_t given; /* the rows of the table that were given, as bits */
};

#define OPTIONS_INIT                                                   \
	{                                                              \
		.root = ROOT_INIT, .color_when = "auto", .app_id = "", \
	}

/*
 * Parse the command line. Move the words that are not options to the beginning of `argv`, in their
 * order, and set *ret_n_words. Returns 0; or -EINVAL with the reason appended to `reason`.
 */
int options_parse(struct options *options, int argc, char **argv, size_t *ret_n_words,
		  struct strbuf *reason);

/* Return the name of an option that was given and that `command` does not take, or NULL. */
const char *options_find_misplaced(const struct options *options, enum command_bit command);

/* Print a line or more for each option that `command` takes. */
void options_print_help(enum command_bit command);
