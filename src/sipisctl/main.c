/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl: check, split, apply and watch several SIPIS processes. */

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"
#include "sipisctl/transaction-report.h"

static const char check_description[] =
	"Without INSTANCE, check all settings files, the load balancer settings and,\n"
	"without --root, this host. With INSTANCE, print only the diagnostics of these,\n"
	"those of other files that clash with them, and what stops all instances.\n";

static const char route_description[] =
	"Print SELECTOR INSTANCE NAME PREFIX for each SELECTOR: 40 hexadecimal digits and\n"
	"any suffix, or fewer digits. Without SELECTOR, read them from standard input,\n"
	"one a line. Exit status 1 if nobody serves a selector, or several backends do.\n"
	"--output, --noheadings and --raw are for --count; --output also for --json.\n";

static const char route_notes[] =
	"Count the real accounts:\n"
	"  psql -Atc 'SELECT selector FROM selectors' | sipisctl route --count\n";

static const char split_description[] =
	"Change the settings files and the load balancer's Backend section to those of N\n"
	"instances (1 to 256), from any number. Nothing is restarted. --output,\n"
	"--noheadings and --raw are for --list.\n";

static const char sync_description[] =
	"Make the other settings files copies of the first one. Each keeps its own name,\n"
	"ports, addresses, realm, filter, lock and logs. With INSTANCE, change only these\n"
	"files. Nothing is restarted.\n";

static const char edit_description[] =
	"Edit a copy of a settings file with $SUDO_EDITOR, $VISUAL or $EDITOR, check the\n"
	"whole installation with it, and save it if there are no errors. Nothing is\n"
	"restarted.\n";

static const char reload_description[] =
	"If the generated units do not match the settings files, reload systemd and start\n"
	"the instances that do not run. Otherwise do nothing. Nothing is stopped or\n"
	"restarted. sipis.service runs this command when it starts, for settings that come\n"
	"late in the boot.\n";

static const char apply_description[] =
	"Reload systemd, stop the instances, restart LoadBalancer2, start the instances,\n"
	"and wait until each listens on its ports. Stop nothing if there are errors in\n"
	"the settings or on this host. With INSTANCE, restart and verify only these. Exit\n"
	"status 1 if LoadBalancer2 or an instance does not serve; refused and masked\n"
	"instances do not count unless INSTANCE names them.\n";

static const char status_notes[] =
	"HOST is shown with --host and --machine too. The first row is LoadBalancer2, if\n"
	"this machine has it. Exit status 1 if it or an instance that is not masked does\n"
	"not run, one runs without settings, or there is no instance.\n";

static const char metrics_description[] =
	"Print OpenMetrics text, or write it to a file for node_exporter's textfile\n"
	"collector. Only root gets all values.\n";

static const struct command {
	const char *name;
	enum command_bit bit;
	const char *arguments;           /* NULL: it takes none */
	const char *help;                /* one line, imperative */
	const char *description, *notes; /* before and after the options; NULL: none */
	void (*print_columns)(void);     /* NULL: it prints no table */
	int (*run)(const struct options *options, int argc, char **argv);
} commands[] = {
	{
		.name = "check",
		.bit = COMMAND_CHECK,
		.arguments = "[INSTANCE...]",
		.help = "check settings and host",
		.description = check_description,
		.run = command_check,
	},
	{
		.name = "list",
		.bit = COMMAND_LIST,
		.arguments = "[INSTANCE...]",
		.help = "list the instances",
		.print_columns = list_print_columns,
		.run = command_list,
	},
	{
		.name = "map",
		.bit = COMMAND_MAP,
		.arguments = "[INSTANCE...]",
		.help = "draw which instance takes which selectors",
		.run = command_map,
	},
	{
		.name = "route",
		.bit = COMMAND_ROUTE,
		.arguments = "[SELECTOR...]",
		.help = "print which instance serves a selector",
		.description = route_description,
		.notes = route_notes,
		.print_columns = route_print_columns,
		.run = command_route,
	},
	{
		.name = "split",
		.bit = COMMAND_SPLIT,
		.arguments = "N",
		.help = "change to N instances",
		.description = split_description,
		.run = command_split,
	},
	{
		.name = "sync",
		.bit = COMMAND_SYNC,
		.arguments = "[INSTANCE...]",
		.help = "copy common settings from one file to the others",
		.description = sync_description,
		.run = command_sync,
	},
	{
		.name = "edit",
		.bit = COMMAND_EDIT,
		.arguments = "INSTANCE",
		.help = "edit settings, and check them before saving",
		.description = edit_description,
		.run = command_edit,
	},
	{
		.name = "apply",
		.bit = COMMAND_APPLY,
		.arguments = "[INSTANCE...]",
		.help = "restart services with the new settings, and verify them",
		.description = apply_description,
		.run = command_apply,
	},
	{
		.name = "reload",
		.bit = COMMAND_RELOAD,
		.help = "reload systemd if needed, and start instances",
		.description = reload_description,
		.run = command_reload,
	},
	{
		.name = "status",
		.bit = COMMAND_STATUS,
		.arguments = "[INSTANCE...]",
		.help = "show what runs",
		.notes = status_notes,
		.print_columns = status_print_columns,
		.run = command_status,
	},
	{
		.name = "metrics",
		.bit = COMMAND_METRICS,
		.help = "print metrics for Prometheus",
		.description = metrics_description,
		.run = command_metrics,
	},
};

/* --- help -------------------------------------------------------------------------------- */

static void print_help(void)
{
	fputs("sipisctl [OPTIONS] COMMAND [ARGUMENTS]\n\nCommands:\n", stdout);
	for (size_t i = 0; i < ELEMENTSOF(commands); i++)
		printf("  %-7s%-14s %s\n", commands[i].name,
		       commands[i].arguments ? commands[i].arguments : "", commands[i].help);

	fputs("\nOptions, before or after the command:\n", stdout);
	options_print_help(COMMAND_NONE);
	fputs("\n\"sipisctl COMMAND --help\" lists the options of a command. See sipisctl(1).\n"
	      "Exit status: 0 success, 1 errors or goal not reached, 2 wrong usage, 3 failed.\n",
	      stdout);
}

static void print_command_help(const struct command *command)
{
	printf("sipisctl %s [OPTIONS]%s%s\n  %s\n\n", command->name, command->arguments ? " " : "",
	       command->arguments ? command->arguments : "", command->help);
	if (command->description)
		printf("%s\n", command->description);
	options_print_help(command->bit);
	if (command->print_columns) {
		putchar('\n');
		command->print_columns();
	}
	if (command->notes)
		printf("\n%s", command->notes);
}

/* --- commands ---------------------------------------------------------------------------- */

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Return the edit distance of two words (Levenshtein), UINT32_MAX if `b` is too long. */
static unsigned word_distance(const char *a, const char *b)
{
	unsigned row[32];
	size_t length = strlen(b);

	if (length >= ELEMENTSOF(row))
		return UINT32_MAX;
	for (unsigned i = 0; i <= length; i++)
		row[i] = i;
	for (unsigned i = 1; *a; a++, i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= length; k++) {
			unsigned change = diagonal + (*a != b[k - 1]);

			diagonal = row[k];
			row[k] = smaller(change, smaller(row[k], row[k - 1]) + 1);
		}
	}
	return row[length];
}

static int reject_command(const char *name)
{
	const struct command *nearest = &commands[0];

	for (size_t i = 1; i < ELEMENTSOF(commands); i++)
		if (word_distance(name, commands[i].name) < word_distance(name, nearest->name))
			nearest = &commands[i];
	if (word_distance(name, nearest->name) <= 2)
		return report_usage("there is no command \"%s\": did you mean %s?", name,
				    nearest->name);
	return report_usage("there is no command \"%s\": sipisctl --help lists them", name);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* --- options ----------------------------------------------------------------------------- */

/* Set options->terminal and options->color. See https://no-color.org for NO_COLOR. */
static int choose_color(struct options *options)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
	const char *when = options->color_when;

	options->terminal = isatty(STDOUT_FILENO);
	if (!strcmp(when, "always"))
		options->color = true;
	else if (!strcmp(when, "auto"))
		options->color = options->terminal && !(no_color && *no_color) &&
				 !(terminal && !strcmp(terminal, "dumb"));
	else if (strcmp(when, "never") != 0)
		return report_usage("--color is auto, always or never, not \"%s\"", when);
	return EXIT_GOOD;
}

/* Report why the options are wrong, with the help of the first command among the words. */
static int reject_options(char **argv, const char *reason)
{
	const struct command *command = NULL;

	while (!command && *argv)
		command = find_command(*argv++);
	return report_usage("%s: sipisctl%s%s --help lists the options", reason, command ? " " : "",
			    command ? command->name : "");
}

/* --- the program ------------------------------------------------------------------------- */

static int fail_without_root(const struct options *options, const struct command *command,
			     int error)
{
	int status = report_failure(options->rooted ? options->root_directory : "/", error);

	if (command->bit & (COMMAND_SPLIT | COMMAND_SYNC | COMMAND_EDIT))
		return end_with_json(options, false, status);
	return status;
}

static int run_command(struct options *options, size_t n_words, char **words)
{
	static char *status[] = {(char *)"status", NULL};
	const struct command *command;
	const char *misplaced;
	int r;

	if (!n_words && !options->terminal)
		return report_usage("no command is given: sipisctl --help lists them");
	/* A person who types `sipisctl` wants to see what runs. */
	if (!n_words) {
		words = status;
		n_words = 1;
	}
	command = find_command(words[0]);
	if (!command)
		return reject_command(words[0]);
	if (options->help) {
		print_command_help(command);
		return EXIT_GOOD;
	}

	misplaced = options_find_misplaced(options, command->bit);
	if (misplaced)
		return report_usage("%s does not take --%s: sipisctl %s --help lists its options",
				    command->name, misplaced, command->name);
	if (n_words > 1 && !command->arguments)
		return report_usage("%s takes no argument", command->name);

	options->rooted = options->root_directory != NULL;
	if (options->rooted && !*options->root_directory)
		return report_usage("--root needs a directory");
	r = root_open(&options->root, options->root_directory);
	if (r < 0)
		return fail_without_root(options, command, r);
	return command->run(options, (int)n_words - 1, words + 1);
}

static int run(int argc, char **argv, struct options *options)
{
	_cleanup_strbuf_ struct strbuf reason = STRBUF_INIT;
	size_t n_words = 0;
	int r;

	r = options_parse(options, argc, argv, &n_words, &reason);
	if (r < 0)
		return reject_options(argv, strbuf_shown(&reason));
	r = choose_color(options);
	if (r != EXIT_GOOD)
		return r;

	if (options->version) {
		puts("sipisctl (" PACKAGE_NAME ") " PACKAGE_VERSION);
		return EXIT_GOOD;
	}
	/* `sipisctl help check` is `sipisctl check --help`. */
	if (n_words && !strcmp(argv[0], "help")) {
		options->help = true;
		argv++;
		n_words--;
	}
	if (options->help && !n_words) {
		print_help();
		return EXIT_GOOD;
	}
	return run_command(options, n_words, argv);
}

int main(int argc, char **argv)
{
	struct options options = OPTIONS_INIT;
	int status;

	setlocale(LC_ALL, "");
	status = run(argc, argv, &options);
	root_done(&options.root);
	errno = EIO; /* if the failure was earlier */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	/* If the command has failed, it was reported already. */
	return status == EXIT_FAILED ? status : report_failure("standard output", -errno);
}
