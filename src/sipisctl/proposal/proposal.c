/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/proposal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "document/reason.h"
#include "installation/sink-directory.h"
#include "sipisctl/proposal/backend-edits.h"
#include "sipisctl/proposal/division.h"
#include "sipisctl/proposal/element-edits.h"
#include "sipisctl/proposal/numbering.h"
#include "util/pathname.h"

void proposal_done(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->n; i++) {
		free(proposal->files[i].name);
		free(proposal->files[i].data);
	}
	free(proposal->files);
	*proposal = (struct proposal){};
}

/* --- a settings file --------------------------------------------------------------------- */

static const struct place *server_element(const struct target *target)
{
	return &target->origin->settings.listeners[LISTENER_SERVER].element;
}

static int settings_set_name(const struct target *target, struct edits *edits)
{
	if (!strcmp(target->name, target->origin->settings.name.text))
		return 0;
	return element_set_text(edits, server_element(target), "Name", target->name,
				ATTRIBUTE_LAST);
}

/* Tell whether instances can share a path, however it is spelled: /dev/null, /dev/stdout, ... */
static int is_shareable(const char *path, bool *ret)
{
	_cleanup_free_ char *normalized = strdup(path);

	if (!normalized)
		return -ENOMEM;

	if (path[0] == '/')
		pathname_normalize(normalized);
	*ret = sink_is_shareable(normalized);
	return 0;
}

static int settings_set_path(const struct value *path, const struct renumbering *renumbering,
			     struct edits *edits)
{
	const struct place *place = &path->place;
	_cleanup_strbuf_ struct strbuf raw = STRBUF_INIT;
	bool shareable;
	int r;

	if (!path->text)
		return 0;
	r = is_shareable(path->text, &shareable);
	if (r < 0)
		return r;
	if (shareable)
		return 0;

	numbering_append_path(&raw, place->source->data + place->offset, place->length,
			      renumbering);
	if (strbuf_error(&raw) < 0)
		return strbuf_error(&raw);
	return edits_add(edits, place->offset, place->length, raw.text);
}

static int settings_set_paths(const struct target *target, struct edits *edits)
{
	const struct settings *settings = &target->origin->settings;
	const struct value *const paths[] = {
		&settings->sinks[SINK_LOCK].path,
		&settings->sinks[SINK_LOG].path,
		&settings->instance_log,
	};
	struct renumbering renumbering = {
		.old = instance_suffix(target->origin),
		.new = target->suffix,
	};

	if (!target->suffix)
		return 0;

	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		int r = settings_set_path(paths[i], &renumbering, edits);

		if (r < 0)
			return r;
	}
	return 0;
}

static int settings_set_ports(const struct target *target, struct edits *edits)
{
	for (size_t i = 0; i < LISTENER_COUNT; i++) {
		const struct listener *listener = &target->origin->settings.listeners[i];
		char text[sizeof("65535")];
		int r;

		if (!target->ports[i] || listener->port.port == target->ports[i])
			continue;
		snprintf(text, sizeof(text), "%u", target->ports[i]);
		r = element_set(edits, &listener->element, "Port", text, ATTRIBUTE_LAST);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Set the Realm to the old Name. Without a Realm the Name is the realm of digest authentication, so
 * a new name would lock out running apps.
 */
static int settings_set_realm(const struct target *target, size_t n_targets, struct edits *edits)
{
	const struct settings *settings = &target->origin->settings;

	if (settings->realm.text && *settings->realm.text)
		return 0;
	if (n_targets == 1 && !strcmp(target->name, settings->name.text))
		return 0;
	return element_set_text(edits, server_element(target), "Realm", settings->name.text,
				ATTRIBUTE_LAST);
}

static int settings_set_filter(const struct target *target, size_t n_targets, struct edits *edits)
{
	if (n_targets == 1 || target->origin->settings.filter.yes)
		return 0;
	return element_set(edits, server_element(target),
			   "FilterInstancesAccordingToLoadBalancer2BackendSection", "Yes",
			   ATTRIBUTE_LAST);
}

static int settings_set(const struct target *target, size_t n_targets, struct edits *edits)
{
	int r;

	r = settings_set_name(target, edits);
	if (r < 0)
		return r;
	r = settings_set_paths(target, edits);
	if (r < 0)
		return r;
	r = settings_set_ports(target, edits);
	if (r < 0)
		return r;
	r = settings_set_realm(target, n_targets, edits);
	if (r < 0)
		return r;
	return settings_set_filter(target, n_targets, edits);
}

/* --- the files --------------------------------------------------------------------------- */

/* The proposal owns `name` from now on, on errors too. */
static int proposal_add_file(struct proposal *proposal, char *name, const char *made_from,
			     const struct source *source, const struct edits *edits)
{
	struct proposed_file *file = &proposal->files[proposal->n++];
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	file->name = name;
	file->made_from = made_from;
	edits_apply(edits, source->data, 0, source->size, &text);
	file->size = text.length;
	return strbuf_take(&text, &file->data);
}

static int proposal_add_settings(struct proposal *proposal, const struct targets *targets)
{
	for (size_t i = 0; i < targets->n; i++) {
		const struct target *target = &targets->items[i];
		_cleanup_(edits_done) struct edits edits = {};
		_cleanup_free_ char *name = target_file(target);
		int r;

		if (!name)
			return -ENOMEM;
		r = settings_set(target, targets->n, &edits);
		if (r < 0)
			return r;
		r = proposal_add_file(proposal, TAKE_PTR(name), target->origin->file,
				      target->origin->source, &edits);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Return 1; 0 with a reason if there is no division that is equal enough; or -ENOMEM. */
static int proposal_add_load_balancer(struct proposal *proposal,
				      const struct installation *installation,
				      const struct local_backends *local_backends,
				      const struct targets *targets, uint32_t max_imbalance,
				      struct strbuf *reason)
{
	_cleanup_(division_done) struct division division = {};
	_cleanup_(edits_done) struct edits edits = {};
	int r;

	r = division_make(&local_backends->part, (unsigned)targets->n, max_imbalance, &division);
	if (r < 0)
		return r;
	if (r == 0)
		return reason_set(reason, NULL,
				  "the selector space cannot be divided into %zu shares that are "
				  "as equal as --max-imbalance wants",
				  targets->n);

	r = backend_edits_make(installation, local_backends, targets, &division, &edits);
	if (r < 0)
		return r;
	r = proposal_add_file(proposal, NULL, NULL, installation->load_balancer_source, &edits);
	if (r < 0)
		return r;
	return 1;
}

int proposal_reject_file(struct source *source, struct strbuf *reason)
{
	struct place place = place_of_file(source);

	return reason_set(reason, &place,
			  "this file has an error that must be corrected first: see \"sipisctl "
			  "check\"");
}

/* Refuse an installation of which something is unknown that new files would be made from. */
static int judge_installation(const struct installation *installation, struct strbuf *reason)
{
	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];

		if (!instance->valid_name || !instance->parsed ||
		    !value_is_good(&instance->settings.name))
			return proposal_reject_file(instance->source, reason);
	}
	if (!installation->n_instances)
		return reason_set(reason, NULL, "there are no settings files");
	if (installation->has_load_balancer && !installation->load_balancer_usable)
		return proposal_reject_file(installation->load_balancer_source, reason);
	return 1;
}

static int reject_default(const struct settings *settings, const struct place *element,
			  const char *label, struct strbuf *reason)
{
	return reason_set(reason, settings_element_place(settings, element),
			  "%s is missing here, and instances that are made from this file cannot "
			  "share the default of SIPIS: set it first",
			  label);
}

/* Refuse to copy a file that leaves to SIPIS what only one instance can have. */
static int judge_copies(const struct targets *targets, struct strbuf *reason)
{
	static const char *const labels[SINK_COUNT] = {
		[SINK_LOCK] = "Lock[FileName]",
		[SINK_LOG] = "Log[FileName]",
	};

	for (size_t i = 0; i < targets->n; i++) {
		const struct settings *settings = &targets->items[i].origin->settings;
		const struct listener *http = &settings->listeners[LISTENER_HTTP];

		if (targets->items[i].stays)
			continue;
		if (!http->port.text)
			return reject_default(settings, &http->element, "HttpServer[Port]", reason);
		for (size_t sink = 0; sink < SINK_COUNT; sink++)
			if (!settings->sinks[sink].path.text)
				return reject_default(settings, &settings->sinks[sink].element,
						      labels[sink], reason);
	}
	return 1;
}

int proposal_make(const struct installation *installation, const struct split_options *options,
		  struct proposal *ret_proposal, struct strbuf *reason)
{
	_cleanup_(local_backends_done) struct local_backends local_backends = {};
	_cleanup_(targets_done) struct targets targets = {};
	_cleanup_(proposal_done) struct proposal proposal = {};
	bool has_backends = installation->load_balancer_usable;
	int r;

	r = judge_installation(installation, reason);
	if (r < 1)
		return r;
	if (has_backends) {
		r = local_backends_make(installation, &local_backends, reason);
		if (r < 1)
			return r;
	}
	r = targets_make(installation, has_backends ? &local_backends : NULL, options, &targets,
			 reason);
	if (r < 1)
		return r;
	r = judge_copies(&targets, reason);
	if (r < 1)
		return r;

	proposal.files = calloc(targets.n + 1, sizeof(*proposal.files));
	if (!proposal.files)
		return -ENOMEM;
	r = proposal_add_settings(&proposal, &targets);
	if (r < 0)
		return r;
	if (has_backends) {
		r = proposal_add_load_balancer(&proposal, installation, &local_backends, &targets,
					       options->max_imbalance, reason);
		if (r < 1)
			return r;
	}

	*ret_proposal = TAKE_STRUCT(proposal);
	return 1;
}

int proposal_load(const struct proposal *proposal, const struct root *root,
		  struct installation *ret_installation)
{
	_cleanup_free_ struct planned_file *planned = calloc(proposal->n + 1, sizeof(*planned));

	if (!planned)
		return -ENOMEM;

	for (size_t i = 0; i < proposal->n; i++)
		planned[i] = (struct planned_file){
			.name = proposal->files[i].name,
			.data = proposal->files[i].data,
			.size = proposal->files[i].size,
		};

	return load_planned(root, planned, proposal->n, ret_installation);
}
