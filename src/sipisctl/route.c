/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl route: which backend and instance serve a selector, or how many of a list each serves.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"
#include "sipisctl/show/assignment.h"
#include "util/escape.h"

/* Bytes of a line of standard input that are kept: a selector and the beginning of its suffix. */
#define LINE_KEPT_MAX 4096

/* A longer line is not a selector with a suffix: /dev/zero, for one, never ends. */
#define LINE_LENGTH_MAX (16 << 20)

/* A backend as it is shown: made once, as there may be a million selectors. */
struct destination {
	struct excerpt name;
	const char *instance; /* borrowed; NULL: none of this machine */
	bool has_name, is_dangling;
	char prefix[PREFIX_TEXT_MAX];
	char *line; /* owned: what follows the selector in its line */
	struct assigned_instance *owner;
	size_t accounts;
};

struct routes {
	struct assignment assignment;
	struct destination *destinations; /* owned, by rank */
	struct table *table;              /* owned; NULL: print plain lines */
	bool count;
	size_t accounts, unserved;
	int status; /* exit status */
};

enum { SELECTOR, INSTANCE, NAME, PREFIX };

static const struct table_column route_columns[] = {
	[SELECTOR] = {.name = "SELECTOR"},
	[INSTANCE] = {.name = "INSTANCE"},
	[NAME] = {.name = "NAME"},
	[PREFIX] = {.name = "PREFIX"},
};

enum { COUNT_INSTANCE, COUNT_NAME, COUNT_ACCOUNTS, COUNT_SHARE };

static const struct table_column count_columns[] = {
	[COUNT_INSTANCE] = {.name = "INSTANCE"},
	[COUNT_NAME] = {.name = "NAME"},
	[COUNT_ACCOUNTS] = {.name = "ACCOUNTS", .flags = TABLE_NUMBER},
	[COUNT_SHARE] = {.name = "SHARE", .flags = TABLE_NUMBER},
};

static void routes_done(struct routes *routes)
{
	for (size_t i = 0; routes->destinations && i < routes->assignment.n_ranked; i++)
		free(routes->destinations[i].line);
	free(routes->destinations);
	table_freep(&routes->table);
	assignment_done(&routes->assignment);
}

static const char *destination_name(const struct destination *destination)
{
	return destination->has_name ? destination->name.text : NULL;
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static int destination_init(struct destination *destination, const struct assignment *assignment,
			    size_t rank)
{
	const struct backend *backend = assignment_backend(assignment, rank);

	destination->owner = assignment_owner(assignment, backend);
	if (destination->owner)
		destination->instance = destination->owner->instance->name;
	destination->is_dangling = assignment_is_dangling(assignment, backend);
	if (backend_name(backend)) {
		destination->has_name = true;
		destination->name = excerpt(backend_name(backend));
	}
	prefix_format(&backend->prefix.prefix, destination->prefix);

	if (asprintf(&destination->line, " %s %s %s\n", or_dash(destination->instance),
		     or_dash(destination_name(destination)), destination->prefix) < 0) {
		destination->line = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int routes_add_destinations(struct routes *routes)
{
	const struct assignment *assignment = &routes->assignment;

	routes->destinations = calloc(assignment->n_ranked + 1, sizeof(*routes->destinations));
	if (!routes->destinations)
		return -ENOMEM;

	for (size_t rank = 0; rank < assignment->n_ranked; rank++) {
		int r = destination_init(&routes->destinations[rank], assignment, rank);

		if (r < 0)
			return r;
	}
	return 0;
}

/* --- one selector ------------------------------------------------------------------------ */

/* Return whether a selector can be printed as it is, like every real one. */
static bool is_plain(const char *selector, size_t length)
{
	static const char plain[] = "0123456789ABCDEFabcdef:";

	return length <= EXCERPT_MAX && strspn(selector, plain) == length;
}

static void print_line(const char *selector, size_t length, const struct destination *destination)
{
	if (is_plain(selector, length))
		fwrite_unlocked(selector, 1, length, stdout);
	else
		fputs_unlocked(excerpt(selector).text, stdout);
	fputs_unlocked(destination ? destination->line : " - - -\n", stdout);
}

static int add_row(struct table *table, const char *selector, const struct destination *destination)
{
	int r;

	r = table_add_row(table);
	if (r < 0)
		return r;
	r = table_set(table, SELECTOR, excerpt(selector).text);
	if (r < 0 || !destination)
		return r;
	r = table_set(table, INSTANCE, destination->instance);
	if (r < 0)
		return r;
	r = table_set(table, NAME, destination_name(destination));
	if (r < 0)
		return r;
	return table_set(table, PREFIX, destination->prefix);
}

/* `line` is 0 for an argument. The other selectors are routed all the same. */
static void reject_selector(const char *selector, size_t length, size_t line, const char *fault)
{
	const char *nul = strlen(selector) < length ? "\\x00..." : "";

	if (line)
		fprintf(stderr, "sipisctl: line %zu: \"%s%s\" %s\n", line, excerpt(selector).text,
			nul, fault);
	else
		fprintf(stderr, "sipisctl: \"%s\" %s\n", excerpt(selector).text, fault);
}

/* Wrong usage outweighs all other statuses. */
static void routes_set_status(struct routes *routes, int status)
{
	if (routes->status != EXIT_USAGE)
		routes->status = status;
}

static int route_selector(struct routes *routes, const char *selector, size_t length, size_t line)
{
	struct destination *destination = NULL;
	struct prefix prefix;
	size_t rank;

	if (!selector_parse(selector, length, &prefix)) {
		reject_selector(selector, length, line,
				"is not a selector: 40 hexadecimal digits and any suffix, or "
				"fewer digits");
		routes_set_status(routes, line ? EXIT_ERRORS : EXIT_USAGE);
		return 0;
	}
	if (!partition_find_prefix(routes->assignment.partition, &prefix, &rank)) {
		reject_selector(selector, length, line,
				"is not served by a single backend: give more digits");
		routes_set_status(routes, EXIT_ERRORS);
		return 0;
	}

	routes->accounts++;
	if (rank != PARTITION_NOBODY)
		destination = &routes->destinations[rank];
	if (destination && !destination->is_dangling) {
		destination->accounts++;
	} else {
		routes->unserved++;
		routes_set_status(routes, EXIT_ERRORS);
	}

	if (routes->count)
		return 0;
	if (routes->table)
		return add_row(routes->table, selector, destination);
	print_line(selector, length, destination);
	return 0;
}

/*
 * Read a line without its end, keep its first LINE_KEPT_MAX bytes, and end them with a NUL. Return
 * 1; 0 at the end of the stream; -E2BIG if the line is too long; or another negative errno.
 */
static int read_line(FILE *stream, char line[LINE_KEPT_MAX + 1], size_t *ret_kept)
{
	size_t length = 0, kept;
	int c;

	while ((c = getc_unlocked(stream)) != EOF && c != '\n') {
		if (length == LINE_LENGTH_MAX)
			return -E2BIG;
		if (length < LINE_KEPT_MAX)
			line[length] = (char)c;
		length++;
	}
	if (ferror(stream))
		return errno ? -errno : -EIO;
	if (c == EOF && !length)
		return 0;

	kept = length < LINE_KEPT_MAX ? length : LINE_KEPT_MAX;
	while (kept && line[kept - 1] == '\r')
		kept--;
	line[kept] = 0;
	*ret_kept = kept;
	return 1;
}

static int route_lines(struct routes *routes, FILE *stream)
{
	char line[LINE_KEPT_MAX + 1];
	size_t length = 0;
	int r;

	errno = 0;
	for (size_t number = 1; (r = read_line(stream, line, &length)) > 0; number++) {
		if (!length)
			continue;
		r = route_selector(routes, line, length, number);
		if (r < 0)
			return r;
	}
	return r;
}

/* --- counts ------------------------------------------------------------------------------ */

/* Format per cent with two decimals, rounded half up. */
static int set_share(struct table *table, size_t part, size_t whole)
{
	unsigned long long hundredths =
		whole ? ((unsigned long long)part * 20000 + whole) / (2ULL * whole) : 0;

	return table_setf(table, COUNT_SHARE, "%llu.%02llu%s", hundredths / 100, hundredths % 100,
			  table_is_json(table) ? "" : "%");
}

static int add_count(const struct routes *routes, const char *instance, const char *name,
		     size_t accounts)
{
	struct table *table = routes->table;
	int r;

	r = table_add_row(table);
	if (r < 0)
		return r;
	r = table_set(table, COUNT_INSTANCE, instance);
	if (r < 0)
		return r;
	r = table_set(table, COUNT_NAME, name);
	if (r < 0)
		return r;
	r = table_setf(table, COUNT_ACCOUNTS, "%zu", accounts);
	if (r < 0)
		return r;
	return set_share(table, accounts, routes->accounts);
}

/* Add a row for every instance, also for one that serves nothing. */
static int add_instance_counts(const struct routes *routes)
{
	const struct assignment *assignment = &routes->assignment;
	_cleanup_free_ size_t *accounts = calloc(assignment->n_instances + 1, sizeof(*accounts));

	if (!accounts)
		return -ENOMEM;

	for (size_t rank = 0; rank < assignment->n_ranked; rank++) {
		const struct destination *destination = &routes->destinations[rank];

		if (destination->owner)
			accounts[destination->owner - assignment->instances] +=
				destination->accounts;
	}

	for (size_t i = 0; i < assignment->n_instances; i++) {
		const struct instance *instance = assignment->instances[i].instance;
		const struct value *name = &instance->settings.name;
		int r = add_count(routes, instance->name,
				  value_is_good(name) ? excerpt(name->text).text : NULL,
				  accounts[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_by_name(const void *a, const void *b)
{
	const struct destination *x = *(struct destination *const *)a;
	const struct destination *y = *(struct destination *const *)b;
	int order = strcmp(x->name.text, y->name.text);

	return order ? order : (x > y) - (x < y);
}

/* Give the accounts of backends of other machines with one name to the first of them. */
static int merge_names(const struct routes *routes)
{
	size_t n_ranked = routes->assignment.n_ranked, n = 0;
	_cleanup_free_ struct destination **named =
		calloc(n_ranked + 1, sizeof(struct destination *));
	struct destination *first = NULL;

	if (!named)
		return -ENOMEM;
	for (size_t rank = 0; rank < n_ranked; rank++)
		if (!routes->destinations[rank].owner && routes->destinations[rank].has_name)
			named[n++] = &routes->destinations[rank];
	qsort(named, n, sizeof(struct destination *), compare_by_name);

	for (size_t i = 0; i < n; i++) {
		if (!first || strcmp(first->name.text, named[i]->name.text) != 0) {
			first = named[i];
			continue;
		}
		first->accounts += named[i]->accounts;
		named[i]->accounts = 0;
	}
	return 0;
}

/* Add the backends of other machines, and last the selectors that nobody serves. */
static int add_other_counts(const struct routes *routes)
{
	int r;

	r = merge_names(routes);
	if (r < 0)
		return r;

	for (size_t rank = 0; rank < routes->assignment.n_ranked; rank++) {
		const struct destination *destination = &routes->destinations[rank];

		if (destination->owner || !destination->accounts)
			continue;
		r = add_count(routes, NULL, destination_name(destination), destination->accounts);
		if (r < 0)
			return r;
	}
	return add_count(routes, NULL, NULL, routes->unserved);
}

/* --- the command ------------------------------------------------------------------------- */

static int routes_new_table(struct routes *routes, const struct table_style *style)
{
	if (routes->count)
		return table_new("routes", count_columns, ELEMENTSOF(count_columns), style,
				 &routes->table);
	if (!style->json)
		return 0;
	return table_new("routes", route_columns, ELEMENTSOF(route_columns), style, &routes->table);
}

static int routes_read(struct routes *routes, int argc, char **argv)
{
	if (!argc)
		return route_lines(routes, stdin);

	for (int i = 0; i < argc; i++) {
		int r = route_selector(routes, argv[i], strlen(argv[i]), 0);

		if (r < 0)
			return r;
	}
	return 0;
}

static int routes_print(struct routes *routes)
{
	int r;

	if (routes->count) {
		r = add_instance_counts(routes);
		if (r < 0)
			return r;
		r = add_other_counts(routes);
		if (r < 0)
			return r;
	}
	return routes->table ? table_print(routes->table) : 0;
}

static int route(struct routes *routes, const struct options *options,
		 const struct installation *installation, int argc, char **argv)
{
	int r;

	r = assignment_make(installation, options->app_id, &routes->assignment);
	if (r < 0)
		return report_failure("route", r);
	report_unknown_owner(options, &routes->assignment);
	report_bad_prefix(options, &routes->assignment);
	r = routes_add_destinations(routes);
	if (r < 0)
		return report_failure("route", r);
	r = routes_new_table(routes, &options->style);
	if (r == -EINVAL)
		return EXIT_USAGE;
	if (r < 0)
		return report_failure("route", r);

	r = routes_read(routes, argc, argv);
	if (r == -E2BIG) {
		fprintf(stderr,
			"sipisctl: standard input: a line is longer than %d MiB: give one "
			"selector a line\n",
			LINE_LENGTH_MAX >> 20);
		return EXIT_FAILED;
	}
	if (r < 0)
		return report_failure("standard input", r);
	r = routes_print(routes);
	return r < 0 ? report_failure("route", r) : routes->status;
}

int command_route(const struct options *options, int argc, char **argv)
{
	_cleanup_(installation_done) struct installation installation = {};
	_cleanup_(routes_done) struct routes routes = {.count = options->count};

	if (!options->count && (options->style.noheadings || options->style.raw ||
				(options->style.columns && !options->style.json)))
		return report_usage("-o, --noheadings and --raw are for the table of --count");
	if (command_load(options, LOAD_BALANCER_ALONE, &installation) != EXIT_GOOD ||
	    report_unreadable(&installation))
		return EXIT_FAILED;

	if (!installation.load_balancer_usable) {
		report_no_assignment(options, &installation);
		return EXIT_FAILED;
	}
	return route(&routes, options, &installation, argc, argv);
}

void route_print_columns(void)
{
	table_print_columns("Columns", route_columns, ELEMENTSOF(route_columns));
	table_print_columns("Columns with --count", count_columns, ELEMENTSOF(count_columns));
}
