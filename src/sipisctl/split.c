/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl split: change the installation to N instances, or take that back. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"
#include "sipisctl/planned-changes.h"
#include "sipisctl/transaction-report.h"
#include "sipisctl/transaction/changes.h"
#include "sipisctl/transaction/transaction.h"
#include "util/escape.h"

#define DEFAULT_SERVER_STEP   (-10)
#define DEFAULT_HTTP_STEP     10
#define DEFAULT_MAX_IMBALANCE 5000

/* --- arguments --------------------------------------------------------------------------- */

/* Parse a decimal number; a sign only if `sign` allows it. */
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

/* Parse per cent with up to three decimals into thousandths of a per cent. */
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

/* Parse --without into an array of the instances that go, by index. */
static int parse_without(const struct options *options, const struct installation *installation,
			 struct split_options *split, bool **ret_without)
{
	_cleanup_free_ char *list = options->without ? strdup(options->without) : NULL;
	_cleanup_free_ bool *without = calloc(installation->n_instances + 1, sizeof(*without));
	char *rest = list, *word;
	size_t n_left = installation->n_instances;

	if (!options->without)
		return EXIT_GOOD;
	if (!list || !without)
		return report_unchanged("split", -ENOMEM);

	while ((word = strsep(&rest, ","))) {
		const struct instance *instance = command_find_instance(installation, word);
		size_t at;

		if (!instance)
			return report_usage("there is no instance \"%s\": sipisctl list shows them",
					    word);
		at = (size_t)(instance - installation->instances);
		n_left -= !without[at];
		without[at] = true;
	}
	if (split->n > n_left)
		return report_usage("--without leaves %zu instance%s, fewer than %u", n_left,
				    n_left == 1 ? "" : "s", split->n);
	split->without = *ret_without = TAKE_PTR(without);
	return EXIT_GOOD;
}

static int parse_split(const struct options *options, int argc, char **argv,
		       struct split_options *split)
{
	long n;

	if (argc != 1)
		return report_usage("split needs one number of instances: sipisctl split 4");
	if (!parse_number(argv[0], false, 1, SPLIT_MAX, &n))
		return report_usage("\"%s\" is not a number from 1 to %d", argv[0], SPLIT_MAX);
	split->n = (unsigned)n;

	if (!parse_step(options->server_port_step, DEFAULT_SERVER_STEP,
			&split->steps[LISTENER_SERVER]) ||
	    !parse_step(options->http_port_step, DEFAULT_HTTP_STEP, &split->steps[LISTENER_HTTP]))
		return report_usage("a port step is a number from -65535 to 65535, and not 0");

	split->max_imbalance = DEFAULT_MAX_IMBALANCE;
	if (options->max_imbalance &&
	    !parse_imbalance(options->max_imbalance, &split->max_imbalance))
		return report_usage(
			"--max-imbalance is a percentage such as 5%% or 0.5%%, not \"%s\"",
			options->max_imbalance);
	return EXIT_GOOD;
}

/* --- a new split ------------------------------------------------------------------------- */

/* Print the settings files that are removed, which the table of the new installation hides. */
static void print_removed(const struct changes *changes)
{
	const char *separator = "Removed: ";

	for (size_t i = 0; i < changes->n; i++) {
		const struct change *change = &changes->items[i];

		if (change->states[VERSION_NEW].data)
			continue;
		printf("%s%s", separator, change->name);
		separator = ", ";
	}
	if (*separator == ',')
		putchar('\n');
}

/* Show the new installation on a terminal, and ask. */
static int split_confirm(const struct options *options, const struct installation *planned,
			 const struct changes *changes)
{
	int status;

	if (!options->yes) {
		status = list_installation(options, planned);
		if (status != EXIT_GOOD)
			return status;
		print_removed(changes);
	}
	return ask(options, "Write these files?");
}

static int split_write(const struct options *options, const struct installation *installation,
		       const struct installation *planned, struct changes *changes,
		       bool *ret_changed)
{
	int status;

	if (!changes->n) {
		if (!options->style.json)
			puts("The settings are already like this: there is nothing to do.");
		return EXIT_GOOD;
	}

	status = split_confirm(options, planned, changes);
	if (status != EXIT_GOOD)
		return status;
	return carry_out(options, "split", installation, changes, ret_changed);
}

static int split_propose(const struct installation *installation,
			 const struct split_options *split_options, struct proposal *ret_proposal)
{
	_cleanup_strbuf_ struct strbuf reason = STRBUF_INIT;
	int r;

	r = proposal_make(installation, split_options, ret_proposal, &reason);
	if (r < 0)
		return report_unchanged("split", r);
	return r == 0 ? report_rejected(&reason) : EXIT_GOOD;
}

static int split(const struct options *options, struct split_options *split_options,
		 bool *ret_changed)
{
	_cleanup_(installation_done) struct installation installation = {}, planned = {};
	_cleanup_(proposal_done) struct proposal proposal = {};
	_cleanup_(changes_done) struct changes changes = {};
	_cleanup_free_ bool *without = NULL;
	int status;

	status = load_to_change(options, &installation);
	if (status != EXIT_GOOD)
		return status;
	status = parse_without(options, &installation, split_options, &without);
	if (status != EXIT_GOOD)
		return status;

	status = split_propose(&installation, split_options, &proposal);
	if (status != EXIT_GOOD)
		return status;
	status = plan_changes(options, "split", &installation, &proposal, &planned, &changes);
	if (status != EXIT_GOOD)
		return status;

	if (options->dry_run)
		return preview(options, "split", &changes, ret_changed);
	return split_write(options, &installation, &planned, &changes, ret_changed);
}

/* --- records ----------------------------------------------------------------------------- */

enum { RECORD_DATE, RECORD_COMMAND, RECORD_BEFORE, RECORD_AFTER, RECORD_STATE, RECORD_FILES };

static const struct table_column record_columns[] = {
	[RECORD_DATE] = {.name = "DATE"},
	[RECORD_COMMAND] = {.name = "COMMAND"},
	[RECORD_BEFORE] = {.name = "BEFORE", .flags = TABLE_NUMBER},
	[RECORD_AFTER] = {.name = "AFTER", .flags = TABLE_NUMBER},
	[RECORD_STATE] = {.name = "STATE"},
	[RECORD_FILES] = {.name = "FILES"},
};

static int set_count(struct table *table, size_t column, size_t n)
{
	return n ? table_setf(table, column, "%zu", n) : 0;
}

static int add_record(struct table *table, const struct options *options,
		      const struct transaction_record *record)
{
	_cleanup_strbuf_ struct strbuf path = STRBUF_INIT;
	const char *state =
		strcmp(record->entry.state, SPLIT_COMPLETE) != 0 ? "interrupted" : "complete";
	int r;

	escape_append(&path, options->root.prefix, strlen(options->root.prefix));
	strbuf_appendf(&path, "%s/%s%s", SPLIT_STATE_DIRECTORY, record->entry.name.text,
		       record->entry.state);
	if (strbuf_error(&path))
		return -ENOMEM;

	r = table_add_row(table);
	if (r < 0)
		return r;
	r = table_set(table, RECORD_DATE, record_date(&record->entry.name).text);
	if (r < 0)
		return r;
	r = table_set(table, RECORD_COMMAND, origin_words[record->origin]);
	if (r < 0)
		return r;
	r = set_count(table, RECORD_BEFORE, record->n_instances[VERSION_OLD]);
	if (r < 0)
		return r;
	r = set_count(table, RECORD_AFTER, record->n_instances[VERSION_NEW]);
	if (r < 0)
		return r;
	r = table_set(table, RECORD_STATE, record->damaged ? "damaged" : state);
	if (r < 0)
		return r;
	return table_set(table, RECORD_FILES, path.text);
}

static int split_list(const struct options *options)
{
	_cleanup_(transaction_result_done) struct transaction_result result =
		TRANSACTION_RESULT_INIT;
	_cleanup_(table_freep) struct table *table = NULL;
	_cleanup_free_ struct transaction_record *records = NULL;
	enum transaction_end end;
	size_t n;
	int r;

	r = table_new("splits", record_columns, ELEMENTSOF(record_columns), &options->style,
		      &table);
	if (r == -EINVAL)
		return EXIT_USAGE;
	if (r < 0)
		return report_failure("split", r);

	end = transaction_list(&options->root, &records, &n, &result);
	if (end != TRANSACTION_DONE)
		return report_transaction_failure(options, "split", end, &result);
	for (size_t i = 0; i < n; i++) {
		r = add_record(table, options, &records[i]);
		if (r < 0)
			return report_failure("split", r);
	}
	r = table_print(table);
	return r < 0 ? report_failure("split", r) : EXIT_GOOD;
}

/* --- the command ------------------------------------------------------------------------- */

static int split_run(const struct options *options, int argc, char **argv, bool *ret_changed)
{
	struct split_options split_options = {};
	int status;

	if (options->stat && !options->dry_run)
		return report_usage("--stat is for --dry-run");
	if (options->resume)
		return resume_interrupted(options, ret_changed);
	if (options->undo) {
		status = require_answer(options, "split --undo");
		return status == EXIT_GOOD ? undo_last(options, "split", ret_changed) : status;
	}

	status = parse_split(options, argc, argv, &split_options);
	if (status != EXIT_GOOD)
		return status;
	status = require_answer(options, "split");
	if (status != EXIT_GOOD)
		return status;
	return split(options, &split_options, ret_changed);
}

int command_split(const struct options *options, int argc, char **argv)
{
	bool changed = false;
	int status;

	if (options->undo + options->resume + options->list_records > 1 ||
	    (argc && (options->undo || options->resume || options->list_records)))
		return report_usage("--undo, --resume and --list take no number, and exclude each "
				    "other");
	if ((options->undo || options->resume || options->list_records) &&
	    (options->without || options->server_port_step || options->http_port_step ||
	     options->max_imbalance))
		return report_usage("--without, --server-port-step, --http-port-step and "
				    "--max-imbalance are for a new split");
	if (options->dry_run && (options->resume || options->list_records))
		return report_usage("--dry-run is for a new split and for --undo");
	if (options->list_records)
		return split_list(options);
	if (options->style.columns || options->style.noheadings || options->style.raw)
		return report_usage("--output, --noheadings and --raw are for --list");

	status = split_run(options, argc, argv, &changed);
	return end_with_json(options, changed, status);
}
