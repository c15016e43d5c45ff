/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl split: make the installation one of N instances, or take that back. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "changes.h"
#include "command.h"
#include "diff.h"
#include "history.h"
#include "homes.h"
#include "interruption.h"
#include "switch.h"

#define DEFAULT_SERVER_STEP   (-10)
#define DEFAULT_HTTP_STEP     10
#define DEFAULT_MAX_IMBALANCE 5000

/* --- what was typed --------------------------------------------------------------------------- */

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

/* --- from one step to another ----------------------------------------------------------------- */

/* A way that a split can go: from a step, with the files switched to a moment, to the end. */
struct way {
	const char *from, *through, *end;
	enum moment to;
};

static const struct way way_ahead = {SPLIT_PREPARING, SPLIT_PENDING, SPLIT_COMPLETE, AFTER};
static const struct way ways_resume[] = {
	{SPLIT_PENDING, SPLIT_PENDING, SPLIT_COMPLETE, AFTER },
	{SPLIT_UNDOING, SPLIT_UNDOING, SPLIT_UNDONE,   BEFORE},
};
static const struct way ways_undo[] = {
	{SPLIT_PENDING,  SPLIT_UNDOING, SPLIT_UNDONE, BEFORE},
	{SPLIT_UNDOING,  SPLIT_UNDOING, SPLIT_UNDONE, BEFORE},
	{SPLIT_COMPLETE, SPLIT_UNDOING, SPLIT_UNDONE, BEFORE},
};

/* Where the state of splits is, open and locked. */
struct site {
	const struct options *options;
	struct homes homes;
	struct history history;
};

static void site_done(struct site *site)
{
	history_done(&site->history);
	homes_done(&site->homes);
}

static int report_no_access(const struct options *options, const char *path, int error)
{
	const char *prefix = options->root.prefix;

	if (error == -EWOULDBLOCK)
		fputs("sipisctl: another sipisctl split is at work\n", stderr);
	else if (error == -EPERM && !strcmp(path, SPLIT_STATE_DIRECTORY))
		fprintf(stderr,
			"sipisctl: %s%s: it does not belong to you alone, so what it says is not "
			"done\n",
			prefix, path);
	else if (error == -EBADMSG)
		fprintf(stderr, "sipisctl: %s%s: this is not what a split has written\n", prefix,
			path);
	else
		fprintf(stderr, "sipisctl: %s%s: %s\n", prefix, path, strerrordesc_np(-error));
	return EXIT_FAILED;
}

/* EXIT_GOOD; EXIT_ERRORS where there is no history and none is to be made; EXIT_FAILED. */
static int open_site(struct site *site, bool create)
{
	int r = homes_open(&site->options->root, &site->homes);

	if (r < 0)
		return report_no_access(site->options, SIPIS_CONFDIR, r);
	r = history_open(&site->homes, create, &site->history);
	if (r == -ENOENT && !create)
		return EXIT_ERRORS;
	return r < 0 ? report_no_access(site->options, SPLIT_STATE_DIRECTORY, r) : EXIT_GOOD;
}

static int report_untouched(int error)
{
	fprintf(stderr, "sipisctl: split: %s; nothing was changed\n", strerrordesc_np(-error));
	return EXIT_FAILED;
}

static int report_reason(const struct strbuf *reason)
{
	fprintf(stderr, "sipisctl: %s; nothing was changed\n", reason->text);
	return EXIT_ERRORS;
}

static int report_interrupted(int error)
{
	fprintf(stderr,
		"sipisctl: split: %s; it was interrupted, and the settings may be a mixture now: "
		"\"sipisctl split --resume\" finishes it, \"sipisctl split --undo\" takes it "
		"back\n",
		strerrordesc_np(-error));
	return EXIT_FAILED;
}

static int report_not_for_good(int error)
{
	fprintf(stderr,
		"sipisctl: split: %s; all files are in place, but a power cut now could make it an "
		"interrupted split\n",
		strerrordesc_np(-error));
	return EXIT_FAILED;
}

/* Whoever loses patience here gets the end of it all the same: it is a moment. */
static void hold_signals(sigset_t *ret_before)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGQUIT);
	sigprocmask(SIG_BLOCK, &signals, ret_before);
}

/*
 * From the step on that makes everybody see that something is on its way. That step must last
 * before the first file changes, or a power cut could leave a mixture that nobody knows of; the
 * last step is taken when the files last.
 */
static int go_through(const struct site *site, const struct split_name *name,
		      const struct changes *changes, const struct way *way)
{
	int r = 0;

	if (strcmp(way->from, way->through) != 0)
		r = history_step(&site->history, name, way->from, way->through);
	if (r < 0) {
		switch_clean(&site->homes);
		return report_untouched(r);
	}
	r = history_synchronize(&site->history);
	if (r == 0)
		r = switch_commit(&site->homes, changes, way->to);
	if (r == 0)
		r = history_step(&site->history, name, way->through, way->end);
	if (r < 0)
		return report_interrupted(r);
	r = history_synchronize(&site->history);
	return r < 0 ? report_not_for_good(r) : EXIT_GOOD;
}

static int go(const struct site *site, const struct split_name *name, struct changes *changes,
	      const struct way *way)
{
	struct strbuf reason = STRBUF_INIT;
	sigset_t before;
	int r, status;

	hold_signals(&before);
	r = switch_prepare(&site->homes, changes, way->to, &reason);
	status = r == 0  ? report_reason(&reason)
		 : r < 0 ? report_untouched(r)
			 : go_through(site, name, changes, way);
	sigprocmask(SIG_SETMASK, &before, NULL);
	strbuf_done(&reason);
	return status;
}

/* --- taking up what was left -------------------------------------------------------------------
 */

static int report_nothing_to(const char *what)
{
	fprintf(stderr, "sipisctl: there is no split to %s\n", what);
	return EXIT_ERRORS;
}

/* The first of the ways that begins where some split is. 1: found, 0: none, negative errno. */
static int find_way(const struct site *site, const struct way *ways, size_t n,
		    struct split_name *ret_name, const struct way **ret_way)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = history_find(&site->history, ways[i].from, ret_name);
		*ret_way = &ways[i];
	}
	return r;
}

/* What a run left that was killed before it touched anything. */
static int clean(const struct site *site)
{
	int r = history_clean(&site->history);

	return r < 0 ? r : switch_clean(&site->homes);
}

static void say_end(const struct options *options, const struct way *way,
		    const struct split_name *name)
{
	if (way->to == AFTER)
		printf("Done. %s%s/%s keeps the files as they were: \"sipisctl split --undo\" "
		       "takes it back.\n",
		       options->root.prefix, SPLIT_STATE_DIRECTORY, name->text);
	else
		puts("Done. The files are as they were before the split.");
	if (!options->rooted)
		puts("Nothing runs with them yet. Next: sipisctl apply");
}

static int take_up(const struct options *options, const struct way *ways, size_t n,
		   const char *what)
{
	_cleanup_(site_done) struct site site = {options, HOMES_INIT, HISTORY_INIT};
	_cleanup_(changes_done) struct changes changes = {};
	const struct way *way = ways;
	struct split_name name;
	int status = open_site(&site, false), r;

	if (status == EXIT_ERRORS)
		return report_nothing_to(what);
	if (status != EXIT_GOOD)
		return status;
	r = clean(&site);
	if (r == 0)
		r = find_way(&site, ways, n, &name, &way);
	if (r == 0)
		return report_nothing_to(what);
	if (r > 0)
		r = history_read(&site.history, &name, way->from, &changes);
	if (r < 0)
		return report_no_access(options, SPLIT_STATE_DIRECTORY, r);
	status = go(&site, &name, &changes, way);
	if (status == EXIT_GOOD)
		say_end(options, way, &name);
	return status;
}

/* --- a new split --------------------------------------------------------------------------------
 */

static void print_finding(const struct diagnostic *diagnostic)
{
	struct strbuf line = STRBUF_INIT;

	diagnostic_append(&line, diagnostic);
	fprintf(stderr, "%s\n", line.text);
	strbuf_done(&line);
}

/* True where it has errors, and they have been said. */
static bool report_errors(const struct installation *planned)
{
	const struct diagnostics *diagnostics = &planned->diagnostics;

	for (size_t i = 0; i < diagnostics->n; i++)
		if (diagnostic_severity(&diagnostics->items[i]) == SEVERITY_ERROR)
			print_finding(&diagnostics->items[i]);
	if (!diagnostics_count(diagnostics, SEVERITY_ERROR))
		return false;
	fputs("sipisctl: the settings would have these errors; nothing was changed\n", stderr);
	return true;
}

static bool is_yes(const char *line)
{
	return line[0] == 'y' || line[0] == 'Y';
}

/* Ask where there is somebody to be asked. EXIT_GOOD: go on. */
static int confirm(const struct options *options, const struct installation *planned)
{
	char line[16];
	int status;

	if (options->yes || !options->terminal || !isatty(STDIN_FILENO))
		return EXIT_GOOD;
	status = list_installation(options, planned);
	if (status != EXIT_GOOD)
		return status;
	fputs("Make it so? [y/N] ", stdout);
	fflush(stdout);
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
			print_finding(&diagnostics->items[i]);
	return installation->split_state_source != NULL;
}

/* The same for one that was interrupted while this one waited for an answer. */
static int report_unfinished(void)
{
	fputs("sipisctl: a split was interrupted: first \"sipisctl split --resume\" or "
	      "\"sipisctl split --undo\"\n",
	      stderr);
	return EXIT_ERRORS;
}

static int prepare_site(struct site *site, struct changes *changes)
{
	struct strbuf reason = STRBUF_INIT;
	const struct way *way;
	struct split_name name;
	int status = open_site(site, true), r;

	if (status != EXIT_GOOD)
		return status;
	r = find_way(site, ways_resume, ELEMENTSOF(ways_resume), &name, &way);
	if (r > 0)
		return report_unfinished();
	if (r == 0)
		r = clean(site);
	if (r < 0)
		return report_untouched(r);
	r = changes_take_attributes(changes, &site->homes, &reason);
	status = r == 0 ? report_reason(&reason) : r < 0 ? report_untouched(r) : EXIT_GOOD;
	strbuf_done(&reason);
	return status;
}

static int carry_out(const struct options *options, struct changes *changes)
{
	_cleanup_(site_done) struct site site = {options, HOMES_INIT, HISTORY_INIT};
	struct split_name name;
	int status = prepare_site(&site, changes), r;

	if (status != EXIT_GOOD)
		return status;
	r = history_add(&site.history, changes, &name);
	if (r < 0)
		return report_untouched(r);
	status = go(&site, &name, changes, &way_ahead);
	if (status == EXIT_GOOD)
		say_end(options, &way_ahead, &name);
	else
		history_clean(&site.history);
	return status;
}

static int show_or_do(const struct options *options, const struct installation *planned,
		      struct changes *changes)
{
	int status, r;

	if (options->dry_run) {
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
	return status == EXIT_GOOD ? carry_out(options, changes) : status;
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
	status = r == 0 ? report_reason(&reason) : EXIT_GOOD;
	strbuf_done(&reason);
	if (status != EXIT_GOOD)
		return status;
	if (r > 0)
		r = proposal_load(&proposal, &options->root, &planned);
	if (r == 0 && report_errors(&planned))
		return EXIT_ERRORS;
	if (r == 0)
		r = changes_make(&installation, &proposal, &changes);
	return r < 0 ? report_untouched(r) : show_or_do(options, &planned, &changes);
}

/* --- the command --------------------------------------------------------------------------------
 */

int command_split(const struct options *options, int argc, char **argv)
{
	struct split_options split_options = {};
	int status;

	if (options->undo || options->resume) {
		if (argc || options->dry_run || (options->undo && options->resume))
			return report_usage("--undo and --resume stand alone");
		return options->undo
			       ? take_up(options, ways_undo, ELEMENTSOF(ways_undo), "take back")
			       : take_up(options, ways_resume, ELEMENTSOF(ways_resume), "finish");
	}
	status = parse_split(options, argc, argv, &split_options);
	return status == EXIT_GOOD ? split(options, &split_options) : status;
}
