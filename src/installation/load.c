/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/load.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "document/read.h"
#include "document/xml.h"
#include "installation/rules-drift.h"
#include "installation/rules.h"
#include "installation/scan.h"
#include "installation/split-state.h"
#include "util/digest.h"
#include "util/escape.h"

/* The order of diagnostics: settings files, the load balancer's settings, the split's state. */
#define LOAD_BALANCER_ORDER (UINT_MAX - 2)
#define SPLIT_STATE_ORDER   (UINT_MAX - 1)

struct loader {
	const struct root *root;
	enum load_flags flags;
	struct installation *installation;
	struct xml *xml; /* NULL until the first file is parsed */
	struct reader reader;

	const struct planned_file *planned; /* NULL: read files from disk */
	size_t n_planned;
};

/* Find a planned file, NULL if there is none. `name` NULL: the load balancer's settings. */
static const struct planned_file *planned_find(const struct loader *loader, const char *name)
{
	for (size_t i = 0; i < loader->n_planned; i++) {
		const char *other = loader->planned[i].name;

		if (name && other ? !strcmp(name, other) : name == other)
			return &loader->planned[i];
	}
	return NULL;
}

/* A file to load, and the record that it fills. All is borrowed. */
struct document {
	const char *name; /* NULL: the load balancer's settings */
	int directory;    /* its directory, if that reports a regular file; or -1 */
	struct source *source;
	const struct grammar *grammar;
	void *record;
	bool may_be_missing;
};

/* Read the bytes of a file. Return as read_source(). */
static int document_read(struct loader *loader, const struct document *document)
{
	const char *path = document->source->path + strlen(loader->root->prefix);
	struct diagnostics *diagnostics = &loader->installation->diagnostics;
	const struct planned_file *file;

	if (!loader->planned && document->may_be_missing)
		return read_source_if_exists(loader->root, path, document->source, &loader->reader,
					     diagnostics);
	if (!loader->planned)
		return read_source(loader->root, path, document->directory, document->source,
				   &loader->reader, diagnostics);

	file = planned_find(loader, document->name);
	if (!file)
		return -ENOENT;
	return read_bytes(file->data, file->size, document->source, &loader->reader, diagnostics);
}

/*
 * Read and parse a file. Return 1: its record is filled; 0: the diagnostic that says why not was
 * added; or a negative errno. -ENOENT: the file is missing, and may be.
 */
static int document_load(struct loader *loader, const struct document *document)
{
	int r;

	r = document_read(loader, document);
	if (r <= 0)
		return r;

	document->source->digest = digest(document->source->data, document->source->size);
	if (!loader->xml)
		loader->xml = xml_new();
	if (!loader->xml)
		return -ENOMEM;

	return xml_parse(loader->xml, document->source, document->grammar, document->record,
			 &loader->installation->diagnostics);
}

/* Create the source of `path` followed by `file`. Return 0 or -ENOMEM. */
static int loader_new_source(const struct loader *loader, const char *path, const char *file,
			     unsigned order, struct source **ret_source)
{
	_cleanup_free_ char *shown = root_path(loader->root, path, file);

	return shown ? source_new(shown, order, ret_source) : -ENOMEM;
}

static int instance_reject_name(struct loader *loader, const struct instance *instance)
{
	struct diagnostics *diagnostics = &loader->installation->diagnostics;
	struct place place = place_of_file(instance->source);
	size_t length = strlen(instance->name);

	if (!strcmp(instance->name, INSTANCE_DEFAULT))
		return diagnostics_add(diagnostics, DIAGNOSTIC_BAD_INSTANCE_NAME, &place, NULL,
				       "\"" INSTANCE_DEFAULT "\" is the instance of Settings.xml, "
				       "so this file cannot be one: rename it");

	if (length > INSTANCE_LENGTH_MAX)
		return diagnostics_add(diagnostics, DIAGNOSTIC_BAD_INSTANCE_NAME, &place, NULL,
				       "the name between \"Settings\" and \".xml\" has %zu bytes, "
				       "and at most %d are allowed: rename the file",
				       length, INSTANCE_LENGTH_MAX);

	return diagnostics_add(diagnostics, DIAGNOSTIC_BAD_INSTANCE_NAME, &place, NULL,
			       "the name \"%s\" between \"Settings\" and \".xml\" may have only "
			       "letters A-Z and a-z, digits and : _ . - in it: rename the file",
			       excerpt(instance->name).text);
}

static int instance_load(struct loader *loader, unsigned order, int directory)
{
	struct instance *instance = &loader->installation->instances[order];
	struct document document = {
		.name = instance->file,
		.directory = directory,
		.grammar = &settings_grammar,
		.record = &instance->settings,
	};
	int r;

	r = loader_new_source(loader, SIPIS_CONFDIR "/", instance->file, order, &instance->source);
	if (r < 0)
		return r;
	if (!instance->valid_name)
		return instance_reject_name(loader, instance);

	document.source = instance->source;
	r = document_load(loader, &document);
	if (r == 0) /* drop the part that was parsed before the error */
		instance->settings = (struct settings){};
	instance->parsed = r > 0;
	return r;
}

/* Without instances, the load balancer's settings are not needed. */
static int load_balancer_load(struct loader *loader)
{
	struct installation *installation = loader->installation;
	struct document document = {
		.directory = -1,
		.grammar = &load_balancer_grammar,
		.record = &installation->load_balancer,
		.may_be_missing = true,
	};
	int r;

	if (!installation->n_instances && !(loader->flags & LOAD_BALANCER_ALONE))
		return 0;

	r = loader_new_source(loader, LOADBALANCER_SETTINGS, "", LOAD_BALANCER_ORDER,
			      &installation->load_balancer_source);
	if (r < 0)
		return r;

	r = load_balancer_expect(&installation->load_balancer, installation->n_instances);
	if (r < 0)
		return r;

	document.source = installation->load_balancer_source;
	r = document_load(loader, &document);
	if (r <= 0) /* drop the part that was parsed before the error */
		load_balancer_done(&installation->load_balancer);
	if (r == -ENOENT)
		return 0;

	installation->has_load_balancer = true;
	installation->load_balancer_usable = r > 0;
	return r;
}

/* Move the names from the scan into new instances. */
static int instances_take_names(struct installation *installation, struct scan *scan)
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
	int r;

	for (size_t i = 0; i < loader->n_planned; i++) {
		if (!loader->planned[i].name)
			continue;
		r = scan_add(scan, loader->planned[i].name);
		if (r < 0)
			return r;
	}

	scan_sort(scan);
	return 0;
}

static int scan_files(struct loader *loader, struct scan *scan)
{
	int r;

	r = read_probe_directory(loader->root, SIPIS_CONFDIR, &loader->reader);
	if (r < 0)
		return r;
	return scan_settings(loader->root, SIPIS_CONFDIR, scan);
}

/* Remember the names that are nearly those of settings files. Return 0 or -ENOMEM. */
static int ignored_take_names(const struct loader *loader, const struct scan *scan)
{
	struct installation *installation = loader->installation;
	int r;

	installation->ignored = calloc(scan->n_ignored + 1, sizeof(*installation->ignored));
	if (!installation->ignored)
		return -ENOMEM;

	for (size_t i = 0; i < scan->n_ignored; i++) {
		unsigned order = (unsigned)(installation->n_instances + i);

		r = loader_new_source(loader, SIPIS_CONFDIR "/", scan->ignored[i], order,
				      &installation->ignored[i]);
		if (r < 0)
			return r;
		installation->n_ignored++;
	}
	return 0;
}

/* Start to read the next files that may not answer, so that they are waited for together. */
static int instances_read_ahead(struct loader *loader, const struct scan *scan, size_t first)
{
	const struct installation *installation = loader->installation;

	for (size_t i = first; i < scan->n && loader->reader.n_ahead < READ_AHEAD_MAX; i++) {
		_cleanup_free_ char *path = NULL;

		if (scan->entries[i].regular || !installation->instances[i].valid_name)
			continue;
		if (asprintf(&path, SIPIS_CONFDIR "/%s", installation->instances[i].file) < 0)
			return -ENOMEM;
		read_ahead(loader->root, path, &loader->reader);
	}
	return 0;
}

static int instances_load(struct loader *loader)
{
	struct installation *installation = loader->installation;
	_cleanup_(scan_done) struct scan scan = {};
	int r;

	r = loader->planned ? scan_planned(loader, &scan) : scan_files(loader, &scan);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	installation->has_confdir = true;

	r = instances_take_names(installation, &scan);
	if (r < 0)
		return r;

	r = ignored_take_names(loader, &scan);
	if (r < 0)
		return r;

	for (unsigned i = 0; i < installation->n_instances; i++) {
		if (!loader->planned && !scan.entries[i].regular && !loader->reader.n_ahead) {
			r = instances_read_ahead(loader, &scan, i);
			if (r < 0)
				return r;
		}
		r = instance_load(loader, i, scan.entries[i].regular ? dirfd(scan.directory) : -1);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Report a split that was interrupted, and one whose state cannot be read. */
static int split_state_check(struct loader *loader)
{
	struct installation *installation = loader->installation;
	struct place place;
	int interrupted, r;

	if (loader->planned || !installation->has_confdir)
		return 0;
	interrupted = split_state_is_interrupted(loader->root);
	if (interrupted == 0 || interrupted == -ENOMEM)
		return interrupted;
	if (interrupted == -EACCES && geteuid() != 0) {
		installation->split_state_denied = true;
		return 0;
	}

	r = loader_new_source(loader, SPLIT_STATE_DIRECTORY, "", SPLIT_STATE_ORDER,
			      &installation->split_state_source);
	if (r < 0)
		return r;

	place = place_of_file(installation->split_state_source);
	if (interrupted < 0)
		return diagnostics_add(&installation->diagnostics, DIAGNOSTIC_INTERRUPTED_SPLIT,
				       &place, NULL,
				       "cannot tell whether a split was interrupted: %s",
				       strerrordesc_np(-interrupted));
	return diagnostics_add(
		&installation->diagnostics, DIAGNOSTIC_INTERRUPTED_SPLIT, &place, NULL,
		"a split was interrupted, and some files are changed and others are not: "
		"\"sipisctl split --resume\" finishes it, \"sipisctl split --undo\" undoes it");
}

static void loader_done(struct loader *loader)
{
	xml_free(loader->xml);
	reader_done(&loader->reader);
}

static int installation_load(struct loader *loader)
{
	struct installation *installation = loader->installation;
	int r;

	r = instances_load(loader);
	if (r < 0)
		return r;

	r = load_balancer_load(loader);
	if (r < 0)
		return r;

	r = split_state_check(loader);
	if (r < 0)
		return r;

	r = installation_index(installation);
	if (r < 0)
		return r;

	r = rules_apply(installation, &installation->diagnostics);
	if (r < 0)
		return r;

	if (loader->flags & LOAD_COMPARES) {
		r = check_drift(installation, &installation->diagnostics);
		if (r < 0)
			return r;
	}

	diagnostics_sort(&installation->diagnostics);
	installation_set_first_errors(installation);
	return 0;
}

static int loader_run(struct loader *loader, struct installation *ret_installation)
{
	int r;

	*ret_installation = (struct installation){};
	loader->installation = ret_installation;
	loader->reader = (struct reader)READER_INIT;
	r = installation_load(loader);
	if (r < 0)
		installation_done(ret_installation);
	return r;
}

int load_installation(const struct root *root, enum load_flags flags,
		      struct installation *ret_installation)
{
	_cleanup_(loader_done) struct loader loader = {.root = root, .flags = flags};

	return loader_run(&loader, ret_installation);
}

int load_planned(const struct root *root, const struct planned_file *files, size_t n_files,
		 struct installation *ret_installation)
{
	_cleanup_(loader_done) struct loader loader = {
		.root = root,
		.planned = files,
		.n_planned = n_files,
	};

	return loader_run(&loader, ret_installation);
}
