/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "read.h"
#include "rules.h"
#include "scan.h"
#include "xml.h"

/* In listings the load balancer's file stands behind all settings files; behind it is what
 * belongs to no file. */
#define LOAD_BALANCER_ORDER (UINT_MAX - 1)

/* What loading needs on its way. */
struct loader {
	const struct root *root;
	enum load_flags flags;
	struct installation *installation;
	struct xml *xml; /* made when there is something to parse */
	size_t budget;
};

/*
 * Read a file below the tree and parse it. 1: `document` holds what it says; 0: the finding that
 * says why not was added; negative errno.
 */
static int load_document(struct loader *loader, const char *path, struct source *source,
			 const struct grammar *grammar, void *document)
{
	int r;

	r = read_source(loader->root, path, source, &loader->budget,
			&loader->installation->diagnostics);
	if (r <= 0)
		return r;
	if (!loader->xml)
		loader->xml = xml_new();
	if (!loader->xml)
		return -ENOMEM;
	return xml_parse(loader->xml, source, grammar, document,
			 &loader->installation->diagnostics);
}

static int new_source(const struct loader *loader, const char *path, unsigned order,
		      struct source **ret_source)
{
	_cleanup_free_ char *shown = root_path(loader->root, path);

	return shown ? source_new(shown, order, ret_source) : -ENOMEM;
}

static int reject_name(struct loader *loader, const struct instance *instance)
{
	struct place place = place_of_file(instance->source);

	return diagnostics_add(
		&loader->installation->diagnostics, DIAGNOSTIC_BAD_INSTANCE_NAME, &place, NULL,
		"this file can't be an instance: between Settings and .xml may "
		"stand 1 to %d of A-Z a-z 0-9 : _ . - and not \"" INSTANCE_DEFAULT "\"",
		INSTANCE_LENGTH_MAX);
}

static int load_instance(struct loader *loader, unsigned order)
{
	struct instance *instance = &loader->installation->instances[order];
	_cleanup_free_ char *path = NULL;
	int r;

	if (asprintf(&path, "%s/%s", SIPIS_CONFDIR, instance->file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = new_source(loader, path, order, &instance->source);
	if (r < 0)
		return r;
	if (!instance->valid_name)
		return reject_name(loader, instance);
	r = load_document(loader, path, instance->source, &settings_grammar, &instance->settings);
	if (r == 0)
		settings_done(&instance->settings);
	instance->parsed = r > 0;
	return r;
}

/*
 * Without instances it is nobody's business, and where the load is not split it may be missing:
 * that is for the rules to say.
 */
static int load_load_balancer(struct loader *loader)
{
	struct installation *installation = loader->installation;
	struct stat st;
	int r;

	if (!installation->n_instances && !(loader->flags & LOAD_BALANCER_ALONE))
		return 0;
	r = new_source(loader, LOADBALANCER_SETTINGS, LOAD_BALANCER_ORDER,
		       &installation->load_balancer_source);
	if (r < 0)
		return r;
	if (root_stat(loader->root, LOADBALANCER_SETTINGS, &st) == -ENOENT)
		return 0;
	installation->has_load_balancer = true;
	r = load_document(loader, LOADBALANCER_SETTINGS, installation->load_balancer_source,
			  &load_balancer_grammar, &installation->load_balancer);
	if (r == 0)
		load_balancer_done(&installation->load_balancer);
	installation->load_balancer_usable = r > 0;
	return r;
}

/* Instances take over what the scan found. */
static int take_names(struct installation *installation, struct scan *scan)
{
	installation->instances = calloc(scan->n + 1, sizeof(*installation->instances));
	if (!installation->instances)
		return -ENOMEM;
	for (size_t i = 0; i < scan->n; i++)
		installation->instances[i] = (struct instance){
			.name = TAKE_PTR(scan->entries[i].instance),
			.file = TAKE_PTR(scan->entries[i].file),
			.valid_name = scan->entries[i].valid,
		};
	installation->n_instances = scan->n;
	return 0;
}

static int load_instances(struct loader *loader)
{
	_cleanup_(scan_done) struct scan scan = {};
	int r;

	r = scan_settings(loader->root, SIPIS_CONFDIR, &scan);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	loader->installation->has_confdir = true;
	r = take_names(loader->installation, &scan);
	for (unsigned i = 0; r >= 0 && i < loader->installation->n_instances; i++)
		r = load_instance(loader, i);
	return r;
}

static void loader_done(struct loader *loader)
{
	if (loader->xml)
		xml_free(loader->xml);
}

int load_installation(const struct root *root, enum load_flags flags,
		      struct installation *ret_installation)
{
	_cleanup_(installation_done) struct installation installation = {};
	_cleanup_(loader_done) struct loader loader = {
		.root = root,
		.flags = flags,
		.installation = &installation,
		.budget = READ_TOTAL_MAX,
	};
	int r;

	r = load_instances(&loader);
	if (r < 0)
		return r;
	r = load_load_balancer(&loader);
	if (r < 0)
		return r;
	r = installation_index(&installation);
	if (r < 0)
		return r;
	r = rules_apply(&installation, &installation.diagnostics);
	if (r < 0)
		return r;
	diagnostics_sort(&installation.diagnostics);
	installation_refuse(&installation);
	*ret_installation = installation;
	installation = (struct installation){};
	return 0;
}
