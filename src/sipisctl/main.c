/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl: what an operator of several SIPIS processes wants to do and see. */

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"

/* Options beyond those that every command takes. */
enum {
	TAKES_REFUSED = 1 << 0,
	TAKES_STRICT = 1 << 1,
	TAKES_JSON = 1 << 2,
	TAKES_COLUMNS = 1 << 3, /* -o, --noheadings, --raw */
	TAKES_SVG = 1 << 4,
	TAKES_APP_ID = 1 << 5,
	TAKES_COUNT = 1 << 6,
	TAKES_DRY_RUN = 1 << 7,
	TAKES_SPLIT = 1 << 8,
	TAKES_APPLY = 1 << 9,
	TAKES_STATUS = 1 << 10,
};

static const char check_details[] =
	"Without INSTANCE, all that is wrong with the settings files, the load\n"
	"balancer's settings and, without --root, this machine. With INSTANCE, what is\n"
	"wrong with these, and what others have wrong because of them.\n"
	"\n"
	"  --strict     warnings count as errors\n"
	"  --refused    explain to systemd why an instance does not start, exit 78\n"
	"  --json       the same as JSON\n";

static const char list_details[] =
	"  -o COLUMN,...  choose columns and their order\n"
	"  --noheadings   no heading\n"
	"  --raw          no alignment, for scripts\n"
	"  --json         the same as JSON\n"
	"\n"
	"Columns: INSTANCE NAME PORT HTTP REALM PREFIXES SHARE (of the selector space,\n"
	"by first match) STATE (ok or refused) SETTINGS (the file)\n";

static const char map_details[] = "  --svg        a picture for a browser\n"
				  "  --json       the same data as JSON\n";

static const char route_details[] =
	"A selector is 40 hexadecimal digits and whatever follows them, or fewer digits.\n"
	"Without SELECTOR they are read from standard input, one a line. Prints SELECTOR\n"
	"INSTANCE NAME PREFIX. Exit status 1 when one is served by nobody.\n"
	"\n"
	"  --app-id=ID  the app's id, which decides which AppIdPrefix match\n"
	"  --count      how many of them each instance serves, as a table\n"
	"  --json       the same as JSON\n"
	"\n"
	"The real load:\n"
	"  psql -Atc 'SELECT selector FROM selectors' | sipisctl route --count\n";

static const char split_details[] =
	"Turns the settings files and the load balancer's Backend section into those of\n"
	"N instances (1 to 256), from however many there are. Nothing is restarted.\n"
	"\n"
	"  --dry-run             print the differences for patch -p1, passwords and all,\n"
	"                        and change nothing\n"
	"  --yes                 do not ask\n"
	"  --server-port-step=N  from one Server port to the next (-10)\n"
	"  --http-port-step=N    from one HTTP port to the next (10)\n"
	"  --max-imbalance=N%    how much larger than the smallest share the largest may\n"
	"                        be (5%)\n"
	"  --undo                take back the last split, or one that was interrupted\n"
	"  --resume              finish one that was interrupted\n";

static const char apply_details[] =
	"Stops the instances, lets systemd read the units again, restarts LoadBalancer2,\n"
	"starts the instances, and waits until each of them listens on its ports. Errors\n"
	"in the settings stop it before. Exit status 1 unless all serve that are neither\n"
	"refused nor masked.\n"
	"\n"
	"  --rolling           restart only those whose settings changed, one after the\n"
	"                      other; refuses where names, ports or prefixes changed\n"
	"  --no-stop           stop nothing: what runs keeps its settings\n"
	"  --timeout=SECONDS   how long each step may take (60)\n"
	"  --force             go on although there are errors, without what is refused\n"
	"  --dry-run           say what would be done\n";

static const char status_details[] =
	"  --watch                 show it anew whenever something changes\n"
	"  -H, --host=[USER@]HOST  of another machine, through ssh\n"
	"  -M, --machine=CONTAINER\n"
	"                          of a container; -H and -M may be given several times\n"
	"  -o COLUMN,...           choose columns and their order\n"
	"  --noheadings            no heading\n"
	"  --raw                   no alignment, for scripts\n"
	"  --json                  the same as JSON\n"
	"\n"
	"Columns: those of list, and ACTIVE PID MEMORY SINCE (how long) LISTENING (on its\n"
	"ports) RESTARTS (by systemd) REASON (why refused or failed) HOST. LoadBalancer2\n"
	"is the first row. Exit status 1 unless all instances run that are not masked.\n";

static const struct command {
	const char *name, *arguments, *help, *details;
	unsigned takes;
	int (*run)(const struct options *options, int argc, char **argv);
} commands[] = {
	{
         .name = "check",
         .arguments = "[INSTANCE...]",
         .help = "say what is wrong",
         .details = check_details,
         .takes = TAKES_REFUSED | TAKES_STRICT | TAKES_JSON,
         .run = command_check,
	 },
	{
         .name = "list",
         .arguments = "",
         .help = "list the instances",
         .details = list_details,
         .takes = TAKES_JSON | TAKES_COLUMNS,
         .run = command_list,
	 },
	{
         .name = "map",
         .arguments = "",
         .help = "draw who takes which selectors",
         .details = map_details,
         .takes = TAKES_JSON | TAKES_SVG,
         .run = command_map,
	 },
	{
         .name = "route",
         .arguments = "[SELECTOR...]",
         .help = "say who serves a selector",
         .details = route_details,
         .takes = TAKES_JSON | TAKES_APP_ID | TAKES_COUNT | TAKES_COLUMNS,
         .run = command_route,
	 },
	{
         .name = "split",
         .arguments = "N",
         .help = "make it N instances",
         .details = split_details,
         .takes = TAKES_DRY_RUN | TAKES_SPLIT,
         .run = command_split,
	 },
	{
         .name = "apply",
         .arguments = "",
         .help = "let it run as it is set up, and prove that it serves",
         .details = apply_details,
         .takes = TAKES_DRY_RUN | TAKES_APPLY,
         .run = command_apply,
	 },
	{
         .name = "status",
         .arguments = "",
         .help = "show what runs",
         .details = status_details,
         .takes = TAKES_JSON | TAKES_COLUMNS | TAKES_STATUS,
         .run = command_status,
	 },
};

/* --- help -------------------------------------------------------------------------------- */

static void print_help(void)
{
	fputs("sipisctl [OPTIONS] COMMAND [ARGUMENTS]\n\nCommands:\n", stdout);
	for (size_t i = 0; i < ELEMENTSOF(commands); i++)
		printf("  %-6s%-15s %s\n", commands[i].name, commands[i].arguments,
		       commands[i].help);
	fputs("\nOptions, before or after the command:\n"
	      "  --root=DIR     read everything below DIR; this machine itself is not looked at\n"
	      "  --json         JSON instead of text; split and apply have none\n"
	      "  --color=WHEN   auto, always or never\n"
	      "  --help         this help; with a command, that command's\n"
	      "  --version      the version\n"
	      "\n"
	      "Exit status: 0 good, 1 errors found or goal not reached, 2 wrong usage,\n"
	      "3 could not do its work. See sipisctl(1).\n",
	      stdout);
}

static void print_command_help(const struct command *command)
{
	printf("sipisctl %s [OPTIONS]%s%s: %s\n\n%s", command->name,
	       command->arguments[0] ? " " : "", command->arguments, command->help,
	       command->details);
}

/* --- commands ---------------------------------------------------------------------------- */

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters must be typed anew to make one word of the other (Levenshtein). */
static unsigned distance(const char *a, const char *b)
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
		if (distance(name, commands[i].name) < distance(name, nearest->name))
			nearest = &commands[i];
	if (distance(name, nearest->name) <= 2)
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

struct arguments {
	struct options options;
	const char *root, *color;
	unsigned given; /* of the options that not every command takes */
	bool help, version;
};

enum {
	ROOT = 256,
	COLOR,
	JSON,
	REFUSED,
	STRICT,
	NOHEADINGS,
	RAW,
	SVG,
	APP_ID,
	COUNT,
	DRY_RUN,
	YES,
	UNDO,
	RESUME,
	SERVER_PORT_STEP,
	HTTP_PORT_STEP,
	MAX_IMBALANCE,
	NO_STOP,
	FORCE,
	ROLLING,
	TIMEOUT,
	WATCH,
	HELP,
	VERSION_OPTION,
};

static const struct option long_options[] = {
	{"root",             required_argument, NULL, ROOT},
	{"color",              required_argument, NULL, COLOR},
	{"json",		  no_argument, NULL, JSON},
	{"refused",no_argument, NULL, REFUSED},
	{"strict",             no_argument, NULL, STRICT},
	{"output",             required_argument, NULL, 'o'},
	{"noheadings",              no_argument, NULL, NOHEADINGS},
	{"raw",		  no_argument, NULL, RAW},
	{"svg",		    no_argument, NULL, SVG},
	{"app-id",           required_argument, NULL, APP_ID},
	{"count",           no_argument, NULL, COUNT},
	{"dry-run",              no_argument, NULL, DRY_RUN},
	{"yes",		  no_argument, NULL, YES},
	{"undo",no_argument, NULL, UNDO},
	{"resume",               no_argument, NULL, RESUME},
	{"server-port-step",       required_argument, NULL, SERVER_PORT_STEP},
	{"http-port-step",              required_argument, NULL, HTTP_PORT_STEP},
	{"max-imbalance",                  required_argument, NULL, MAX_IMBALANCE},
	{"no-stop",no_argument, NULL, NO_STOP},
	{"force",               no_argument, NULL, FORCE},
	{"rolling",              no_argument, NULL, ROLLING},
	{"timeout",              required_argument, NULL, TIMEOUT},
	{"watch",		  no_argument, NULL, WATCH},
	{"host",required_argument, NULL, 'H'},
	{"machine",            required_argument, NULL, 'M'},
	{"help",            no_argument, NULL, HELP},
	{"version",              no_argument, NULL, VERSION_OPTION},
	{},
};

/* Options that are a switch: which one, and which commands take it. */
static bool *find_switch(struct options *options, int option, unsigned *ret_takes)
{
	const struct {
		int option;
		unsigned takes;
		bool *target;
	} switches[] = {
		{JSON,       TAKES_JSON,    &options->style.json      },
		{REFUSED,    TAKES_REFUSED, &options->refused         },
		{STRICT,     TAKES_STRICT,  &options->strict          },
		{NOHEADINGS, TAKES_COLUMNS, &options->style.noheadings},
		{RAW,        TAKES_COLUMNS, &options->style.raw       },
		{SVG,        TAKES_SVG,     &options->svg             },
		{COUNT,      TAKES_COUNT,   &options->count           },
		{DRY_RUN,    TAKES_DRY_RUN, &options->dry_run         },
		{YES,        TAKES_SPLIT,   &options->yes             },
		{UNDO,       TAKES_SPLIT,   &options->undo            },
		{RESUME,     TAKES_SPLIT,   &options->resume          },
		{NO_STOP,    TAKES_APPLY,   &options->no_stop         },
		{FORCE,      TAKES_APPLY,   &options->force           },
		{ROLLING,    TAKES_APPLY,   &options->rolling         },
		{WATCH,      TAKES_STATUS,  &options->watch           },
	};

	for (size_t i = 0; i < ELEMENTSOF(switches); i++)
		if (switches[i].option == option) {
			*ret_takes = switches[i].takes;
			return switches[i].target;
		}
	return NULL;
}

/* The same for those that have a text. */
static const char **find_text(struct arguments *arguments, int option, unsigned *ret_takes)
{
	struct options *options = &arguments->options;
	const struct {
		int option;
		unsigned takes;
		const char **target;
	} texts[] = {
		{ROOT,             0,             &arguments->root          },
		{COLOR,            0,             &arguments->color         },
		{'o',              TAKES_COLUMNS, &options->style.columns   },
		{APP_ID,           TAKES_APP_ID,  &options->app_id          },
		{SERVER_PORT_STEP, TAKES_SPLIT,   &options->server_port_step},
		{HTTP_PORT_STEP,   TAKES_SPLIT,   &options->http_port_step  },
		{MAX_IMBALANCE,    TAKES_SPLIT,   &options->max_imbalance   },
		{TIMEOUT,          TAKES_APPLY,   &options->timeout         },
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		if (texts[i].option == option) {
			*ret_takes = texts[i].takes;
			return texts[i].target;
		}
	return NULL;
}

/* -H and -M. False where there are too many. */
static bool take_target(struct options *options, int option)
{
	if (options->n_targets == TARGETS_MAX)
		return false;
	options->targets[options->n_targets++] = (struct systemd_target){
		.host = option == 'H' ? optarg : NULL,
		.container = option == 'M' ? optarg : NULL,
	};
	return true;
}

/* False: wrong usage, and it has been said. */
static bool take_option(struct arguments *arguments, int option)
{
	unsigned takes = 0;
	bool *target = find_switch(&arguments->options, option, &takes);
	const char **text = target ? NULL : find_text(arguments, option, &takes);

	if (target)
		*target = true;
	else if (text)
		*text = optarg;
	else if (option == 'H' || option == 'M') {
		takes = TAKES_STATUS;
		if (!take_target(&arguments->options, option))
			return false;
	} else if (option == HELP || option == 'h')
		arguments->help = true;
	else if (option == VERSION_OPTION)
		arguments->version = true;
	else
		return false;
	arguments->given |= takes;
	return true;
}

/* https://no-color.org: where the variable is set and not empty. */
static bool choose_color(struct options *options, const char *when)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	options->terminal = isatty(STDOUT_FILENO);
	if (!strcmp(when, "always"))
		options->color = true;
	else if (!strcmp(when, "auto"))
		options->color = options->terminal && !(no_color && *no_color) &&
				 !(terminal && !strcmp(terminal, "dumb"));
	return !strcmp(when, "always") || !strcmp(when, "auto") || !strcmp(when, "never");
}

/* The words that are no options are left in `argv`, from optind. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	int option;

	while ((option = getopt_long(argc, argv, "ho:H:M:", long_options, NULL)) != -1)
		if (!take_option(arguments, option))
			return report_usage("sipisctl --help lists the options");
	if (!choose_color(&arguments->options, arguments->color))
		return report_usage("--color is auto, always or never, not \"%s\"",
				    arguments->color);
	return EXIT_GOOD;
}

/* --- the program ------------------------------------------------------------------------- */

static int run_command(struct arguments *arguments, int argc, char **argv)
{
	const struct command *command;
	int r;

	if (!argc)
		return report_usage("which command? sipisctl --help lists them");
	command = find_command(argv[0]);
	if (!command)
		return reject_command(argv[0]);
	if (arguments->help) {
		print_command_help(command);
		return EXIT_GOOD;
	}
	if (arguments->given & ~command->takes)
		return report_usage("%s does not take one of these options: sipisctl %s --help",
				    command->name, command->name);
	if (argc > 1 && !command->arguments[0])
		return report_usage("%s takes no argument", command->name);
	arguments->options.rooted = arguments->root != NULL;
	r = root_open(&arguments->options.root, arguments->root);
	if (r < 0)
		return report_failure(arguments->root, r);
	return command->run(&arguments->options, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	struct arguments arguments = {
		.options = {.root = ROOT_INIT, .app_id = ""},
		.color = "auto",
	};
	int status;

	setlocale(LC_ALL, "");
	status = parse_arguments(argc, argv, &arguments);
	if (status != EXIT_GOOD)
		return status;
	if (arguments.version)
		puts(PACKAGE_STRING);
	else if (arguments.help && optind == argc)
		print_help();
	else
		status = run_command(&arguments, argc - optind, argv + optind);
	root_done(&arguments.options.root);
	if (fflush(stdout) != 0 || ferror(stdout))
		return report_failure("standard output", -EIO);
	return status;
}
