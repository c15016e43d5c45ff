/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl list: a table of the instances. */

#include <errno.h>
#include <stdio.h>

#include "sipisctl/command.h"
#include "sipisctl/show/assignment.h"
#include "sipisctl/show/instance-columns.h"

static int list_add_rows(struct table *table, const struct assignment *assignment,
			 const struct selection *selection)
{
	for (size_t i = 0; i < assignment->n_instances; i++) {
		const struct assigned_instance *instance = &assignment->instances[i];
		int r;

		if (!selection_has(selection,
				   instance_index(assignment->installation, instance->instance)))
			continue;
		r = table_add_row(table);
		if (r < 0)
			return r;
		r = instance_columns_set(table, assignment, instance);
		if (r < 0)
			return r;
	}
	return 0;
}

static int list_selected(const struct options *options, const struct installation *installation,
			 const struct selection *selection)
{
	_cleanup_(assignment_done) struct assignment assignment = {};
	_cleanup_(table_freep) struct table *table = NULL;
	int r;

	r = table_new("instances", instance_columns, CELL_COUNT, &options->style, &table);
	if (r == -EINVAL)
		return EXIT_USAGE;
	if (r < 0)
		return report_failure("list", r);

	r = assignment_make(installation, options->app_id, &assignment);
	if (r < 0)
		return report_failure("list", r);
	report_bad_prefix(options, &assignment);
	r = list_add_rows(table, &assignment, selection);
	if (r < 0)
		return report_failure("list", r);
	r = table_print(table);
	return r < 0 ? report_failure("list", r) : EXIT_GOOD;
}

int list_installation(const struct options *options, const struct installation *installation)
{
	static const struct selection all = {};

	return list_selected(options, installation, &all);
}

int command_list(const struct options *options, int argc, char **argv)
{
	_cleanup_(installation_done) struct installation installation = {};
	_cleanup_(selection_done) struct selection selection = {};
	int r;

	if (command_load(options, 0, &installation) != EXIT_GOOD)
		return EXIT_FAILED;
	r = command_select(&installation, argc, argv, &selection);
	if (r != EXIT_GOOD)
		return r;

	if (!installation_count(&installation))
		report_no_instances(options, &installation);
	/* What clashes with these is unknown, and so are prefixes without the load balancer's. */
	(void)report_unreadable(&installation);
	return list_selected(options, &installation, &selection);
}

void list_print_columns(void)
{
	table_print_columns("Columns", instance_columns, CELL_COUNT);
}
