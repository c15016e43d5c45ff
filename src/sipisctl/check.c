/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl check: every finding about the installation, or about some of its instances. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "load.h"

/* Does a finding belong to one of the instances asked for or, with `clashes`, clash with one? */
static bool is_asked_for(const struct installation *installation,
			 const struct diagnostic *diagnostic, bool clashes, int argc, char **argv)
{
	const struct instance *own = installation_at(installation, &diagnostic->place);
	const struct instance *other =
		clashes ? installation_at(installation, &diagnostic->related) : NULL;

	for (int i = 0; i < argc; i++)
		if ((own && !strcmp(own->name, argv[i])) ||
		    (other && !strcmp(other->name, argv[i])))
			return true;
	return argc == 0;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_summary(size_t instances, const size_t counts[2])
{
	printf("%zu instance%s, %zu error%s, %zu warning%s\n", instances, plural(instances),
	       counts[SEVERITY_ERROR], plural(counts[SEVERITY_ERROR]), counts[SEVERITY_WARNING],
	       plural(counts[SEVERITY_WARNING]));
}

/* Print what was asked for; the number of findings of each severity. */
static int print_diagnostics(const struct installation *installation, bool clashes, int argc,
			     char **argv, size_t ret_counts[2])
{
	struct strbuf line = STRBUF_INIT;
	int r;

	for (size_t i = 0; i < installation->diagnostics.n; i++) {
		const struct diagnostic *diagnostic = &installation->diagnostics.items[i];

		if (!is_asked_for(installation, diagnostic, clashes, argc, argv))
			continue;
		ret_counts[diagnostic_severity(diagnostic)]++;
		strbuf_truncate(&line, 0);
		diagnostic_append(&line, diagnostic);
		puts(line.text);
	}
	r = strbuf_error(&line);
	strbuf_done(&line);
	return r;
}

/*
 * What a refused instance runs instead of SIPIS: it says why, and fails whatever it says, as the
 * unit that runs it was generated for a refused instance.
 */
static int explain_refusal(const struct installation *installation, int argc, char **argv)
{
	const struct instance *instance = installation_find(installation, argv[0]);
	size_t counts[2] = {};

	if (!instance) {
		printf("There is no %s/ settings file of instance %s any more; "
		       "systemctl daemon-reload is due.\n",
		       SIPIS_CONFDIR, argv[0]);
		return EXIT_REFUSED;
	}
	if (print_diagnostics(installation, false, argc, argv, counts) < 0)
		return report_failure("sipisctl check", -ENOMEM);
	if (!instance->first_error)
		printf("%s is good now; for systemd to see it: systemctl daemon-reload, "
		       "then systemctl start sipis@%s\n",
		       instance->source->path, instance->name);
	return EXIT_REFUSED;
}

static int check(const struct installation *installation, int argc, char **argv)
{
	size_t counts[2] = {}, instances = argc ? (size_t)argc : installation_count(installation);

	for (int i = 0; i < argc; i++)
		if (!installation_find(installation, argv[i])) {
			fprintf(stderr, "sipisctl: there is no instance %s: see sipisctl check\n",
				argv[i]);
			return EXIT_USAGE;
		}
	if (print_diagnostics(installation, true, argc, argv, counts) < 0)
		return report_failure("sipisctl check", -ENOMEM);
	print_summary(instances, counts);
	return counts[SEVERITY_ERROR] ? EXIT_ERRORS : EXIT_GOOD;
}

int command_check(const struct options *options, int argc, char **argv)
{
	_cleanup_(installation_done) struct installation installation = {};
	int r;

	if (options->refused && argc != 1) {
		fputs("sipisctl: check --refused takes one instance\n", stderr);
		return EXIT_USAGE;
	}
	r = load_installation(&options->root, &installation);
	if (r < 0)
		return report_failure(SIPIS_CONFDIR, r);
	return options->refused ? explain_refusal(&installation, argc, argv)
				: check(&installation, argc, argv);
}
