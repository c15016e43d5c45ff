/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drop-in.h"
#include "installation/scan.h"

static void unit_done(struct plan_unit *unit)
{
	free(unit->name);
	free(unit->drop_in);
}

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		unit_done(&plan->units[i]);
	free(plan->units);
	*plan = (struct plan){};
}

/* `instance` NULL: the umbrella. */
static int use_unit(const struct instance *instance,
		    int (*use)(const struct plan_unit *unit, void *userdata), void *userdata)
{
	char name[sizeof("sipis@.service") + INSTANCE_LENGTH_MAX] = PLAN_UMBRELLA;
	_cleanup_free_ char *drop_in = NULL;
	int r;

	if (instance)
		stpcpy(stpcpy(stpcpy(name, "sipis@"), instance->name), ".service");
	r = instance ? drop_in_for_instance(instance, &drop_in) : drop_in_for_umbrella(&drop_in);
	return use(&(const struct plan_unit){name, r < 0 ? NULL : drop_in, instance != NULL},
		   userdata);
}

int plan_each(const struct installation *installation,
	      int (*use)(const struct plan_unit *unit, void *userdata), void *userdata)
{
	int r;

	if (!installation->has_confdir)
		return 0;
	r = use_unit(NULL, use, userdata);
	for (size_t i = 0; r >= 0 && i < installation->n_instances; i++)
		if (installation->instances[i].valid_name)
			r = use_unit(&installation->instances[i], use, userdata);
	return r;
}

static int keep_unit(const struct plan_unit *unit, void *userdata)
{
	struct plan *plan = userdata;
	struct plan_unit kept = {.wanted = unit->wanted};

	if (unit->drop_in) {
		kept.name = strdup(unit->name);
		kept.drop_in = strdup(unit->drop_in);
	}
	if (!kept.name || !kept.drop_in) {
		unit_done(&kept);
		return -ENOMEM;
	}
	plan->units[plan->n++] = kept;
	return 0;
}

int plan_make(const struct installation *installation, struct plan *ret_plan)
{
	_cleanup_(plan_done) struct plan plan = {};
	int r;

	plan.units = calloc(installation->n_instances + 1, sizeof(*plan.units));
	r = plan.units ? plan_each(installation, keep_unit, &plan) : -ENOMEM;
	if (r < 0)
		return r;
	*ret_plan = plan;
	plan = (struct plan){};
	return 0;
}

/* --- shown ------------------------------------------------------------------------------- */

/* One path of the output: a file with content, or a link. */
struct entry {
	char *path;
	const char *content; /* NULL: a link to the template */
};

struct entries {
	struct entry *items;
	size_t n;
};

static void entries_done(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->items[i].path);
	free(entries->items);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int collect_entries(const struct plan *plan, struct entries *entries)
{
	entries->items = calloc(plan->n * 2 + 1, sizeof(*entries->items));
	if (!entries->items)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_unit *unit = &plan->units[i];
		struct entry *entry = &entries->items[entries->n];

		if (asprintf(&entry->path, "%s.d/%s", unit->name, PLAN_DROPIN_NAME) < 0)
			return -ENOMEM;
		entry->content = unit->drop_in;
		entries->n++;
		if (!unit->wanted)
			continue;
		entry = &entries->items[entries->n];
		if (asprintf(&entry->path, "%s.wants/%s", PLAN_UMBRELLA, unit->name) < 0)
			return -ENOMEM;
		entries->n++;
	}
	return 0;
}

int plan_print(const struct plan *plan)
{
	_cleanup_(entries_done) struct entries entries = {};
	int r;

	r = collect_entries(plan, &entries);
	if (r < 0)
		return r;
	if (entries.n > 1)
		qsort(entries.items, entries.n, sizeof(*entries.items), compare_entries);
	for (size_t i = 0; i < entries.n; i++)
		if (entries.items[i].content)
			printf("# %s\n%s\n", entries.items[i].path, entries.items[i].content);
		else
			printf("# %s -> %s/%s\n\n", entries.items[i].path, SYSTEM_UNIT_DIR,
			       PLAN_TEMPLATE);
	return 0;
}
