/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl: what an operator of several SIPIS processes wants to do and see. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct command {
	const char *name;
	const char *arguments;
	const char *help;
	int (*run)(const struct options *options, int argc, char **argv);
} commands[] = {
	{"check", "[INSTANCE...]", "say what is wrong with the settings", command_check},
};

int report_failure(const char *what, int error)
{
	fprintf(stderr, "sipisctl: %s: %s\n", what, strerrordesc_np(-error));
	return EXIT_FAILED;
}

static void print_help(void)
{
	fputs("sipisctl [--root=DIR] COMMAND [ARGUMENTS]\n\nCommands:\n", stdout);
	for (size_t i = 0; i < ELEMENTSOF(commands); i++)
		printf("  %s %-20s %s\n", commands[i].name, commands[i].arguments,
		       commands[i].help);
	fputs("\nOptions:\n"
	      "  --root=DIR   read everything below DIR\n"
	      "  --refused    check: explain to systemd why an instance does not start\n"
	      "  --help       show this help\n"
	      "  --version    show the version\n"
	      "\n"
	      "Exit status: 0 good, 1 errors found, 2 wrong usage, 3 could not do its work.\n",
	      stdout);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int run(const struct options *options, int argc, char **argv)
{
	const struct command *command;

	if (!argc) {
		fputs("sipisctl: which command? See sipisctl --help\n", stderr);
		return EXIT_USAGE;
	}
	command = find_command(argv[0]);
	if (!command) {
		fprintf(stderr, "sipisctl: there is no command %s, see sipisctl --help\n", argv[0]);
		return EXIT_USAGE;
	}
	return command->run(options, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	enum { ROOT = 256, REFUSED, HELP, VERSION_OPTION };
	static const struct option long_options[] = {
		{"root",       required_argument, NULL, ROOT},
		{"refused",        no_argument, NULL, REFUSED},
		{"help",            no_argument, NULL, HELP},
		{"version",no_argument, NULL, VERSION_OPTION},
		{      },
	};
	struct options options = {.root = ROOT_INIT};
	const char *root = NULL;
	int option, r;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		switch (option) {
		case ROOT:
			root = optarg;
			break;
		case REFUSED:
			options.refused = true;
			break;
		case HELP:
			print_help();
			return EXIT_GOOD;
		case VERSION_OPTION:
			puts(PACKAGE_STRING);
			return EXIT_GOOD;
		default:
			return EXIT_USAGE;
		}
	r = root_open(&options.root, root);
	if (r < 0)
		return report_failure(root, r);
	r = run(&options, argc - optind, argv + optind);
	root_done(&options.root);
	if (fflush(stdout) != 0 || ferror(stdout))
		return report_failure("standard output", -EIO);
	return r;
}
