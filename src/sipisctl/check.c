/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl check: every finding about the installation, or about some of its instances. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"
#include "sipisctl/host/host.h"
#include "sipisctl/show/caret.h"
#include "util/escape.h"

/* Which findings are wanted: all, or those of some instances. */
struct selection {
	bool *wanted; /* by instance; NULL: all findings are */
	size_t n;     /* how many instances that is */
	bool clashes; /* and what others have wrong because of them */
};

static void selection_done(struct selection *selection)
{
	free(selection->wanted);
}

static bool wants(const struct selection *selection, const struct installation *installation,
		  const struct place *place)
{
	const struct instance *instance = installation_at(installation, place);

	return instance && selection->wanted[instance - installation->instances];
}

static bool is_selected(const struct selection *selection, const struct installation *installation,
			const struct diagnostic *diagnostic)
{
	return !selection->wanted || wants(selection, installation, &diagnostic->place) ||
	       (selection->clashes && wants(selection, installation, &diagnostic->related));
}

/* The instances named on the command line. EXIT_GOOD, or what to exit with. */
static int select_instances(const struct installation *installation, int argc, char **argv,
			    struct selection *selection)
{
	selection->clashes = true;
	selection->n = installation_count(installation);
	if (!argc)
		return EXIT_GOOD;
	selection->n = 0;
	selection->wanted = calloc(installation->n_instances + 1, sizeof(*selection->wanted));
	if (!selection->wanted)
		return report_failure("check", -ENOMEM);
	for (int i = 0; i < argc; i++) {
		const struct instance *instance = installation_find(installation, argv[i]);
		size_t at = instance ? (size_t)(instance - installation->instances) : 0;

		if (!instance)
			return report_usage("there is no instance \"%s\": sipisctl list shows "
					    "which there are",
					    argv[i]);
		selection->n += !selection->wanted[at];
		selection->wanted[at] = true;
	}
	return EXIT_GOOD;
}

/* --- as text ----------------------------------------------------------------------------- */

static int print_text(const struct options *options, const struct installation *installation,
		      const struct selection *selection)
{
	struct strbuf text = STRBUF_INIT;
	int r;

	for (size_t i = 0; i < installation->diagnostics.n; i++) {
		const struct diagnostic *diagnostic = &installation->diagnostics.items[i];

		if (!is_selected(selection, installation, diagnostic))
			continue;
		strbuf_truncate(&text, 0);
		if (options->terminal || options->color)
			caret_append(&text, installation, diagnostic, options->color);
		else {
			diagnostic_append(&text, diagnostic);
			strbuf_append_char(&text, '\n');
		}
		fputs(text.text, stdout);
	}
	r = strbuf_error(&text);
	strbuf_done(&text);
	return r;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_summary(size_t instances, size_t errors, size_t warnings)
{
	printf("%zu instance%s, %zu error%s, %zu warning%s\n", instances, plural(instances), errors,
	       plural(errors), warnings, plural(warnings));
}

/* --- as JSON ----------------------------------------------------------------------------- */

enum { FILE_NAME, LINE, COLUMN, SEVERITY, CODE, INSTANCE, MESSAGE, RELATED };

static const struct table_column columns[] = {
	[FILE_NAME] = {"FILE",     "the file",                             0           },
	[LINE] = {"LINE",     "the line, from 1",                     TABLE_NUMBER},
	[COLUMN] = {"COLUMN",   "the column in bytes, from 1",          TABLE_NUMBER},
	[SEVERITY] = {"SEVERITY", "error or warning",                     0           },
	[CODE] = {"CODE",     "the code of the diagnostic",           0           },
	[INSTANCE] = {"INSTANCE", "the instance that the file describes", 0           },
	[MESSAGE] = {"MESSAGE",  "what is wrong",                        0           },
	[RELATED] = {"RELATED",  "where the first claimant stands",      0           },
};

static int set_place(struct table *table, const struct place *place)
{
	unsigned line, column;
	int r;

	if (place_is_whole_file(place))
		return 0;
	place_locate(place, &line, &column);
	r = table_setf(table, LINE, "%u", line);
	return r < 0 ? r : table_setf(table, COLUMN, "%u", column);
}

static int set_texts(struct table *table, const struct installation *installation,
		     const struct diagnostic *diagnostic)
{
	const struct instance *instance = installation_at(installation, &diagnostic->place);
	const struct place file = place_of_file(diagnostic->place.source);
	struct strbuf path = STRBUF_INIT, related = STRBUF_INIT;
	int r;

	place_append(&path, &file);
	if (diagnostic->related.source)
		place_append(&related, &diagnostic->related);
	r = strbuf_error(&path) ? strbuf_error(&path) : strbuf_error(&related);
	if (r == 0)
		r = table_set(table, FILE_NAME, path.text);
	if (r == 0 && instance && instance->valid_name)
		r = table_set(table, INSTANCE, instance->name);
	if (r == 0 && diagnostic->related.source)
		r = table_set(table, RELATED, related.text);
	strbuf_done(&path);
	strbuf_done(&related);
	return r;
}

static int add_row(struct table *table, const struct installation *installation,
		   const struct diagnostic *diagnostic)
{
	int r = table_add_row(table);

	if (r == 0)
		r = set_place(table, &diagnostic->place);
	if (r == 0)
		r = set_texts(table, installation, diagnostic);
	if (r == 0)
		r = table_set(table, SEVERITY, severity_name(diagnostic_severity(diagnostic)));
	if (r == 0)
		r = table_set(table, CODE, diagnostic_code_name(diagnostic->code));
	return r < 0 ? r : table_set(table, MESSAGE, diagnostic->text);
}

static int print_json(const struct options *options, const struct installation *installation,
		      const struct selection *selection)
{
	_cleanup_(table_freep) struct table *table = NULL;
	int r;

	r = table_new("diagnostics", columns, ELEMENTSOF(columns), &options->style, &table);
	for (size_t i = 0; r == 0 && i < installation->diagnostics.n; i++)
		if (is_selected(selection, installation, &installation->diagnostics.items[i]))
			r = add_row(table, installation, &installation->diagnostics.items[i]);
	return r < 0 ? r : table_print(table);
}

/* --- the command ------------------------------------------------------------------------- */

/*
 * What a refused instance runs instead of SIPIS: it says why, and fails whatever it says, as the
 * unit that runs it was generated for a refused instance.
 */
static int explain_refusal(const struct options *options, const struct installation *installation,
			   const char *name)
{
	const struct instance *instance = installation_find(installation, name);
	char *names[] = {(char *)name};
	struct strbuf shown = STRBUF_INIT;
	_cleanup_(selection_done) struct selection selection = {};

	if (!instance) {
		escape_append_excerpt(&shown, name);
		printf("Instance %s has no settings file any more; systemd should know: "
		       "systemctl daemon-reload\n",
		       shown.text);
		strbuf_done(&shown);
		return EXIT_REFUSED;
	}
	if (select_instances(installation, 1, names, &selection) == EXIT_GOOD) {
		selection.clashes = false;
		if (print_text(options, installation, &selection) < 0)
			report_failure("check", -ENOMEM);
	}
	if (!instance->first_error)
		printf("%s is good now; systemd should know: systemctl daemon-reload, then "
		       "systemctl start sipis@%s\n",
		       instance->file, name);
	return EXIT_REFUSED;
}

/* What is wrong with this machine is only asked on it. */
static int add_host_findings(const struct options *options, struct installation *installation)
{
	int r = options->rooted ? 0 : host_check(installation, &installation->diagnostics);

	diagnostics_sort(&installation->diagnostics);
	installation_refuse(installation);
	return r;
}

static void count_findings(const struct installation *installation,
			   const struct selection *selection, size_t ret_counts[2])
{
	for (size_t i = 0; i < installation->diagnostics.n; i++) {
		const struct diagnostic *diagnostic = &installation->diagnostics.items[i];

		if (is_selected(selection, installation, diagnostic))
			ret_counts[diagnostic_severity(diagnostic)]++;
	}
}

static int check(const struct options *options, const struct installation *installation, int argc,
		 char **argv)
{
	_cleanup_(selection_done) struct selection selection = {};
	size_t counts[2] = {};
	int r;

	r = select_instances(installation, argc, argv, &selection);
	if (r != EXIT_GOOD)
		return r;
	r = options->style.json ? print_json(options, installation, &selection)
				: print_text(options, installation, &selection);
	if (r == -EINVAL)
		return EXIT_USAGE;
	if (r < 0)
		return report_failure("check", r);
	count_findings(installation, &selection, counts);
	if (!options->style.json)
		print_summary(selection.n, counts[SEVERITY_ERROR], counts[SEVERITY_WARNING]);
	return counts[SEVERITY_ERROR] || (options->strict && counts[SEVERITY_WARNING]) ? EXIT_ERRORS
										       : EXIT_GOOD;
}

int command_check(const struct options *options, int argc, char **argv)
{
	_cleanup_(installation_done) struct installation installation = {};
	int r;

	if (options->refused && argc != 1)
		return report_usage("check --refused takes one instance");
	r = command_load(options, 0, &installation);
	if (r != EXIT_GOOD)
		return options->refused ? EXIT_REFUSED : r;
	if (options->refused)
		return explain_refusal(options, &installation, argv[0]);
	r = add_host_findings(options, &installation);
	return r < 0 ? report_failure("check", r) : check(options, &installation, argc, argv);
}
