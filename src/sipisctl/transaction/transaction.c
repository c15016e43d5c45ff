/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/transaction.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "document/reason.h"
#include "installation/split-state.h"
#include "sipisctl/transaction/directories.h"
#include "sipisctl/transaction/replace.h"
#include "sipisctl/transaction/store.h"
#include "util/escape.h"

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
	struct strbuf shown = STRBUF_INIT;
	const char *what = strerrordesc_np(-error);

	if (error == -EPERM && !strcmp(path, SPLIT_STATE_DIRECTORY))
		what = "it does not belong to you alone, so what it says is not done";
	else if (error == -EBADMSG)
		what = "this is not what a split has written";
	else if (error == -EWOULDBLOCK)
		what = "another sipisctl split is at work";
	escape_append(&shown, options->root.prefix, strlen(options->root.prefix));
	fprintf(stderr, "sipisctl: %s%s: %s\n", shown.text, path, what);
	strbuf_done(&shown);
	return EXIT_FAILED;
}

/* EXIT_GOOD; EXIT_ERRORS where there is no history and none is to be made; EXIT_FAILED. */
static int open_site(struct site *site, bool create)
{
	const char *path;
	int r = homes_open(&site->options->root, &site->homes, &path);

	if (r < 0)
		return report_no_access(site->options, path, r);
	r = history_open(&site->homes, create, &site->history);
	if (r == -ENOENT && !create)
		return EXIT_ERRORS;
	return r < 0 ? report_no_access(site->options, SPLIT_STATE_DIRECTORY, r) : EXIT_GOOD;
}

int split_report_untouched(int error)
{
	fprintf(stderr, "sipisctl: split: %s; nothing was changed\n", strerrordesc_np(-error));
	return EXIT_FAILED;
}

int split_report_reason(const struct strbuf *reason)
{
	fprintf(stderr, "sipisctl: %s; nothing was changed\n", reason->text);
	return EXIT_ERRORS;
}

/* For this tree: as it stands, the command can be typed. */
static void print_command(FILE *stream, const struct options *options, const char *arguments)
{
	struct strbuf root = STRBUF_INIT;

	if (options->rooted) {
		strbuf_append(&root, "--root=");
		escape_append(&root, options->root.prefix, strlen(options->root.prefix));
		strbuf_append_char(&root, ' ');
	}
	fprintf(stream, "\"sipisctl %ssplit %s\"", root.text, arguments);
	strbuf_done(&root);
}

static void print_ways_out(const struct options *options)
{
	print_command(stderr, options, "--resume");
	fputs(" finishes it, ", stderr);
	print_command(stderr, options, "--undo");
	fputs(" takes it back\n", stderr);
}

static int report_interrupted(const struct options *options, int error)
{
	fprintf(stderr,
		"sipisctl: split: %s; it was interrupted, and the settings may be a mixture now: ",
		strerrordesc_np(-error));
	print_ways_out(options);
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
		return split_report_untouched(r);
	}
	r = history_synchronize(&site->history);
	if (r == 0)
		r = switch_commit(&site->homes, changes, way->to);
	if (r == 0)
		r = history_step(&site->history, name, way->through, way->end);
	if (r < 0)
		return report_interrupted(site->options, r);
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
	status = r == 0  ? split_report_reason(&reason)
		 : r < 0 ? split_report_untouched(r)
			 : go_through(site, name, changes, way);
	sigprocmask(SIG_SETMASK, &before, NULL);
	strbuf_done(&reason);
	return status;
}

/* --- taking up what was left ------------------------------------------------------------- */

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
	struct strbuf shown = STRBUF_INIT;

	escape_append(&shown, options->root.prefix, strlen(options->root.prefix));
	if (way->to == AFTER) {
		printf("Done. %s%s/%s keeps the files as they were: ", shown.text,
		       SPLIT_STATE_DIRECTORY, name->text);
		print_command(stdout, options, "--undo");
		puts(" takes it back.");
	} else
		puts("Done. The files are as they were before the split.");
	if (!options->rooted)
		puts("Nothing runs with them yet. Next: sipisctl apply");
	strbuf_done(&shown);
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

int split_look(const struct options *options, struct changes *changes)
{
	_cleanup_(site_done) struct site site = {options, HOMES_INIT, HISTORY_INIT};
	struct strbuf reason = STRBUF_INIT;
	const char *path;
	int r = homes_open(&options->root, &site.homes, &path), status;

	if (r < 0)
		return report_no_access(options, path, r);
	r = changes_take_attributes(changes, &site.homes, &reason);
	status = r == 0  ? split_report_reason(&reason)
		 : r < 0 ? split_report_untouched(r)
			 : EXIT_GOOD;
	strbuf_done(&reason);
	return status;
}

int split_resume(const struct options *options)
{
	return take_up(options, ways_resume, ELEMENTSOF(ways_resume), "finish");
}

int split_undo(const struct options *options)
{
	return take_up(options, ways_undo, ELEMENTSOF(ways_undo), "take back");
}

/* --- a new one --------------------------------------------------------------------------- */

/* The same for one that was interrupted while this one waited for an answer. */
static int report_unfinished(const struct options *options)
{
	fputs("sipisctl: a split was interrupted: ", stderr);
	print_ways_out(options);
	return EXIT_ERRORS;
}

/*
 * Between the plan and the lock there may have been a question, and a night. All files count, as
 * the plan was checked with those that stay as they are. 1, 0 with a reason, negative errno.
 */
static int is_as_planned(const struct options *options, const struct installation *planned_on,
			 struct strbuf *reason)
{
	_cleanup_(installation_done) struct installation installation = {};
	int r = load_installation(&options->root, 0, &installation);

	if (r < 0)
		return r;
	if (installation_is_same(&installation, planned_on))
		return 1;
	return reason_set(reason, NULL, "the settings were changed meanwhile");
}

static int prepare_site(struct site *site, const struct installation *installation,
			struct changes *changes)
{
	struct strbuf reason = STRBUF_INIT;
	const struct way *way;
	struct split_name name;
	int status = open_site(site, true), r;

	if (status != EXIT_GOOD)
		return status;
	r = find_way(site, ways_resume, ELEMENTSOF(ways_resume), &name, &way);
	if (r > 0)
		return report_unfinished(site->options);
	if (r == 0)
		r = clean(site);
	if (r < 0)
		return split_report_untouched(r);
	r = is_as_planned(site->options, installation, &reason);
	if (r == 1)
		r = changes_take_attributes(changes, &site->homes, &reason);
	status = r == 0  ? split_report_reason(&reason)
		 : r < 0 ? split_report_untouched(r)
			 : EXIT_GOOD;
	strbuf_done(&reason);
	return status;
}

int split_begin(const struct options *options, const struct installation *installation,
		struct changes *changes)
{
	_cleanup_(site_done) struct site site = {options, HOMES_INIT, HISTORY_INIT};
	struct split_name name;
	int status = prepare_site(&site, installation, changes), r;

	if (status != EXIT_GOOD)
		return status;
	r = history_add(&site.history, changes, &name);
	if (r < 0)
		return split_report_untouched(r);
	status = go(&site, &name, changes, &way_ahead);
	if (status == EXIT_GOOD)
		say_end(options, &way_ahead, &name);
	else
		history_clean(&site.history);
	return status;
}
