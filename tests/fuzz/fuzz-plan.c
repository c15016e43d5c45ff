/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Any bytes as an installation of several files, from there to the plan: there is a unit for every
 * valid name, and nothing in its drop-in that is not to be there.
 */

#include <string.h>

#include "../../generator/plan.h"
#include "findings.h"
#include "fuzz.h"
#include "installation/unit-names.h"
#include "records.h"
#include "unit-file.h"

static const struct planned_file *find_file(const struct record_files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (files->files[i].name && !strcmp(files->files[i].name, name))
			return &files->files[i];
	return NULL;
}

static bool has_error(const struct installation *installation, const struct source *source)
{
	const struct diagnostics *diagnostics = &installation->diagnostics;

	for (size_t i = 0; i < diagnostics->n; i++)
		if (diagnostics->items[i].place.source == source &&
		    diagnostic_severity(&diagnostics->items[i]) == SEVERITY_ERROR)
			return true;
	return false;
}

/* Every file is an instance, judged from its own bytes; refused is who has an error. */
static void check_instances(const struct installation *installation,
			    const struct record_files *files)
{
	size_t n = 0;

	for (size_t i = 0; i < files->n; i++)
		n += files->files[i].name != NULL;
	CHECK(installation->n_instances == n);
	for (size_t i = 0; i < n; i++) {
		const struct instance *instance = &installation->instances[i];
		const struct planned_file *file = find_file(files, instance->file);

		CHECK(file);
		CHECK(!instance->source->data ||
		      (instance->source->size == file->size &&
		       !memcmp(instance->source->data, file->data, file->size)));
		CHECK((instance->first_error != NULL) == has_error(installation, instance->source));
		CHECK(instance->parsed || instance->first_error);
	}
}

static void check_plan(const struct installation *installation, const struct plan *plan)
{
	size_t n = 1;

	CHECK(plan->n >= 1 && !strcmp(plan->units[0].name, UMBRELLA_UNIT));
	check_drop_in(plan->units[0].drop_in, NULL, false);
	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];
		const struct plan_unit *unit = &plan->units[n];
		char *name = NULL;

		if (!instance->valid_name)
			continue;
		CHECK(n++ < plan->n);
		CHECK(asprintf(&name, "sipis@%s.service", instance->name) >= 0);
		CHECK(!strcmp(unit->name, name) && unit->wanted);
		CHECK(strlen(name) + strlen(".d") <= 255);
		check_drop_in(unit->drop_in, instance->name, instance->first_error != NULL);
		free(name);
	}
	CHECK(n == plan->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct root root = {.prefix = (char *)"", .fd = -1};
	struct installation installation;
	struct record_files files;
	struct plan plan;

	record_files_make((struct record){(const char *)data, size}, &files);
	CHECK(load_planned(&root, files.files, files.n, &installation) == 0);
	check_findings(&installation.diagnostics);
	check_instances(&installation, &files);
	CHECK(plan_make(&installation, &plan) == 0);
	check_plan(&installation, &plan);
	plan_done(&plan);
	installation_done(&installation);
	record_files_done(&files);
	return 0;
}
