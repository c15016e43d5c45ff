/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipis-generator: turns the settings files of SIPIS into instances of sipis@.service. */

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
	"  --root=DIR   read all files below DIR\n"
	"  --dry-run    print the files that would be written\n"
	"  --help       show this help\n"
	"  --version    show the version\n"
	"\n"
	"Exit status: 0 no errors, 1 there were errors, 2 wrong usage.\n"
	"See sipis-generator(8).\n";

struct arguments {
	const char *root;
	const char *directory; /* NULL: print only */
	bool help, version, dry_run;
};

/* Return false on wrong usage, which has been logged. */
static bool parse_arguments(int argc, char **argv, struct arguments *ret)
{
	enum { ROOT = 256, DRY_RUN, HELP, VERSION_OPTION };
	static const struct option options[] = {
		{.name = "root", .has_arg = required_argument, .val = ROOT},
		{.name = "dry-run", .has_arg = no_argument, .val = DRY_RUN},
		{.name = "help", .has_arg = no_argument, .val = HELP},
		{.name = "version", .has_arg = no_argument, .val = VERSION_OPTION},
		{},
	};
	struct arguments arguments = {};
	int option, directories;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case ROOT:
			if (!*optarg) {
				log_error("sipis-generator: --root needs a directory");
				return false;
			}
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
		default: /* getopt_long() has said what is wrong */
			log_error("sipis-generator: see sipis-generator --help");
			return false;
		}

	directories = argc - optind;
	if (!arguments.help && !arguments.version && arguments.dry_run != (directories == 0)) {
		log_error("sipis-generator: give one directory, or three as systemd does, or "
			  "--dry-run");
		return false;
	}
	if (directories != 0 && directories != 1 && directories != 3) {
		log_error("sipis-generator: give one directory or three, not %d", directories);
		return false;
	}
	arguments.directory = argv[optind];
	*ret = arguments;
	return true;
}

/* Return true in a user manager and in the initrd: only a running system has SIPIS instances. */
static bool is_wrong_manager(const struct root *root)
{
	const char *scope = getenv("SYSTEMD_SCOPE"), *in_initrd = getenv("SYSTEMD_IN_INITRD");
	struct stat st;

	if (scope && !strcmp(scope, "user"))
		return true;
	if (in_initrd)
		return !strcmp(in_initrd, "1");
	return root_stat(root, "/etc/initrd-release", &st) == 0;
}

/* Write all units. A failed unit does not stop the others; return 0, or the last failure. */
static int write_units(const struct plan *plan, const char *directory)
{
	_cleanup_close_ int fd = -1;
	_cleanup_(writer_done) struct writer writer = WRITER_INIT(-1);
	int result = 0;

	fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		result = -errno;
		log_error("sipis-generator: %s: %s", directory, strerrordesc_np(-result));
		return result;
	}

	writer.fd = fd;
	for (size_t i = 0; i < plan->n; i++) {
		int r = write_unit(&writer, &plan->units[i]);

		if (r >= 0)
			continue;
		log_error("sipis-generator: %s: cannot generate in %s: %s", plan->units[i].name,
			  directory, strerrordesc_np(-r));
		result = r;
	}
	return result;
}

/* Returns 0, or -EIO if not all output was written, which is logged. */
static int flush_output(void)
{
	errno = EIO;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_error("sipis-generator: standard output: %s", strerrordesc_np(errno));
	return -EIO;
}

static int print_units(const struct plan *plan)
{
	int r;

	r = plan_print(plan);
	if (r < 0) {
		log_error("sipis-generator: %s", strerrordesc_np(-r));
		return r;
	}
	return flush_output();
}

/* Return EXIT_GOOD or EXIT_ERRORS. */
static int generate(const struct root *root, const char *directory)
{
	_cleanup_(installation_done) struct installation installation = {};
	_cleanup_(plan_done) struct plan plan = {};
	int written, logged, r;

	r = load_installation(root, 0, &installation);
	if (r < 0) {
		log_error("sipis-generator: %s%s: %s", root->prefix, SIPIS_CONFDIR,
			  strerrordesc_np(-r));
		return EXIT_ERRORS;
	}
	r = plan_make(&installation, &plan);
	if (r < 0) {
		log_error("sipis-generator: %s", strerrordesc_np(-r));
		return EXIT_ERRORS;
	}

	/* Units come first: systemd waits for them, and they must survive a failure to log. */
	written = directory ? write_units(&plan, directory) : print_units(&plan);
	logged = log_diagnostics(&installation.diagnostics);
	if (installation.split_state_denied)
		log_error("sipis-generator: cannot tell whether a split was interrupted: run this "
			  "as root");
	if (written < 0 || logged < 0 ||
	    diagnostics_count(&installation.diagnostics, SEVERITY_ERROR) > 0)
		return EXIT_ERRORS;
	return EXIT_GOOD;
}

int main(int argc, char **argv)
{
	_cleanup_(root_done) struct root root = ROOT_INIT;
	struct arguments arguments;
	int r, status;

	if (!parse_arguments(argc, argv, &arguments))
		return EXIT_USAGE;
	if (arguments.help || arguments.version) {
		fputs(arguments.help ? help : PACKAGE_STRING "\n", stdout);
		return flush_output() < 0 ? EXIT_ERRORS : EXIT_GOOD;
	}

	r = root_open(&root, arguments.root);
	if (r < 0) {
		log_error("sipis-generator: %s: %s", arguments.root ? arguments.root : "/",
			  strerrordesc_np(-r));
		return EXIT_ERRORS;
	}
	if (is_wrong_manager(&root))
		return EXIT_GOOD;

	status = generate(&root, arguments.directory);
	log_finish();
	return status;
}
