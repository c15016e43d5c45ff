/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipis-generator: from the settings files of SIPIS to instances of sipis@.service. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "installation/load.h"
#include "log.h"
#include "plan.h"
#include "write.h"

enum { EXIT_GOOD = 0, EXIT_ERRORS = 1, EXIT_USAGE = 2 };

static const char help[] =
	"sipis-generator [--root=DIR] NORMAL-DIR [EARLY-DIR LATE-DIR]\n"
	"sipis-generator [--root=DIR] --dry-run\n"
	"\n"
	"Turn the settings files of SIPIS, " SIPIS_CONFDIR "/Settings*.xml, into instances of\n"
	"sipis@.service. systemd runs this at boot and at every daemon-reload.\n"
	"\n"
	"  --root=DIR   read everything below DIR\n"
	"  --dry-run    print what would be written\n"
	"  --help       show this help\n"
	"  --version    show the version\n"
	"\n"
	"Exit status: 0 no errors, 1 there were errors, 2 wrong usage.\n"
	"See sipis-generator(8).\n";

struct arguments {
	const char *root;
	const char *directory; /* NULL: show it only */
	bool help, version, dry_run;
};

/* False: wrong usage, and it has been said what is wrong. */
static bool parse_arguments(int argc, char **argv, struct arguments *ret)
{
	enum { ROOT = 256, DRY_RUN, HELP, VERSION_OPTION };
	static const struct option options[] = {
		{"root",       required_argument, NULL, ROOT},
		{"dry-run",        no_argument, NULL, DRY_RUN},
		{"help",            no_argument, NULL, HELP},
		{"version",no_argument, NULL, VERSION_OPTION},
		{      },
	};
	struct arguments arguments = {};
	int option, directories;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case ROOT:
			arguments.root = optarg;
			break;
		case DRY_RUN:
			arguments.dry_run = true;
			break;
		case HELP:
			arguments.help = true;
			break;
		case VERSION_OPTION:
			arguments.version = true;
			break;
		default:
			return false;
		}
	directories = argc - optind;
	if (!arguments.help && !arguments.version && arguments.dry_run != (directories == 0)) {
		log_error("sipis-generator: give one directory, or three as systemd does, or "
			  "--dry-run");
		return false;
	}
	if (directories != 0 && directories != 1 && directories != 3) {
		log_error("sipis-generator: one directory or three, not %d", directories);
		return false;
	}
	arguments.directory = argv[optind];
	*ret = arguments;
	return true;
}

/* Only the manager of a running system has SIPIS instances: no user's, and not the initrd's. */
static bool nothing_to_do_here(const struct root *root)
{
	const char *scope = getenv("SYSTEMD_SCOPE"), *in_initrd = getenv("SYSTEMD_IN_INITRD");
	struct stat st;

	if (scope && !strcmp(scope, "user"))
		return true;
	if (in_initrd)
		return !strcmp(in_initrd, "1");
	return root_stat(root, "/etc/initrd-release", &st) == 0;
}

/* Without memory they end early, and this is said. */
static int log_diagnostics(const struct diagnostics *diagnostics)
{
	bool errors_only = log_to_kernel();
	struct strbuf line = STRBUF_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < diagnostics->n; i++) {
		const struct diagnostic *diagnostic = &diagnostics->items[i];

		if (errors_only && diagnostic_severity(diagnostic) != SEVERITY_ERROR)
			continue;
		strbuf_truncate(&line, 0);
		diagnostic_append(&line, diagnostic);
		r = strbuf_error(&line);
		if (r == 0)
			log_error("%s", line.text);
	}
	if (r < 0)
		log_error("sipis-generator: %s", strerrordesc_np(-r));
	strbuf_done(&line);
	return r;
}

struct output {
	struct writer writer;
	const char *directory;
	int result; /* 0, or the last failure */
};

/* One unit that can't be written costs no other. */
static int write_one(const struct plan_unit *unit, void *userdata)
{
	struct output *output = userdata;
	int r = write_unit(&output->writer, unit);

	if (r < 0) {
		log_error("sipis-generator: %s could not be generated in %s: %s", unit->name,
			  output->directory, strerrordesc_np(-r));
		output->result = r;
	}
	return 0;
}

static int write_units(const struct installation *installation, const char *directory)
{
	struct output output = {.directory = directory};
	_cleanup_close_ int fd = -1;
	int r;

	fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		log_error("sipis-generator: %s: %s", directory, strerrordesc_np(errno));
		return -errno;
	}
	output.writer = (struct writer)WRITER_INIT(fd);
	r = plan_each(installation, write_one, &output);
	writer_done(&output.writer);
	return r < 0 ? r : output.result;
}

static int show_units(const struct installation *installation)
{
	_cleanup_(plan_done) struct plan plan = {};
	int r;

	r = plan_make(installation, &plan);
	if (r < 0) {
		log_error("sipis-generator: %s", strerrordesc_np(-r));
		return r;
	}
	r = plan_print(&plan);
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = -EIO;
	if (r < 0)
		log_error("sipis-generator: standard output: %s", strerrordesc_np(-r));
	return r;
}

static int run(const struct root *root, const struct arguments *arguments)
{
	_cleanup_(installation_done) struct installation installation = {};
	int r, logged;

	r = load_installation(root, LOAD_FORGETS_BYTES, &installation);
	if (r < 0) {
		log_error("sipis-generator: %s%s: %s", root->prefix, SIPIS_CONFDIR,
			  strerrordesc_np(-r));
		return r;
	}
	/* First what the others wait for: a long list of findings must cost no unit. */
	r = arguments->directory ? write_units(&installation, arguments->directory)
				 : show_units(&installation);
	logged = log_diagnostics(&installation.diagnostics);
	if (r == 0)
		r = logged;
	return r < 0 ? r : diagnostics_count(&installation.diagnostics, SEVERITY_ERROR) > 0;
}

int main(int argc, char **argv)
{
	_cleanup_(root_done) struct root root = ROOT_INIT;
	struct arguments arguments;
	int r;

	if (!parse_arguments(argc, argv, &arguments))
		return EXIT_USAGE;
	if (arguments.help || arguments.version) {
		fputs(arguments.help ? help : PACKAGE_STRING "\n", stdout);
		return EXIT_GOOD;
	}
	r = root_open(&root, arguments.root);
	if (r < 0) {
		log_error("sipis-generator: %s: %s", arguments.root, strerrordesc_np(-r));
		return EXIT_ERRORS;
	}
	if (nothing_to_do_here(&root))
		return EXIT_GOOD;
	return run(&root, &arguments) == 0 ? EXIT_GOOD : EXIT_ERRORS;
}
