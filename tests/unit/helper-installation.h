/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Installations made of strings, without a disk. */

#include <stdio.h>

#include "helper-xml.h"
#include "installation/installation.h"
#include "installation/rules.h"
#include "installation/scan.h"
#include "util/digest.h"

struct settings_file {
	const char *file, *text;
};

/* As loading does it: files in the order in which they are given, read and not judged. */
static inline void install(struct installation *installation, const struct settings_file *files,
			   size_t n)
{
	struct xml *xml = xml_new();

	assert_non_null(xml);
	*installation = (struct installation){.has_confdir = true, .n_instances = n};
	installation->instances = calloc(n + 1, sizeof(*installation->instances));
	assert_non_null(installation->instances);
	for (unsigned i = 0; i < n; i++) {
		struct instance *instance = &installation->instances[i];
		const char *text = files[i].file + strlen("Settings");
		size_t length = strlen(text) - strlen(".xml");

		instance->file = strdup(files[i].file);
		instance->name = length ? strndup(text, length) : strdup(INSTANCE_DEFAULT);
		assert_true(instance->file && instance->name);
		instance->valid_name = instance_name_is_valid(instance->name);
		instance->source =
			source_of(files[i].file, i, files[i].text, strlen(files[i].text));
		instance->source->digest = digest(files[i].text, strlen(files[i].text));
		instance->parsed = instance->valid_name &&
				   xml_parse(xml, instance->source, &settings_grammar,
					     &instance->settings, &installation->diagnostics) > 0;
		if (!instance->parsed)
			instance->settings = (struct settings){};
	}
	xml_free(xml);
}

/* All rules, and who is refused. */
static inline void judge(struct installation *installation)
{
	assert_int_equal(rules_apply(installation, &installation->diagnostics), 0);
	diagnostics_sort(&installation->diagnostics);
	installation_set_first_errors(installation);
}
