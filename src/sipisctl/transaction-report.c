/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction-report.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sipisctl/apply/lock.h"
#include "sipisctl/running/journal.h"
#include "util/escape.h"

/* --- asking ------------------------------------------------------------------------------ */

int require_answer(const struct options *options, const char *command)
{
	if (options->yes || options->dry_run)
		return EXIT_GOOD;
	if (!isatty(STDIN_FILENO))
		return report_usage("%s needs --yes if standard input is not a terminal: "
				    "nothing was changed",
				    command);
	if (options->style.json)
		return report_usage("%s --json needs --yes: nothing was changed", command);
	return EXIT_GOOD;
}

int ask(const struct options *options, const char *question)
{
	char line[16];

	if (options->yes)
		return EXIT_GOOD;

	fflush(stdout);
	fprintf(stderr, "%s [y/N] ", question);
	if (fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y'))
		return EXIT_GOOD;
	fputs("sipisctl: nothing was changed\n", stderr);
	return EXIT_ERRORS;
}

/* --- words ------------------------------------------------------------------------------- */

/* Append a word of a command for a shell, in quotes where it needs them. */
static void append_quoted(struct strbuf *buf, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "/._-+:@%,=";

	if (!word[strspn(word, plain)]) {
		strbuf_append(buf, word);
		return;
	}
	strbuf_append_char(buf, '\'');
	for (const char *end; (end = strchr(word, '\'')); word = end + 1) {
		escape_append(buf, word, (size_t)(end - word));
		strbuf_append(buf, "'\\''");
	}
	escape_append(buf, word, strlen(word));
	strbuf_append_char(buf, '\'');
}

/* Append a command that can be typed as it is, for this root. */
static void append_command(struct strbuf *buf, const struct options *options, const char *command,
			   const char *option)
{
	strbuf_append(buf, "\"sipisctl ");
	if (options->rooted) {
		strbuf_append(buf, "--root=");
		append_quoted(buf, options->root.prefix);
		strbuf_append_char(buf, ' ');
	}
	strbuf_appendf(buf, "%s %s\"", command, option);
}

static void append_remedies(struct strbuf *buf, const struct options *options)
{
	append_command(buf, options, "split", "--resume");
	strbuf_append(buf, " finishes it, ");
	append_command(buf, options, "split", "--undo");
	strbuf_append(buf, " undoes it");
}

/* Append the directory of a record. */
static void append_record(struct strbuf *buf, const struct options *options,
			  const struct split_name *name)
{
	escape_append(buf, options->root.prefix, strlen(options->root.prefix));
	strbuf_appendf(buf, "%s/%s", SPLIT_STATE_DIRECTORY, name->text);
}

/* Append `6 -> 5 instances, split of 2026-11-28 22:41:01`: what an undo of the record does. */
static void append_undo(struct strbuf *buf, const struct transaction_record *record)
{
	const size_t *n = record->n_instances;

	if (n[VERSION_OLD] && n[VERSION_NEW] && record->origin == ORIGIN_SPLIT)
		strbuf_appendf(buf, "%zu -> %zu instance%s, ", n[VERSION_NEW], n[VERSION_OLD],
			       n[VERSION_OLD] == 1 ? "" : "s");
	strbuf_appendf(buf, "%s of %s", origin_words[record->origin],
		       record_date(&record->entry.name).text);
}

/* --- saying ------------------------------------------------------------------------------ */

int report_unchanged(const char *command, int error)
{
	fprintf(stderr, "sipisctl: %s: %s; nothing was changed\n", command,
		strerrordesc_np(-error));
	return EXIT_FAILED;
}

int report_rejected(const struct strbuf *reason)
{
	fprintf(stderr, "sipisctl: %s; nothing was changed\n", reason->text);
	return EXIT_ERRORS;
}

bool report_interrupted_split(const struct installation *installation)
{
	const struct diagnostics *diagnostics = &installation->diagnostics;

	for (size_t i = 0; i < diagnostics->n; i++)
		if (diagnostics->items[i].code == DIAGNOSTIC_INTERRUPTED_SPLIT)
			report_diagnostic(&diagnostics->items[i]);
	return installation->split_state_source != NULL;
}

/* Print what would change: differences, or with --stat files and attributes. */
static int report_differences(const struct options *options, const struct changes *changes,
			      enum version from)
{
	int r;

	if (options->style.json)
		return EXIT_GOOD;

	r = options->stat ? diff_print_stat(changes, from) : diff_print(changes, from);
	if (r == -EPIPE) { /* end as a program does that writes itself: `| head` closes it */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	if (r < 0)
		return report_failure(r == -ENOENT ? "diff (of diffutils)" : "diff", r);
	return EXIT_GOOD;
}

int end_with_json(const struct options *options, bool changed, int status)
{
	if (options->style.json && status != EXIT_USAGE)
		printf("{\"changed\":%s}\n", changed ? "true" : "false");
	return status;
}

static void append_denied(struct strbuf *buf, const struct options *options,
			  const struct transaction_result *result)
{
	const char *fault = strerrordesc_np(-result->error);

	if (result->error == -EPERM && !strcmp(result->path, SPLIT_STATE_DIRECTORY))
		fault = "not owned by you or writable by others, refusing to trust it";
	else if (result->error == -EBADMSG)
		fault = "this is not what a split has written: move it away";
	else if (result->error == -EWOULDBLOCK)
		fault = "another sipisctl is changing the settings";

	escape_append(buf, options->root.prefix, strlen(options->root.prefix));
	strbuf_append(buf, result->path);
	if (result->name.text[0])
		strbuf_appendf(buf, "/%s%s", result->name.text, result->state);
	strbuf_appendf(buf, ": %s", fault);
}

/* Append why a transaction did not end well. */
static void append_failure(struct strbuf *buf, const struct options *options, const char *command,
			   enum transaction_end end, const struct transaction_result *result)
{
	const char *error = strerrordesc_np(-result->error);

	switch (end) {
	case TRANSACTION_DONE:
		break;
	case TRANSACTION_ABSENT:
		strbuf_append(buf, "the settings were changed meanwhile; nothing was changed");
		break;
	case TRANSACTION_BLOCKED:
		strbuf_append(buf, "a split was interrupted: ");
		append_remedies(buf, options);
		break;
	case TRANSACTION_REJECTED:
		strbuf_appendf(buf, "%s; nothing was changed", result->reason.text);
		break;
	case TRANSACTION_DENIED:
		append_denied(buf, options, result);
		break;
	case TRANSACTION_FAILED:
		strbuf_appendf(buf, "%s: ", command);
		escape_append(buf, options->root.prefix, strlen(options->root.prefix));
		strbuf_appendf(buf, "%s: %s; nothing was changed",
			       result->path ? result->path : SIPIS_CONFDIR, error);
		break;
	case TRANSACTION_STUCK:
		strbuf_appendf(buf, "%s; a split is still interrupted: ", result->reason.text);
		append_remedies(buf, options);
		break;
	case TRANSACTION_INTERRUPTED:
		strbuf_appendf(
			buf, "%s: %s; it was interrupted, and the settings may be a mixture now: ",
			command, error);
		append_remedies(buf, options);
		break;
	case TRANSACTION_NOT_DURABLE:
		strbuf_appendf(
			buf,
			"%s: %s; all files are in place, but a power cut now could make it an "
			"interrupted split",
			command, error);
		break;
	}
}

static const int end_status[] = {
	[TRANSACTION_DONE] = EXIT_GOOD,          [TRANSACTION_ABSENT] = EXIT_ERRORS,
	[TRANSACTION_BLOCKED] = EXIT_ERRORS,     [TRANSACTION_REJECTED] = EXIT_ERRORS,
	[TRANSACTION_DENIED] = EXIT_FAILED,      [TRANSACTION_FAILED] = EXIT_FAILED,
	[TRANSACTION_STUCK] = EXIT_FAILED,       [TRANSACTION_INTERRUPTED] = EXIT_FAILED,
	[TRANSACTION_NOT_DURABLE] = EXIT_FAILED,
};

static bool end_has_changed(enum transaction_end end)
{
	return end == TRANSACTION_DONE || end >= TRANSACTION_STUCK;
}

/* --- logging ----------------------------------------------------------------------------- */

/* Log about this machine: one entry, and one for each file that was changed. */
static void log_end(const struct options *options, enum transaction_end end, const char *message)
{
	if (options->rooted || options->dry_run)
		return;
	journal_write(end == TRANSACTION_DONE ? JOURNAL_SETTINGS_REPLACED
					      : JOURNAL_SETTINGS_NOT_REPLACED,
		      NULL, message);
}

static void log_change(const char *command, const struct change *change, enum version from)
{
	_cleanup_strbuf_ struct strbuf message = STRBUF_INIT;

	strbuf_appendf(&message, "%s has %s ", command,
		       !change->states[from].data       ? "created"
		       : !change->states[from ^ 1].data ? "removed"
							: "changed");
	change_append_path(&message, change);
	strbuf_append_char(&message, '.');

	if (change->split_directory == SPLIT_DIRECTORY_LOAD_BALANCER)
		journal_write(JOURNAL_LOAD_BALANCER_CHANGED, NULL, strbuf_shown(&message));
	else
		journal_write(JOURNAL_INSTANCE_CHANGED, command_instance_name(change->name).text,
			      strbuf_shown(&message));
}

static void log_changes(const struct options *options, const char *command,
			const struct changes *changes, enum version from)
{
	for (size_t i = 0; !options->rooted && i < changes->n; i++)
		log_change(command, &changes->items[i], from);
}

/* Return the text. On OOM an interruption must be reported all the same. */
static const char *failure_shown(const struct strbuf *text, enum transaction_end end)
{
	if (strbuf_error(text) < 0 && (end == TRANSACTION_STUCK || end == TRANSACTION_INTERRUPTED))
		return "Cannot allocate memory; a split is interrupted: \"sipisctl split "
		       "--resume\" "
		       "finishes it, \"sipisctl split --undo\" undoes it";
	return strbuf_shown(text);
}

int report_transaction_failure(const struct options *options, const char *command,
			       enum transaction_end end, const struct transaction_result *result)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	append_failure(&text, options, command, end, result);
	fprintf(stderr, "sipisctl: %s\n", failure_shown(&text, end));
	log_end(options, end, failure_shown(&text, end));
	return end_status[end];
}

static int report_done(const struct options *options, const struct strbuf *text)
{
	const char *shown = strbuf_error(text) < 0 ? "The settings were replaced." : text->text;

	log_end(options, TRANSACTION_DONE, shown);
	if (options->style.json)
		return EXIT_GOOD;
	printf("Done. %s\n", shown);
	if (!options->rooted)
		puts("The services still run with the old settings. Next: sipisctl apply");
	return EXIT_GOOD;
}

static void append_kept(struct strbuf *buf, const struct options *options, const char *command,
			const struct split_name *name)
{
	strbuf_append(buf, "The old files are in ");
	append_record(buf, options, name);
	strbuf_append(buf, "; ");
	append_command(buf, options, command, "--undo");
	strbuf_append(buf, " restores them.");
}

static void append_saved(struct strbuf *buf, const struct options *options,
			 const struct change *change)
{
	escape_append(buf, options->root.prefix, strlen(options->root.prefix));
	change_append_path(buf, change);
	strbuf_append(buf, " is saved.");
}

/* --- transactions ------------------------------------------------------------------------ */

/* Keep apply away while files are replaced. Returns EXIT_GOOD, or reports and returns EXIT_FAILED.
 */
static int lock_out_apply(const struct options *options, int *ret_fd)
{
	*ret_fd = -1;
	if (options->rooted || apply_lock_out(ret_fd) == 0)
		return EXIT_GOOD;
	fputs("sipisctl: sipisctl apply is running; nothing was changed\n", stderr);
	return EXIT_FAILED;
}

int preview(const struct options *options, const char *command, struct changes *changes,
	    bool *ret_changed)
{
	_cleanup_(transaction_result_done) struct transaction_result result =
		TRANSACTION_RESULT_INIT;
	enum transaction_end end;

	end = transaction_check(&options->root, changes, &result);
	if (end != TRANSACTION_DONE)
		return report_transaction_failure(options, command, end, &result);
	*ret_changed = changes->n > 0;
	return report_differences(options, changes, VERSION_OLD);
}

int carry_out(const struct options *options, const char *command,
	      const struct installation *installation, struct changes *changes, bool *ret_changed)
{
	_cleanup_(transaction_result_done) struct transaction_result result =
		TRANSACTION_RESULT_INIT;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_close_ int lock = -1;
	enum transaction_end end;

	if (lock_out_apply(options, &lock) != EXIT_GOOD)
		return EXIT_FAILED;
	end = transaction_begin(&options->root, installation, changes, &result);
	*ret_changed = end_has_changed(end);
	if (end != TRANSACTION_DONE)
		return report_transaction_failure(options, command, end, &result);

	log_changes(options, command, changes, VERSION_OLD);
	if (changes->origin == ORIGIN_EDIT)
		append_saved(&text, options, &changes->items[0]);
	else
		append_kept(&text, options, command, &result.name);
	return report_done(options, &text);
}

int resume_interrupted(const struct options *options, bool *ret_changed)
{
	_cleanup_(transaction_result_done) struct transaction_result result =
		TRANSACTION_RESULT_INIT;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_close_ int lock = -1;
	enum transaction_end end;

	if (lock_out_apply(options, &lock) != EXIT_GOOD)
		return EXIT_FAILED;
	end = transaction_resume(&options->root, &result);
	*ret_changed = end_has_changed(end);
	if (end == TRANSACTION_ABSENT) {
		fputs("sipisctl: there is no split to finish\n", stderr);
		return EXIT_ERRORS;
	}
	if (end != TRANSACTION_DONE)
		return report_transaction_failure(options, "split", end, &result);

	if (result.taken_back)
		strbuf_appendf(&text, "The files are as they were before the %s.",
			       origin_words[result.origin]);
	else if (result.origin == ORIGIN_EDIT)
		strbuf_append(&text, "The edited file is saved.");
	else
		append_kept(&text, options, origin_words[result.origin], &result.name);
	return report_done(options, &text);
}

/* Say that the last change is not of this command. */
static int report_other_origin(const struct options *options, const char *command,
			       const struct transaction_record *record)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "the last change is not a %s, but the %s of %s: ", command,
		       origin_words[record->origin], record_date(&record->entry.name).text);
	append_command(&text, options, origin_words[record->origin], "--undo");
	strbuf_append(&text, " undoes it; nothing was changed");
	fprintf(stderr, "sipisctl: %s\n", strbuf_shown(&text));
	return EXIT_ERRORS;
}

/* Say why this is not undone, and where its old files are. */
static int report_undo_rejected(const struct options *options, const char *reason,
				const struct transaction_record *record)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, "%s, so the %s of %s is not undone; its old files are in ", reason,
		       origin_words[record->origin], record_date(&record->entry.name).text);
	append_record(&text, options, &record->entry.name);
	strbuf_appendf(&text, "%s/before; nothing was changed", record->entry.state);
	fprintf(stderr, "sipisctl: %s\n", strbuf_shown(&text));
	log_end(options, TRANSACTION_REJECTED, strbuf_shown(&text));
	return EXIT_ERRORS;
}

static bool is_interrupted(const struct transaction_record *record)
{
	return strcmp(record->entry.state, SPLIT_COMPLETE) != 0;
}

/* Find what to undo. Returns EXIT_GOOD, or an exit status that has been explained. */
static int find_undo(const struct options *options, const char *command,
		     struct transaction_record *ret_record, struct changes *ret_changes)
{
	_cleanup_(transaction_result_done) struct transaction_result result =
		TRANSACTION_RESULT_INIT;
	enum transaction_end end;

	end = transaction_find_undo(&options->root, ret_record, ret_changes, &result);
	if (end == TRANSACTION_ABSENT) {
		fprintf(stderr, "sipisctl: there is no %s to undo\n", command);
		return EXIT_ERRORS;
	}
	if (end != TRANSACTION_DONE && end != TRANSACTION_REJECTED)
		return report_transaction_failure(options, command, end, &result);
	if (!is_interrupted(ret_record) && strcmp(origin_words[ret_record->origin], command) != 0)
		return report_other_origin(options, command, ret_record);
	if (end == TRANSACTION_REJECTED)
		return report_undo_rejected(options, result.reason.text, ret_record);
	return EXIT_GOOD;
}

/* Describe an undo on standard error, and ask. */
static int confirm_undo(const struct options *options, const struct transaction_record *record)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	if (options->style.json)
		return ask(options, "Write these files?");
	append_undo(&text, record);
	if (strbuf_error(&text) < 0)
		return report_unchanged(origin_words[record->origin], -ENOMEM);
	printf("%s: %s\n", is_interrupted(record) ? "Undoing, interrupted" : "Undoing", text.text);
	return ask(options, "Write these files?");
}

int undo_last(const struct options *options, const char *command, bool *ret_changed)
{
	_cleanup_(transaction_result_done) struct transaction_result result =
		TRANSACTION_RESULT_INIT;
	_cleanup_(changes_done) struct changes changes = {};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	_cleanup_close_ int lock = -1;
	struct transaction_record record;
	enum transaction_end end;
	int status;

	status = find_undo(options, command, &record, &changes);
	if (status != EXIT_GOOD)
		return status;
	if (options->dry_run) {
		*ret_changed = true;
		return report_differences(options, &changes, VERSION_NEW);
	}
	status = confirm_undo(options, &record);
	if (status != EXIT_GOOD)
		return status;

	if (lock_out_apply(options, &lock) != EXIT_GOOD)
		return EXIT_FAILED;
	end = transaction_undo(&options->root, &record, &result);
	*ret_changed = end_has_changed(end);
	if (end != TRANSACTION_DONE)
		return report_transaction_failure(options, command, end, &result);
	log_changes(options, command, &changes, VERSION_NEW);
	strbuf_appendf(&text, "The files are as they were before the %s of %s.",
		       origin_words[record.origin], record_date(&record.entry.name).text);
	return report_done(options, &text);
}
