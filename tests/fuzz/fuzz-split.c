/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Any bytes as an installation that is to be split: what is proposed can be read, is that many
 * instances, keeps the realms, and is in nothing else another than what it is made from. The input
 * is a record of four bytes, which are the options, and the files.
 */

#include <string.h>

#include "document.h"
#include "findings.h"
#include "fuzz.h"
#include "records.h"
#include "same.h"
#include "sipisctl/proposal/proposal.h"

static struct split_options options_of(const struct record *record)
{
	static const uint32_t imbalances[] = {0, 1000, 5000, 100000};
	unsigned char bytes[4] = {};

	memcpy(bytes, record->data, record->size < sizeof(bytes) ? record->size : sizeof(bytes));
	return (struct split_options){
		.n = 1 + bytes[0] % 9,
		.steps = {(signed char)bytes[1] ?: 1, (signed char)bytes[2] ?: 1},
		.max_imbalance = imbalances[bytes[3] % ELEMENTSOF(imbalances)],
	};
}

/* --- nothing else is changed ------------------------------------------------------------- */

static bool is_root(const xmlNode *node)
{
	return node && node->parent && node->parent->type == XML_DOCUMENT_NODE;
}

static bool settings_attribute_is_free(const xmlNode *element, const char *attribute)
{
	static const struct {
		const char *element, *attribute;
	} edited[] = {
		{"Server", "Name"},
		{"Server", "Port"},
		{"Server", "Realm"},
		{"Server", "FilterInstancesAccordingToLoadBalancer2BackendSection"},
		{"HttpServer", "Port"},
		{"Lock", "FileName"},
		{"Log", "FileName"},
		{"Log", "InstanceFileName"},
	};

	for (size_t i = 0; is_root(element->parent) && i < ELEMENTSOF(edited); i++)
		if (!strcmp((const char *)element->name, edited[i].element) &&
		    !strcmp(attribute, edited[i].attribute))
			return true;
	return false;
}

static bool backend_attribute_is_free(const xmlNode *element, const char *attribute)
{
	return false;
}

/* What stands in a Backend beside what is no backend: elements come and go with their comments. */
static bool backend_is_free(const xmlNode *node)
{
	if (!is_root(node->parent ? node->parent->parent : NULL) &&
	    !(node->parent && is_root(node->parent)))
		return false;
	if (strcmp((const char *)node->parent->name, "Backend") != 0)
		return false;
	return node->type == XML_TEXT_NODE || node->type == XML_COMMENT_NODE ||
	       (node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, "Sipis"));
}

static void check_rest(const struct source *source, const struct proposed_file *file)
{
	static const struct same settings = {settings_attribute_is_free, NULL};
	static const struct same load_balancer = {backend_attribute_is_free, backend_is_free};
	xmlDocPtr before = document_tree(source->data, source->size);
	xmlDocPtr after = document_tree(file->data, file->size);

	CHECK(before && after);
	check_same_trees(file->name ? &settings : &load_balancer, before, after);
	xmlFreeDoc(before);
	xmlFreeDoc(after);
}

static void check_files(const struct installation *installation, const struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->n; i++) {
		const struct proposed_file *file = &proposal->files[i];
		const struct source *source = installation->load_balancer_source;

		for (size_t j = 0; file->name && j < installation->n_instances; j++)
			if (!strcmp(installation->instances[j].file, file->made_from))
				source = installation->instances[j].source;
		check_rest(source, file);
	}
}

/* --- what is wanted is there ------------------------------------------------------------- */

static const char *realm_of(const struct instance *instance)
{
	const struct settings *settings = &instance->settings;

	return settings->realm.text && *settings->realm.text ? settings->realm.text
							     : settings->name.text;
}

static bool realm_is_of_one(const struct installation *installation, const char *realm)
{
	for (size_t i = 0; i < installation->n_instances; i++)
		if (!strcmp(realm_of(&installation->instances[i]), realm))
			return true;
	return false;
}

static void check_instances(const struct installation *before, const struct installation *after,
			    const struct split_options *options)
{
	CHECK(after->n_instances == options->n);
	for (size_t i = 0; i < after->n_instances; i++) {
		const struct instance *instance = &after->instances[i];

		CHECK(instance->valid_name && instance->parsed);
		CHECK(realm_is_of_one(before, realm_of(instance)));
		CHECK(options->n == 1 || instance->settings.filter.yes);
	}
}

static bool is_clean(const struct installation *installation)
{
	return diagnostics_count(&installation->diagnostics, SEVERITY_ERROR) == 0;
}

/* What a split must never make of an installation that has no error: accounts that nobody has. */
static void check_selectors(const struct installation *after)
{
	for (size_t i = 0; i < after->diagnostics.n; i++) {
		enum diagnostic_code code = after->diagnostics.items[i].code;

		CHECK(code != DIAGNOSTIC_PREFIX_GAP && code != DIAGNOSTIC_PREFIX_OVERLAP);
		CHECK(code != DIAGNOSTIC_BAD_PREFIX && code != DIAGNOSTIC_DANGLING_BACKEND);
		CHECK(code != DIAGNOSTIC_NOT_IN_BACKEND && code != DIAGNOSTIC_MISSING_ATTRIBUTE);
	}
}

static void check_proposal(const struct installation *before, const struct proposal *proposal,
			   const struct split_options *options)
{
	const struct root root = {.prefix = (char *)"", .fd = -1};
	struct installation after;

	check_files(before, proposal);
	CHECK(proposal_load(proposal, &root, &after) == 0);
	check_findings(&after.diagnostics);
	check_instances(before, &after, options);
	CHECK(after.load_balancer_usable == before->load_balancer_usable);
	if (is_clean(before) && before->load_balancer_usable)
		check_selectors(&after);
	installation_done(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct root root = {.prefix = (char *)"", .fd = -1};
	struct record rest = {(const char *)data, size}, record;
	struct installation installation;
	struct strbuf reason = STRBUF_INIT;
	struct split_options options;
	struct record_files files;
	struct proposal proposal;
	int r;

	if (!record_next(&rest, &record))
		return 0;
	options = options_of(&record);
	record_files_make(rest, &files);
	CHECK(load_planned(&root, files.files, files.n, &installation) == 0);
	r = proposal_make(&installation, &options, &proposal, &reason);
	CHECK(r == 0 || r == 1);
	if (r == 1) {
		check_proposal(&installation, &proposal, &options);
		proposal_done(&proposal);
	} else {
		CHECK(reason.length);
		check_shown(reason.text);
	}
	strbuf_done(&reason);
	installation_done(&installation);
	record_files_done(&files);
	return 0;
}
