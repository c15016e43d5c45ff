/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum option_kind {
	OPTION_SWITCH,    /* sets a bool */
	OPTION_TEXT,      /* sets a const char * */
	OPTION_HOST,      /* appends to the targets */
	OPTION_CONTAINER, /* the same */
};

struct option_row {
	const char *name;
	char letter;          /* the short form, 0 without one */
	const char *argument; /* NULL without one */
	unsigned commands;    /* mask of enum command_bit */
	enum option_kind kind;
	size_t destination; /* offset in struct options */
	const char *help;   /* continues after a newline */
};

#define DESTINATION(field) offsetof(struct options, field)

#define EVERY_COMMAND (~0U)
#define ABOUT_FILES      \
	(EVERY_COMMAND & \
	 ~(unsigned)(COMMAND_APPLY | COMMAND_RELOAD | COMMAND_STATUS | COMMAND_METRICS))
#define REPLACES (COMMAND_SPLIT | COMMAND_SYNC)
#define WITH_JSON                                                                                 \
	(COMMAND_CHECK | COMMAND_LIST | COMMAND_MAP | COMMAND_ROUTE | COMMAND_STATUS | REPLACES | \
	 COMMAND_EDIT | COMMAND_NONE)
#define WITH_COLUMNS (COMMAND_LIST | COMMAND_ROUTE | COMMAND_STATUS | COMMAND_SPLIT)

/*
 * The order is that of --help. Rows with the same name are one option that does the same in
 * several commands but is described differently.
 */
static const struct option_row rows[] = {
	{
		.name = "strict",
		.commands = COMMAND_CHECK,
		.destination = DESTINATION(strict),
		.help = "exit with 1 on warnings too",
	},
	{
		.name = "refused",
		.commands = COMMAND_CHECK,
		.destination = DESTINATION(refused),
		.help = "print why systemd does not start one instance, exit 78",
	},
	{
		.name = "load-balancer",
		.commands = COMMAND_EDIT,
		.destination = DESTINATION(load_balancer),
		.help = "edit the load balancer settings",
	},
	{
		.name = "from",
		.argument = "INSTANCE",
		.commands = COMMAND_SYNC,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(from),
		.help = "copy from this instance (the first)",
	},
	{
		.name = "without",
		.argument = "INSTANCE,...",
		.commands = COMMAND_SPLIT,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(without),
		.help = "remove these instances instead of the last ones",
	},
	{
		.name = "dry-run",
		.commands = REPLACES,
		.destination = DESTINATION(dry_run),
		.help = "print the differences (patch -p1) with passwords,\n"
			"and change nothing; with --undo too",
	},
	{
		.name = "stat",
		.commands = REPLACES,
		.destination = DESTINATION(stat),
		.help = "with --dry-run: print which files and attributes\n"
			"change, without values",
	},
	{
		.name = "yes",
		.commands = REPLACES,
		.destination = DESTINATION(yes),
		.help = "do not ask; required if there is no terminal",
	},
	{
		.name = "server-port-step",
		.argument = "N",
		.commands = COMMAND_SPLIT,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(server_port_step),
		.help = "from one Server port to the next (-10)",
	},
	{
		.name = "http-port-step",
		.argument = "N",
		.commands = COMMAND_SPLIT,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(http_port_step),
		.help = "from one HTTP port to the next (10)",
	},
	{
		.name = "max-imbalance",
		.argument = "N%",
		.commands = COMMAND_SPLIT,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(max_imbalance),
		.help = "how much larger the largest share may be than\n"
			"the smallest one (5%)",
	},
	{
		.name = "undo",
		.commands = COMMAND_SPLIT,
		.destination = DESTINATION(undo),
		.help = "undo the last split, or one that was interrupted",
	},
	{
		.name = "undo",
		.commands = COMMAND_SYNC,
		.destination = DESTINATION(undo),
		.help = "undo the last sync",
	},
	{
		.name = "resume",
		.commands = COMMAND_SPLIT,
		.destination = DESTINATION(resume),
		.help = "finish an interrupted split, sync, edit or undo",
	},
	{
		.name = "list",
		.commands = COMMAND_SPLIT,
		.destination = DESTINATION(list_records),
		.help = "list what --undo would undo, the next one first",
	},
	{
		.name = "rolling",
		.commands = COMMAND_APPLY,
		.destination = DESTINATION(rolling),
		.help = "restart only instances that changed, one after\n"
			"the other; refuse if names, ports or prefixes\n"
			"changed",
	},
	{
		.name = "no-stop",
		.commands = COMMAND_APPLY,
		.destination = DESTINATION(no_stop),
		.help = "stop nothing: running instances keep their settings",
	},
	{
		.name = "undo-on-failure",
		.commands = COMMAND_APPLY,
		.destination = DESTINATION(undo_on_failure),
		.help = "if the settings of the last split do not serve, undo\n"
			"it and apply the old settings",
	},
	{
		.name = "timeout",
		.argument = "SECONDS",
		.commands = COMMAND_APPLY,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(timeout),
		.help = "how long each step may take, 1 to 86400 (60)",
	},
	{
		.name = "force",
		.commands = COMMAND_APPLY,
		.destination = DESTINATION(force),
		.help = "continue despite errors, without refused instances",
	},
	{
		.name = "dry-run",
		.commands = COMMAND_APPLY,
		.destination = DESTINATION(dry_run),
		.help = "print what would be done",
	},
	{
		.name = "watch",
		.commands = COMMAND_STATUS,
		.destination = DESTINATION(watch),
		.help = "print the status on each change and every 2 seconds",
	},
	{
		.name = "monitoring",
		.commands = COMMAND_STATUS,
		.destination = DESTINATION(monitoring),
		.help = "print one line for Nagios or Icinga, exit 0 to 3",
	},
	{
		.name = "accounts",
		.argument = "FILE",
		.commands = COMMAND_METRICS,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(accounts),
		.help = "count the accounts of each instance from a list of\n"
			"selectors, one a line",
	},
	{
		.name = "output",
		.letter = 'o',
		.argument = "FILE",
		.commands = COMMAND_METRICS,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(style.columns),
		.help = "replace FILE atomically",
	},
	{
		.name = "host",
		.letter = 'H',
		.argument = "[USER@]HOST",
		.commands = COMMAND_STATUS,
		.kind = OPTION_HOST,
		.help = "show another machine, through ssh",
	},
	{
		.name = "machine",
		.letter = 'M',
		.argument = "CONTAINER",
		.commands = COMMAND_STATUS,
		.kind = OPTION_CONTAINER,
		.help = "show a container; -H and -M may be repeated",
	},
	{
		.name = "svg",
		.commands = COMMAND_MAP,
		.destination = DESTINATION(svg),
		.help = "print an SVG picture, for a browser",
	},
	{
		.name = "app-id",
		.argument = "ID",
		.commands = COMMAND_ROUTE,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(app_id),
		.help = "the app's id, compared with every AppIdPrefix",
	},
	{
		.name = "count",
		.commands = COMMAND_ROUTE,
		.destination = DESTINATION(count),
		.help = "print how many selectors each instance serves",
	},
	{
		.name = "output",
		.letter = 'o',
		.argument = "COLUMN,...",
		.commands = WITH_COLUMNS,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(style.columns),
		.help = "choose columns and their order",
	},
	{
		.name = "noheadings",
		.letter = 'n',
		.commands = WITH_COLUMNS,
		.destination = DESTINATION(style.noheadings),
		.help = "print no heading",
	},
	{
		.name = "raw",
		.letter = 'r',
		.commands = WITH_COLUMNS,
		.destination = DESTINATION(style.raw),
		.help = "do not align, for scripts",
	},
	{
		.name = "json",
		.letter = 'J',
		.commands = COMMAND_APPLY,
		.destination = DESTINATION(style.json),
		.help = "print whether something changed as JSON",
	},
	{
		.name = "json",
		.letter = 'J',
		.commands = WITH_JSON,
		.destination = DESTINATION(style.json),
		.help = "print JSON",
	},
	{
		.name = "root",
		.argument = "DIR",
		.commands = ABOUT_FILES,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(root_directory),
		.help = "use the files below DIR, do not check this host",
	},
	{
		.name = "color",
		.argument = "WHEN",
		.commands = EVERY_COMMAND,
		.kind = OPTION_TEXT,
		.destination = DESTINATION(color_when),
		.help = "auto, always or never",
	},
	{
		.name = "help",
		.letter = 'h',
		.commands = EVERY_COMMAND,
		.destination = DESTINATION(help),
		.help = "print this help",
	},
	{
		.name = "version",
		.commands = EVERY_COMMAND,
		.destination = DESTINATION(version),
		.help = "print the version",
	},
};

static_assert(ELEMENTSOF(rows) <= 64, "options.given has a bit for each row");

/* Return the first row with the name of row `at`. */
static size_t row_first(size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(rows[i].name, rows[at].name))
			return i;
	return at;
}

/* Return the mask of commands that take the option of row `at`. */
static unsigned row_commands(size_t at)
{
	unsigned commands = 0;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (!strcmp(rows[i].name, rows[at].name))
			commands |= rows[i].commands;
	return commands;
}

/* --- parsing ----------------------------------------------------------------------------- */

/* What getopt_long() returns for row 0; above every letter. */
#define FIRST_ROW 256

/* Return the row of what getopt_long() returned, or ELEMENTSOF(rows). */
static size_t row_find(int value)
{
	size_t i = 0;

	if (value >= FIRST_ROW)
		return (size_t)(value - FIRST_ROW);
	while (i < ELEMENTSOF(rows) && (!value || rows[i].letter != value))
		i++;
	return i;
}

static void make_long_options(struct option long_options[ELEMENTSOF(rows) + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (row_first(i) == i)
			long_options[n++] = (struct option){
				.name = rows[i].name,
				.has_arg = rows[i].argument ? required_argument : no_argument,
				.val = FIRST_ROW + (int)i,
			};
	long_options[n] = (struct option){};
}

/*
 * `-`: words are returned in their order, whether POSIXLY_CORRECT is set or not. `:`: a missing
 * argument is told apart, and getopt_long() prints nothing.
 */
static void make_short_options(char letters[2 * ELEMENTSOF(rows) + 3])
{
	*letters++ = '-';
	*letters++ = ':';
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		if (!rows[i].letter)
			continue;
		*letters++ = rows[i].letter;
		if (rows[i].argument)
			*letters++ = ':';
	}
	*letters = '\0';
}

static int option_take(struct options *options, size_t at, struct strbuf *reason)
{
	const struct option_row *row = &rows[at];
	void *destination = (char *)options + row->destination;

	options->given |= UINT64_C(1) << at;
	if (row->kind == OPTION_SWITCH) {
		*(bool *)destination = true;
		return 0;
	}
	if (row->kind == OPTION_TEXT) {
		*(const char **)destination = optarg;
		return 0;
	}

	if (options->n_targets == TARGETS_MAX) {
		strbuf_appendf(reason, "more than %d machines", TARGETS_MAX);
		return -EINVAL;
	}
	options->targets[options->n_targets++] = (struct systemd_target){
		.host = row->kind == OPTION_HOST ? optarg : NULL,
		.container = row->kind == OPTION_CONTAINER ? optarg : NULL,
	};
	return 0;
}

/* Append why getopt_long() returned `:` or `?`. */
static int option_refuse(int answer, const char *word, struct strbuf *reason)
{
	size_t at = row_find(optopt);

	if (at < ELEMENTSOF(rows))
		strbuf_appendf(reason, "--%s takes %s argument", rows[at].name,
			       answer == ':' ? "an" : "no");
	else if (optopt)
		strbuf_appendf(reason, "unknown option -%c", optopt);
	else
		strbuf_appendf(reason, "unknown option %s", word);
	return -EINVAL;
}

int options_parse(struct options *options, int argc, char **argv, size_t *ret_n_words,
		  struct strbuf *reason)
{
	struct option long_options[ELEMENTSOF(rows) + 1];
	char letters[2 * ELEMENTSOF(rows) + 3];
	size_t n = 0;
	int answer, r;

	make_long_options(long_options);
	make_short_options(letters);
	while ((answer = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		if (answer == ':' || answer == '?')
			return option_refuse(answer, argv[optind - 1], reason);
		/* A word. Its new place is one that getopt_long() has left behind. */
		if (answer == 1) {
			argv[n++] = optarg;
			continue;
		}
		r = option_take(options, row_find(answer), reason);
		if (r < 0)
			return r;
	}
	while (optind < argc)
		argv[n++] = argv[optind++];
	*ret_n_words = n;
	return 0;
}

const char *options_find_misplaced(const struct options *options, enum command_bit command)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (options->given >> i & 1 && !(row_commands(i) & command))
			return rows[i].name;
	return NULL;
}

/* --- help -------------------------------------------------------------------------------- */

/* Print `  -o, --output=COLUMN,...` and what it does; OOM must not spoil the help. */
static void print_row(const struct option_row *row, int width)
{
	const char *line = row->help;
	int length;

	length = row->letter ? printf("  -%c, --%s", row->letter, row->name)
			     : printf("      --%s", row->name);
	if (row->argument)
		length += printf("=%s", row->argument);

	printf("%*s  ", width - length, "");
	for (const char *end; (end = strchr(line, '\n')); line = end + 1)
		printf("%.*s\n%*s  ", (int)(end - line), line, width, "");
	puts(line);
}

static int synopsis_width(const struct option_row *row)
{
	size_t length = strlen("  -x, --") + strlen(row->name);

	if (row->argument)
		length += strlen("=") + strlen(row->argument);
	return (int)length;
}

void options_print_help(enum command_bit command)
{
	int width = 0;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (rows[i].commands & command && synopsis_width(&rows[i]) > width)
			width = synopsis_width(&rows[i]);

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (rows[i].commands & command)
			print_row(&rows[i], width);
}
