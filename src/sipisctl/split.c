/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl split: make the installation one of N instances, or take that back. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"
#include "sipisctl/transaction/changes.h"
#include "sipisctl/transaction/diff.h"
#include "sipisctl/transaction/transaction.h"

#define DEFAULT_SERVER_STEP   (-10)
#define DEFAULT_HTTP_STEP     10
#define DEFAULT_MAX_IMBALANCE 5000

/* --- what was typed ---------------------------------------------------------------------- */

/* A decimal number, with a sign where that is allowed. */
static bool parse_number(const char *text, bool sign, long min, long max, long *ret_number)
{
	char *end;
	long number;

	if (!strchr("0123456789", *text) && !(sign && strchr("+-", *text)))
		return false;
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || !*text || *end || end == text || number < min || number > max)
		return false;
	*ret_number = number;
	return true;
}

static bool parse_step(const char *text, int fallback, int *ret_step)
{
	long step = fallback;

	if (text && !parse_number(text, true, -65535, 65535, &step))
		return false;
	*ret_step = (int)step;
	return step != 0;
}

/* Per cent with up to three decimals, as thousandths of a per cent. */
static bool parse_imbalance(const char *text, uint32_t *ret_imbalance)
{
	unsigned long thousandths = 0;
	unsigned decimals = 0;
	bool point = false, digits = false;

	for (; *text && strcmp(text, "%") != 0; text++) {
		if (*text == '.' && !point) {
			point = true;
			continue;
		}
		if (!strchr("0123456789", *text) || decimals == 3 || thousandths > 100000)
			return false;
		digits = true;
		decimals += point;
		thousandths = thousandths * 10 + (unsigned long)(*text - '0');
	}
	for (; decimals < 3; decimals++)
		thousandths *= 10;
	*ret_imbalance = (uint32_t)thousandths;
	return digits;
}

static int parse_split(const struct options *options, int argc, char **argv,
		       struct split_options *split)
{
	long n;

	if (argc != 1)
		return report_usage("split wants the number of instances: sipisctl split 4");
	if (!parse_number(argv[0], false, 1, SPLIT_MAX, &n))
		return report_usage("\"%s\" is no number of instances from 1 to %d", argv[0],
				    SPLIT_MAX);
	split->n = (unsigned)n;
	if (!parse_step(options->server_port_step, DEFAULT_SERVER_STEP,
			&split->steps[LISTENER_SERVER]) ||
	    !parse_step(options->http_port_step, DEFAULT_HTTP_STEP, &split->steps[LISTENER_HTTP]))
		return report_usage("a step from port to port is a number, and not 0");
	split->max_imbalance = DEFAULT_MAX_IMBALANCE;
	if (options->max_imbalance &&
	    !parse_imbalance(options->max_imbalance, &split->max_imbalance))
		return report_usage("--max-imbalance is per cent, as in 5%% or 0.5%%, not \"%s\"",
				    options->max_imbalance);
	return EXIT_GOOD;
}

/* --- a new split ------------------------------------------------------------------------- */

/* True where it would have errors, and they have been said. */
static bool has_errors(const struct installation *planned)
{
	if (!report_errors(planned))
		return false;
	fputs("sipisctl: the settings would have these errors; nothing was changed\n", stderr);
	return true;
}

static bool is_yes(const char *line)
{
	return line[0] == 'y' || line[0] == 'Y';
}

/* Ask where there is somebody to be asked, wherever the table goes. EXIT_GOOD: go on. */
static int confirm(const struct options *options, const struct installation *planned)
{
	char line[16];
	int status;

	if (options->yes || !isatty(STDIN_FILENO))
		return EXIT_GOOD;
	status = list_installation(options, planned);
	if (status != EXIT_GOOD)
		return status;
	fflush(stdout);
	fputs("Make it so? [y/N] ", stderr);
	if (fgets(line, sizeof(line), stdin) && is_yes(line))
		return EXIT_GOOD;
	fputs("sipisctl: nothing was changed\n", stderr);
	return EXIT_ERRORS;
}

/* True where a split was interrupted, or nobody can tell, and that has been said. */
static bool report_state(const struct installation *installation)
{
	const struct diagnostics *diagnostics = &installation->diagnostics;

	for (size_t i = 0; i < diagnostics->n; i++)
		if (diagnostics->items[i].code == DIAGNOSTIC_INTERRUPTED_SPLIT)
			report_diagnostic(&diagnostics->items[i]);
	return installation->split_state_source != NULL;
}

static int show_or_do(const struct options *options, const struct installation *installation,
		      const struct installation *planned, struct changes *changes)
{
	int status, r;

	if (options->dry_run) {
		status = split_look(options, changes);
		if (status != EXIT_GOOD)
			return status;
		r = diff_print(changes);
		return r == -ENOENT ? report_failure("diff (of diffutils)", r)
		       : r < 0      ? report_failure("diff", r)
				    : EXIT_GOOD;
	}
	if (!changes->n) {
		puts("Everything is like that already: there is nothing to do.");
		return EXIT_GOOD;
	}
	status = confirm(options, planned);
	return status == EXIT_GOOD ? split_begin(options, installation, changes) : status;
}

static int split(const struct options *options, const struct split_options *split_options)
{
	_cleanup_(installation_done) struct installation installation = {}, planned = {};
	_cleanup_(proposal_done) struct proposal proposal = {};
	_cleanup_(changes_done) struct changes changes = {};
	struct strbuf reason = STRBUF_INIT;
	int r, status;

	if (command_load(options, 0, &installation) != EXIT_GOOD)
		return EXIT_FAILED;
	if (report_state(&installation))
		return EXIT_ERRORS;
	r = proposal_make(&installation, split_options, &proposal, &reason);
	status = r == 0 ? split_report_reason(&reason) : EXIT_GOOD;
	strbuf_done(&reason);
	if (status != EXIT_GOOD)
		return status;
	if (r > 0)
		r = proposal_load(&proposal, &options->root, &planned);
	if (r == 0 && has_errors(&planned))
		return EXIT_ERRORS;
	if (r == 0)
		r = changes_make(&installation, &proposal, &changes);
	return r < 0 ? split_report_untouched(r)
		     : show_or_do(options, &installation, &planned, &changes);
}

/* --- the command ------------------------------------------------------------------------- */

int command_split(const struct options *options, int argc, char **argv)
{
	struct split_options split_options = {};
	int status;

	if (options->undo || options->resume) {
		if (argc || options->dry_run || (options->undo && options->resume))
			return report_usage("--undo and --resume stand alone");
		return options->undo ? split_undo(options) : split_resume(options);
	}
	status = parse_split(options, argc, argv, &split_options);
	return status == EXIT_GOOD ? split(options, &split_options) : status;
}
