/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl route: which backend and instance serve a selector, or how many of a list each serves.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sipisctl/command.h"
#include "sipisctl/show/assignment.h"
#include "util/escape.h"

/* Who a backend is, as it is shown: by rank, made once, as there may be a million selectors. */
struct destination {
	char *instance, *name; /* NULL: there is none */
	char *line;            /* what follows the selector in its line */
	char prefix[PREFIX_TEXT_MAX];
	struct view_instance *owner;
	size_t accounts;
};

struct routes {
	struct view view;
	struct destination *destinations;
	struct table *table; /* NULL: plain lines */
	bool count;
	size_t accounts, unserved;
	int status;
};

enum { SELECTOR, INSTANCE, NAME, PREFIX };

static const struct table_column route_columns[] = {
	[SELECTOR] = {"SELECTOR", "the selector, as it was given",            0},
	[INSTANCE] = {"INSTANCE", "the instance that serves it",              0},
	[NAME] = {"NAME",     "the name of the backend",                  0},
	[PREFIX] = {"PREFIX",   "the prefix by which the backend takes it", 0},
};

enum { COUNT_INSTANCE, COUNT_NAME, COUNT_ACCOUNTS, COUNT_SHARE };

static const struct table_column count_columns[] = {
	[COUNT_INSTANCE] = {"INSTANCE", "the instance",                        0           },
	[COUNT_NAME] = {"NAME",     "the name of the backend",             0           },
	[COUNT_ACCOUNTS] = {"ACCOUNTS", "how many of the selectors it serves", TABLE_NUMBER},
	[COUNT_SHARE] = {"SHARE",    "in per cent of the selectors",        TABLE_NUMBER},
};

static void routes_done(struct routes *routes)
{
	for (size_t i = 0; routes->destinations && i < routes->view.n_ranked; i++) {
		free(routes->destinations[i].instance);
		free(routes->destinations[i].name);
		free(routes->destinations[i].line);
	}
	free(routes->destinations);
	if (routes->table)
		table_free(routes->table);
	view_done(&routes->view);
}

static int set_excerpt(char **excerpt, const char *text)
{
	*excerpt = escape_excerpt(text);
	return *excerpt ? 0 : -ENOMEM;
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static int find_destinations(struct routes *routes)
{
	const struct view *view = &routes->view;
	int r = 0;

	routes->destinations = calloc(view->n_ranked + 1, sizeof(*routes->destinations));
	if (!routes->destinations)
		return -ENOMEM;
	for (size_t rank = 0; r == 0 && rank < view->n_ranked; rank++) {
		struct destination *destination = &routes->destinations[rank];
		const struct backend *backend = view_backend(view, rank);

		destination->owner = view_owner(view, backend);
		prefix_format(&backend->prefix.prefix, destination->prefix);
		if (backend_name(backend))
			r = set_excerpt(&destination->name, backend_name(backend));
		if (r == 0 && destination->owner)
			r = set_excerpt(&destination->instance, destination->owner->instance->name);
		if (r == 0 &&
		    asprintf(&destination->line, " %s %s %s\n", or_dash(destination->instance),
			     or_dash(destination->name), destination->prefix) < 0) {
			destination->line = NULL;
			r = -ENOMEM;
		}
	}
	return r;
}

/* --- one selector ------------------------------------------------------------------------ */

/* Nothing in it needs to be escaped or cut, as in every real selector. */
static bool is_plain(const char *selector, size_t length)
{
	static const char plain[] = "0123456789ABCDEFabcdef:";

	return length <= EXCERPT_MAX && strspn(selector, plain) == length;
}

static int show_line(const char *selector, size_t length, const struct destination *destination)
{
	struct strbuf excerpt = STRBUF_INIT;
	int r;

	if (is_plain(selector, length)) {
		fwrite_unlocked(selector, 1, length, stdout);
	} else {
		escape_append_excerpt(&excerpt, selector);
		fputs_unlocked(excerpt.text, stdout);
	}
	fputs_unlocked(destination ? destination->line : " - - -\n", stdout);
	r = strbuf_error(&excerpt);
	strbuf_done(&excerpt);
	return r;
}

static int show_row(struct table *table, const char *selector,
		    const struct destination *destination)
{
	_cleanup_free_ char *shown = escape_excerpt(selector);
	int r;

	r = shown ? table_add_row(table) : -ENOMEM;
	if (r == 0)
		r = table_set(table, SELECTOR, shown);
	if (r == 0 && destination)
		r = table_set(table, INSTANCE, destination->instance);
	if (r == 0 && destination)
		r = table_set(table, NAME, destination->name);
	return r < 0 || !destination ? r : table_set(table, PREFIX, destination->prefix);
}

/* `line` is 0 for an argument. What is wrong with it costs this selector, and the exit status. */
static void reject_selector(struct routes *routes, const char *selector, size_t line,
			    const char *fault)
{
	struct strbuf excerpt = STRBUF_INIT;

	escape_append_excerpt(&excerpt, selector);
	if (line)
		fprintf(stderr, "sipisctl: line %zu: \"%s\" %s\n", line, excerpt.text, fault);
	else
		fprintf(stderr, "sipisctl: \"%s\" %s\n", excerpt.text, fault);
	strbuf_done(&excerpt);
}

/* Wrong usage outweighs all else. */
static void set_status(struct routes *routes, int status)
{
	if (routes->status != EXIT_USAGE)
		routes->status = status;
}

static int route_one(struct routes *routes, const char *selector, size_t length, size_t line)
{
	struct destination *destination;
	struct prefix prefix;
	size_t rank;

	if (!selector_parse(selector, length, &prefix)) {
		reject_selector(routes, selector, line,
				"is no selector: 40 hexadecimal digits, or fewer and nothing else");
		set_status(routes, line ? EXIT_ERRORS : EXIT_USAGE);
		return 0;
	}
	if (!partition_find_prefix(routes->view.partition, &prefix, &rank)) {
		reject_selector(routes, selector, line,
				"is served by several backends: give more digits");
		set_status(routes, EXIT_ERRORS);
		return 0;
	}
	destination = rank == PARTITION_NOBODY ? NULL : &routes->destinations[rank];
	routes->accounts++;
	if (destination)
		destination->accounts++;
	else {
		routes->unserved++;
		set_status(routes, EXIT_ERRORS);
	}
	if (routes->count)
		return 0;
	return routes->table ? show_row(routes->table, selector, destination)
			     : show_line(selector, length, destination);
}

static int route_lines(struct routes *routes, FILE *stream)
{
	_cleanup_free_ char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	int r = 0;

	for (size_t number = 1; r == 0; number++) {
		length = getline(&line, &capacity, stream);
		if (length < 0)
			return ferror(stream) ? -EIO : feof(stream) ? 0 : -ENOMEM;
		while (length > 0 && strchr("\r\n", line[length - 1]))
			line[--length] = 0;
		if (length)
			r = route_one(routes, line, (size_t)length, number);
	}
	return r;
}

/* --- how many ---------------------------------------------------------------------------- */

/* Per cent with two decimals, rounded half up. */
static int set_share(struct table *table, const struct options *options, size_t part, size_t whole)
{
	unsigned long long hundredths =
		whole ? ((unsigned long long)part * 20000 + whole) / (2ULL * whole) : 0;

	return table_setf(table, COUNT_SHARE, "%llu.%02llu%s", hundredths / 100, hundredths % 100,
			  options->style.json ? "" : "%");
}

static int add_count(const struct routes *routes, const struct options *options,
		     const char *instance, const char *name, size_t accounts)
{
	int r = table_add_row(routes->table);

	if (r == 0)
		r = table_set(routes->table, COUNT_INSTANCE, instance);
	if (r == 0)
		r = table_set(routes->table, COUNT_NAME, name);
	if (r == 0)
		r = table_setf(routes->table, COUNT_ACCOUNTS, "%zu", accounts);
	return r < 0 ? r : set_share(routes->table, options, accounts, routes->accounts);
}

/* Every instance of this machine, one that serves nothing too. */
static int add_instance_counts(const struct routes *routes, const struct options *options)
{
	const struct view *view = &routes->view;
	_cleanup_free_ size_t *accounts = calloc(view->n_instances + 1, sizeof(*accounts));
	int r = 0;

	if (!accounts)
		return -ENOMEM;
	for (size_t rank = 0; rank < view->n_ranked; rank++)
		if (routes->destinations[rank].owner)
			accounts[routes->destinations[rank].owner - view->instances] +=
				routes->destinations[rank].accounts;
	for (size_t i = 0; r == 0 && i < view->n_instances; i++) {
		const struct value *name = &view->instances[i].instance->settings.name;
		_cleanup_free_ char *shown = NULL;

		if (value_is_good(name))
			r = set_excerpt(&shown, name->text);
		if (r == 0)
			r = add_count(routes, options, view->instances[i].instance->name, shown,
				      accounts[i]);
	}
	return r;
}

static int compare_by_name(const void *a, const void *b)
{
	const struct destination *x = *(struct destination *const *)a;
	const struct destination *y = *(struct destination *const *)b;
	int r = strcmp(x->name, y->name);

	return r ? r : (x > y) - (x < y);
}

/* Backends of other machines that have one name are one row: the first takes over. */
static int merge_names(const struct routes *routes)
{
	size_t n_ranked = routes->view.n_ranked, n = 0;
	_cleanup_free_ struct destination **named = calloc(n_ranked + 1, sizeof(*named));
	struct destination *first = NULL;

	if (!named)
		return -ENOMEM;
	for (size_t rank = 0; rank < n_ranked; rank++)
		if (!routes->destinations[rank].owner && routes->destinations[rank].name)
			named[n++] = &routes->destinations[rank];
	if (n > 1)
		qsort(named, n, sizeof(struct destination *), compare_by_name);
	for (size_t i = 0; i < n; i++)
		if (!first || strcmp(first->name, named[i]->name) != 0)
			first = named[i];
		else {
			first->accounts += named[i]->accounts;
			named[i]->accounts = 0;
		}
	return 0;
}

/* Then the backends of other machines, and last what nobody serves. */
static int add_other_counts(const struct routes *routes, const struct options *options)
{
	int r = merge_names(routes);

	for (size_t rank = 0; r == 0 && rank < routes->view.n_ranked; rank++) {
		const struct destination *destination = &routes->destinations[rank];

		if (!destination->owner && destination->accounts)
			r = add_count(routes, options, NULL, destination->name,
				      destination->accounts);
	}
	return r < 0 ? r : add_count(routes, options, NULL, NULL, routes->unserved);
}

/* --- the command ------------------------------------------------------------------------- */

static int make_table(struct routes *routes, const struct options *options)
{
	if (routes->count)
		return table_new("routes", count_columns, ELEMENTSOF(count_columns),
				 &options->style, &routes->table);
	if (!options->style.json)
		return 0;
	return table_new("routes", route_columns, ELEMENTSOF(route_columns), &options->style,
			 &routes->table);
}

static int route(struct routes *routes, const struct options *options, int argc, char **argv)
{
	int r;

	r = find_destinations(routes);
	if (r == 0)
		r = make_table(routes, options);
	for (int i = 0; r == 0 && i < argc; i++)
		r = route_one(routes, argv[i], strlen(argv[i]), 0);
	if (r == 0 && !argc)
		r = route_lines(routes, stdin);
	if (r == 0 && routes->count)
		r = add_instance_counts(routes, options);
	if (r == 0 && routes->count)
		r = add_other_counts(routes, options);
	return r < 0 || !routes->table ? r : table_print(routes->table);
}

int command_route(const struct options *options, int argc, char **argv)
{
	_cleanup_(installation_done) struct installation installation = {};
	_cleanup_(routes_done) struct routes routes = {.count = options->count};
	int r;

	if (!options->count && (options->style.noheadings || options->style.raw ||
				(options->style.columns && !options->style.json)))
		return report_usage("-o, --noheadings and --raw are for the table of --count");
	r = command_load(options, LOAD_BALANCER_ALONE, &installation);
	if (r != EXIT_GOOD)
		return r;
	if (!installation.load_balancer_usable) {
		fprintf(stderr, "sipisctl: %s, so there are no routes\n",
			installation.has_load_balancer
				? "the load balancer settings can't be used (sipisctl check "
				  "says why)"
				: "there are no load balancer settings " LOADBALANCER_SETTINGS);
		return EXIT_FAILED;
	}
	r = view_make(&installation, options->app_id, &routes.view);
	if (r == 0)
		r = route(&routes, options, argc, argv);
	if (r == -EINVAL)
		return EXIT_USAGE;
	return r < 0 ? report_failure("route", r) : routes.status;
}
