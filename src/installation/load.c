/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/load.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "document/read.h"
#include "document/xml.h"
#include "installation/rules.h"
#include "installation/scan.h"
#include "installation/split-state.h"
#include "util/heap.h"

/* In listings the load balancer's file stands behind all settings files; behind it is what is no
 * settings file, and last what belongs to the machine. */
#define LOAD_BALANCER_ORDER (UINT_MAX - 2)
#define SPLIT_STATE_ORDER   (UINT_MAX - 1)

/* Bytes that a usual settings file needs, its backend and unit included: measured, a little less.
 */
#define INSTANCE_MEMORY 1450

/* What loading needs on its way. */
struct loader {
	const struct root *root;
	enum load_flags flags;
	struct installation *installation;
	struct xml *xml; /* made when there is something to parse */
	size_t budget;

	const struct planned_file *planned; /* NULL: files are read */
	size_t n_planned;
};

/* `name` NULL: the load balancer's. */
static const struct planned_file *find_planned(const struct loader *loader, const char *name)
{
	for (size_t i = 0; i < loader->n_planned; i++) {
		const char *other = loader->planned[i].name;

		if (name && other ? !strcmp(name, other) : name == other)
			return &loader->planned[i];
	}
	return NULL;
}

/* A file to load, and what it fills. All is borrowed. */
struct document {
	const char *name; /* NULL: the load balancer's */
	int directory;    /* its own, which says that it is a regular file; or -1 */
	struct source *source;
	const struct grammar *grammar;
	void *record;
};

/* The bytes of a file: 1, 0 or a negative errno, as read_source() has it. */
static int read_document(struct loader *loader, const struct document *document)
{
	const char *path = document->source->path + strlen(loader->root->prefix);
	struct diagnostics *diagnostics = &loader->installation->diagnostics;
	const struct planned_file *file;

	if (!loader->planned)
		return read_source(loader->root, path, document->directory, document->source,
				   &loader->budget, diagnostics);
	file = find_planned(loader, document->name);
	return file ? read_bytes(file->data, file->size, document->source, &loader->budget,
				 diagnostics)
		    : -ENOENT;
}

/*
 * Read a file below the tree and parse it. 1: its record holds what it says; 0: the finding that
 * says why not was added; negative errno.
 */
static int load_document(struct loader *loader, const struct document *document)
{
	struct source *source = document->source;
	int r;

	r = read_document(loader, document);
	if (r <= 0)
		return r;
	if (!loader->xml)
		loader->xml = xml_new();
	if (!loader->xml)
		return -ENOMEM;
	r = xml_parse(loader->xml, source, document->grammar, document->record,
		      &loader->installation->diagnostics);
	if (loader->flags & LOAD_FORGETS_BYTES)
		source_forget_bytes(source, r > 0 ? source->tags_end : source->size);
	return r;
}

static int new_source(const struct loader *loader, const char *path, const char *file,
		      unsigned order, struct source **ret_source)
{
	_cleanup_free_ char *shown = root_path(loader->root, path, file);

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

static int load_instance(struct loader *loader, unsigned order, int directory)
{
	struct instance *instance = &loader->installation->instances[order];
	struct document document = {
		.name = instance->file,
		.directory = directory,
		.grammar = &settings_grammar,
		.record = &instance->settings,
	};
	int r;

	r = new_source(loader, SIPIS_CONFDIR "/", instance->file, order, &instance->source);
	if (r < 0)
		return r;
	if (!instance->valid_name)
		return reject_name(loader, instance);
	document.source = instance->source;
	r = load_document(loader, &document);
	if (r == 0)
		instance->settings = (struct settings){};
	instance->parsed = r > 0;
	return r;
}

static bool load_balancer_exists(const struct loader *loader)
{
	struct stat st;

	if (loader->planned)
		return find_planned(loader, NULL) != NULL;
	return root_stat(loader->root, LOADBALANCER_SETTINGS, &st) != -ENOENT;
}

/*
 * Without instances it is nobody's business, and where the load is not split it may be missing:
 * that is for the rules to say.
 */
static int load_load_balancer(struct loader *loader)
{
	struct installation *installation = loader->installation;
	struct document document = {
		.directory = -1,
		.grammar = &load_balancer_grammar,
		.record = &installation->load_balancer,
	};
	int r;

	if (!installation->n_instances && !(loader->flags & LOAD_BALANCER_ALONE))
		return 0;
	r = new_source(loader, LOADBALANCER_SETTINGS, "", LOAD_BALANCER_ORDER,
		       &installation->load_balancer_source);
	if (r < 0)
		return r;
	if (!load_balancer_exists(loader))
		return 0;
	installation->has_load_balancer = true;
	if (load_balancer_expect(&installation->load_balancer, installation->n_instances) < 0)
		return -ENOMEM;
	document.source = installation->load_balancer_source;
	r = load_document(loader, &document);
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
	for (size_t i = 0; i < scan->n; i++) {
		struct instance *instance = &installation->instances[i];
		struct scan_entry *entry = &scan->entries[i];

		instance->name = TAKE_PTR(entry->instance);
		instance->file = TAKE_PTR(entry->file);
		instance->valid_name = entry->valid;
	}
	installation->n_instances = scan->n;
	return 0;
}

static int scan_planned(const struct loader *loader, struct scan *scan)
{
	for (size_t i = 0; i < loader->n_planned; i++) {
		const char *name = loader->planned[i].name;
		int r = name ? scan_add(scan, name) : 0;

		if (r < 0)
			return r;
	}
	scan_sort(scan);
	return 0;
}

static int load_instances(struct loader *loader)
{
	_cleanup_(scan_done) struct scan scan = {};
	int r;

	r = loader->planned ? scan_planned(loader, &scan)
			    : scan_settings(loader->root, SIPIS_CONFDIR, &scan);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	loader->installation->has_confdir = true;
	heap_prepare(scan.n * INSTANCE_MEMORY);
	r = take_names(loader->installation, &scan);
	for (unsigned i = 0; r >= 0 && i < loader->installation->n_instances; i++)
		r = load_instance(loader, i, scan.entries[i].regular ? dirfd(scan.directory) : -1);
	return r;
}

/* A mixture of old and new settings must not run in silence, nor one that is not to be told. */
static int check_interrupted_split(struct loader *loader)
{
	struct installation *installation = loader->installation;
	struct place place;
	int interrupted, r;

	if (loader->planned || !installation->has_confdir)
		return 0;
	interrupted = split_is_interrupted(loader->root);
	if (interrupted == 0 || interrupted == -ENOMEM)
		return interrupted;
	r = new_source(loader, SPLIT_STATE_DIRECTORY, "", SPLIT_STATE_ORDER,
		       &installation->split_state_source);
	if (r < 0)
		return r;
	place = place_of_file(installation->split_state_source);
	if (interrupted < 0)
		return diagnostics_add(&installation->diagnostics, DIAGNOSTIC_INTERRUPTED_SPLIT,
				       &place, NULL,
				       "whether a split was interrupted can't be told: %s",
				       strerrordesc_np(-interrupted));
	return diagnostics_add(
		&installation->diagnostics, DIAGNOSTIC_INTERRUPTED_SPLIT, &place, NULL,
		"a split was interrupted, and the settings are a mixture: \"sipisctl "
		"split --resume\" finishes it, \"sipisctl split --undo\" takes it "
		"back");
}

static void loader_done(struct loader *loader)
{
	if (loader->xml)
		xml_free(loader->xml);
}

static int load(struct loader *loader)
{
	struct installation *installation = loader->installation;
	int r;

	r = load_instances(loader);
	if (r < 0)
		return r;
	r = load_load_balancer(loader);
	if (r < 0)
		return r;
	r = check_interrupted_split(loader);
	if (r < 0)
		return r;
	r = installation_index(installation);
	if (r < 0)
		return r;
	r = rules_apply(installation, &installation->diagnostics);
	if (r < 0)
		return r;
	diagnostics_sort(&installation->diagnostics);
	installation_refuse(installation);
	return 0;
}

static int load_with(struct loader *loader, struct installation *ret_installation)
{
	_cleanup_(installation_done) struct installation installation = {};
	int r;

	loader->installation = &installation;
	loader->budget = READ_TOTAL_MAX;
	r = load(loader);
	loader->installation = NULL;
	if (r < 0)
		return r;
	*ret_installation = installation;
	installation = (struct installation){};
	return 0;
}

int load_installation(const struct root *root, enum load_flags flags,
		      struct installation *ret_installation)
{
	_cleanup_(loader_done) struct loader loader = {.root = root, .flags = flags};

	return load_with(&loader, ret_installation);
}

int load_planned(const struct root *root, const struct planned_file *files, size_t n_files,
		 struct installation *ret_installation)
{
	_cleanup_(loader_done) struct loader loader = {
		.root = root,
		.planned = files,
		.n_planned = n_files,
	};

	return load_with(&loader, ret_installation);
}
