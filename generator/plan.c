/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drop-in.h"
#include "installation/unit-names.h"

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		free(plan->units[i].name);
		free(plan->units[i].drop_in);
	}
	free(plan->units);
	*plan = (struct plan){};
}

/* Add a unit; `instance` NULL: the umbrella. */
static int plan_add(struct plan *plan, const struct instance *instance)
{
	struct plan_unit *unit = &plan->units[plan->n];

	unit->name = strdup(instance ? instance_unit(instance->name).text : UMBRELLA_UNIT);
	if (!unit->name)
		return -ENOMEM;

	plan->n++;
	unit->wanted = instance != NULL;
	if (instance)
		(void)drop_in_for_instance(instance, &unit->drop_in); /* NULL on OOM */
	else
		(void)drop_in_for_umbrella(&unit->drop_in);
	return 0;
}

int plan_make(const struct installation *installation, struct plan *ret_plan)
{
	_cleanup_(plan_done) struct plan plan = {};
	int r;

	if (!installation->has_confdir) {
		*ret_plan = plan;
		return 0;
	}

	plan.units = calloc(installation->n_instances + 1, sizeof(*plan.units));
	if (!plan.units)
		return -ENOMEM;
	r = plan_add(&plan, NULL);
	if (r < 0)
		return r;
	for (size_t i = 0; i < installation->n_instances; i++) {
		if (!installation->instances[i].valid_name)
			continue;
		r = plan_add(&plan, &installation->instances[i]);
		if (r < 0)
			return r;
	}
	*ret_plan = TAKE_STRUCT(plan);
	return 0;
}

/* --- printing ---------------------------------------------------------------------------- */

/* A path of the output: a file with content, or a link. */
struct entry {
	char *path;          /* owned */
	const char *content; /* borrowed; NULL: a link to the template */
};

struct entries {
	struct entry *items; /* owned */
	size_t n;
};

static void entries_done(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->items[i].path);
	free(entries->items);
}

static int entries_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int entries_add(struct entries *entries, const char *directory, const char *suffix,
		       const char *name, const char *content)
{
	struct entry *entry = &entries->items[entries->n];

	if (asprintf(&entry->path, "%s%s/%s", directory, suffix, name) < 0)
		return -ENOMEM;
	entry->content = content;
	entries->n++;
	return 0;
}

static int entries_collect(struct entries *entries, const struct plan *plan)
{
	entries->items = calloc(plan->n * 2 + 1, sizeof(*entries->items));
	if (!entries->items)
		return -ENOMEM;

	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_unit *unit = &plan->units[i];
		int r;

		if (!unit->drop_in)
			return -ENOMEM;
		r = entries_add(entries, unit->name, ".d", GENERATED_DROP_IN, unit->drop_in);
		if (r < 0)
			return r;
		if (!unit->wanted)
			continue;
		r = entries_add(entries, UMBRELLA_UNIT, ".wants", unit->name, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

int plan_print(const struct plan *plan)
{
	_cleanup_(entries_done) struct entries entries = {};
	int r;

	r = entries_collect(&entries, plan);
	if (r < 0)
		return r;

	qsort(entries.items, entries.n, sizeof(*entries.items), entries_compare);
	for (size_t i = 0; i < entries.n; i++) {
		const struct entry *entry = &entries.items[i];

		if (entry->content)
			printf("# %s\n%s\n", entry->path, entry->content);
		else
			printf("# %s -> %s/" TEMPLATE_UNIT "\n\n", entry->path, SYSTEM_UNIT_DIR);
	}
	return 0;
}
