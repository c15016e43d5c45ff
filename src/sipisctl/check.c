/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl check: print the diagnostics of the installation and of this host. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"
#include "sipisctl/host/host.h"
#include "sipisctl/show/caret.h"
#include "util/escape.h"

/* Return true if the place is in the file of a selected instance. */
static bool place_is_selected(const struct place *place, const struct selection *selection,
			      const struct installation *installation)
{
	const struct instance *instance = installation_at(installation, place);

	return instance && selection_has(selection, (size_t)(instance - installation->instances));
}

/* Return true if it is about what all instances need, such as the program or systemd. */
static bool diagnostic_is_common(const struct diagnostic *diagnostic,
				 const struct installation *installation)
{
	return !installation_at(installation, &diagnostic->place) &&
	       diagnostic->place.source != installation->load_balancer_source &&
	       (diagnostic_severity(diagnostic) == SEVERITY_ERROR ||
		diagnostic->code == DIAGNOSTIC_SYSTEMD_UNAVAILABLE);
}

/* A clash of another file with a selected one counts too. */
static bool diagnostic_is_selected(const struct diagnostic *diagnostic,
				   const struct selection *selection,
				   const struct installation *installation)
{
	return !selection->wanted || diagnostic_is_common(diagnostic, installation) ||
	       place_is_selected(&diagnostic->place, selection, installation) ||
	       place_is_selected(&diagnostic->related, selection, installation);
}

/* --- as text ----------------------------------------------------------------------------- */

static int diagnostic_print(const struct diagnostic *diagnostic, const struct options *options,
			    struct caret *caret)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	if (options->terminal || options->color) {
		caret_append(&text, caret, diagnostic);
	} else {
		diagnostic_append(&text, diagnostic);
		strbuf_append_char(&text, '\n');
	}
	fputs(text.text, stdout);
	return strbuf_error(&text);
}

static int print_text(const struct options *options, const struct installation *installation,
		      const struct selection *selection)
{
	_cleanup_(caret_done) struct caret caret;

	caret_init(&caret, installation, options->color);
	for (size_t i = 0; i < installation->diagnostics.n; i++) {
		const struct diagnostic *diagnostic = &installation->diagnostics.items[i];
		int r;

		if (!diagnostic_is_selected(diagnostic, selection, installation))
			continue;
		r = diagnostic_print(diagnostic, options, &caret);
		if (r < 0)
			return r;
	}
	return 0;
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
	[FILE_NAME] = {.name = "FILE"},
	[LINE] = {.name = "LINE", .flags = TABLE_NUMBER},
	[COLUMN] = {.name = "COLUMN", .flags = TABLE_NUMBER},
	[SEVERITY] = {.name = "SEVERITY"},
	[CODE] = {.name = "CODE"},
	[INSTANCE] = {.name = "INSTANCE"},
	[MESSAGE] = {.name = "MESSAGE"},
	[RELATED] = {.name = "RELATED"},
};

static int table_set_place(struct table *table, const struct place *place)
{
	_cleanup_strbuf_ struct strbuf path = STRBUF_INIT;
	const struct place file = place_of_file(place->source);
	unsigned line, column;
	int r;

	place_append(&path, &file);
	r = strbuf_error(&path);
	if (r < 0)
		return r;
	r = table_set(table, FILE_NAME, path.text);
	if (r < 0 || place_is_whole_file(place))
		return r;

	place_locate(place, &line, &column);
	r = table_setf(table, LINE, "%u", line);
	if (r < 0)
		return r;
	return table_setf(table, COLUMN, "%u", column);
}

static int table_set_related(struct table *table, const struct place *related)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r;

	if (!related->source)
		return 0;
	place_append(&text, related);
	r = strbuf_error(&text);
	return r < 0 ? r : table_set(table, RELATED, text.text);
}

static int table_add_diagnostic(struct table *table, const struct installation *installation,
				const struct diagnostic *diagnostic)
{
	const struct instance *instance = installation_at(installation, &diagnostic->place);
	int r;

	r = table_add_row(table);
	if (r < 0)
		return r;
	r = table_set_place(table, &diagnostic->place);
	if (r < 0)
		return r;
	r = table_set(table, INSTANCE, instance && instance->valid_name ? instance->name : NULL);
	if (r < 0)
		return r;
	r = table_set_related(table, &diagnostic->related);
	if (r < 0)
		return r;
	r = table_set(table, SEVERITY, severity_name(diagnostic_severity(diagnostic)));
	if (r < 0)
		return r;
	r = table_set(table, CODE, diagnostic_code_name(diagnostic->code));
	if (r < 0)
		return r;
	return table_set(table, MESSAGE, diagnostic->text);
}

static int print_json(const struct options *options, const struct installation *installation,
		      const struct selection *selection)
{
	_cleanup_(table_freep) struct table *table = NULL;
	int r;

	r = table_new("diagnostics", columns, ELEMENTSOF(columns), &options->style, &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < installation->diagnostics.n; i++) {
		const struct diagnostic *diagnostic = &installation->diagnostics.items[i];

		if (!diagnostic_is_selected(diagnostic, selection, installation))
			continue;
		r = table_add_diagnostic(table, installation, diagnostic);
		if (r < 0)
			return r;
	}
	return table_print(table);
}

/* --- refused instances ------------------------------------------------------------------- */

/*
 * A refused instance runs this before SIPIS. It fails whatever it prints, because the unit that
 * runs it was generated for a refused instance.
 */
static int explain_refusal(const struct options *options, const struct installation *installation,
			   const char *word)
{
	const struct instance *instance = command_find_instance(installation, word);
	_cleanup_(caret_done) struct caret caret;

	caret_init(&caret, installation, options->color);
	if (!instance) {
		printf("Instance %s no longer has a settings file: systemctl daemon-reload is "
		       "due\n",
		       excerpt(word).text);
		return EXIT_REFUSED;
	}

	for (size_t i = 0; i < installation->diagnostics.n; i++) {
		const struct diagnostic *diagnostic = &installation->diagnostics.items[i];

		if (installation_at(installation, &diagnostic->place) == instance &&
		    diagnostic_print(diagnostic, options, &caret) < 0)
			report_failure("check", -ENOMEM);
	}
	if (!instance->first_error && installation_has_unreadable(installation))
		printf("%s: not all settings can be read: sipisctl check as root shows what is "
		       "wrong\n",
		       instance->file);
	else if (!instance->first_error)
		printf("%s: the settings are good now: systemctl daemon-reload is due, then "
		       "systemctl start sipis@%s\n",
		       instance->file, instance->name);
	return EXIT_REFUSED;
}

/* --- the command ------------------------------------------------------------------------- */

static void count_findings(const struct installation *installation,
			   const struct selection *selection, size_t ret_counts[2])
{
	for (size_t i = 0; i < installation->diagnostics.n; i++) {
		const struct diagnostic *diagnostic = &installation->diagnostics.items[i];

		if (diagnostic_is_selected(diagnostic, selection, installation))
			ret_counts[diagnostic_severity(diagnostic)]++;
	}
}

static int print_findings(const struct options *options, const struct installation *installation,
			  const struct selection *selection)
{
	size_t counts[2] = {};
	int r;

	r = options->style.json ? print_json(options, installation, selection)
				: print_text(options, installation, selection);
	if (r < 0)
		return report_failure("check", r);
	count_findings(installation, selection, counts);
	if (!options->style.json)
		print_summary(selection->n, counts[SEVERITY_ERROR], counts[SEVERITY_WARNING]);
	if (counts[SEVERITY_ERROR] || (options->strict && counts[SEVERITY_WARNING]))
		return EXIT_ERRORS;
	return EXIT_GOOD;
}

int command_check(const struct options *options, int argc, char **argv)
{
	_cleanup_(installation_done) struct installation installation = {};
	_cleanup_(selection_done) struct selection selection = {};
	int r;

	if (options->refused && argc != 1)
		return report_usage("check --refused takes one instance");
	if (options->refused && (options->strict || options->style.json))
		return report_usage("--refused cannot be combined with --%s",
				    options->strict ? "strict" : "json");
	r = command_load(options, options->refused ? 0 : LOAD_COMPARES, &installation);
	if (r != EXIT_GOOD)
		return options->refused ? EXIT_REFUSED : r;
	if (options->refused)
		return explain_refusal(options, &installation, argv[0]);
	if (report_unreadable(&installation))
		return EXIT_FAILED;

	if (!installation.n_instances)
		report_no_instances(options, &installation);
	r = command_select(&installation, argc, argv, &selection);
	if (r != EXIT_GOOD)
		return r;
	r = options->rooted ? 0 : host_add_findings(&installation);
	if (r < 0)
		return report_failure("check", r);
	r = print_findings(options, &installation, &selection);
	if (!installation.split_state_denied)
		return r;
	fputs("sipisctl: cannot tell whether a split was interrupted: run this as root\n", stderr);
	return EXIT_FAILED;
}
