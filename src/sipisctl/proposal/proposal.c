/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/proposal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "document/reason.h"
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

/* Backends say the same name, so it is made once, of what it means; see allot.c. */
static int set_name(const struct target *target, struct edits *edits)
{
	const struct settings *settings = &target->origin->settings;

	if (!strcmp(target->name, settings->name.text))
		return 0;
	return tag_set_text(edits, &settings->listeners[LISTENER_SERVER].element, "Name",
			    target->name, TAG_LAST);
}

/* `/dev/null` is everybody's, however it is spelled. */
static int is_null_device(const char *path, bool *ret_null)
{
	_cleanup_free_ char *normalized = strdup(path);

	if (normalized && path[0] == '/')
		pathname_normalize(normalized);
	*ret_null = normalized && !strcmp(normalized, "/dev/null");
	return normalized ? 0 : -ENOMEM;
}

static int set_path(const struct value *path, const struct renumbering *renumbering,
		    struct edits *edits)
{
	const struct place *place = &path->place;
	struct strbuf raw = STRBUF_INIT;
	bool is_null = true;
	int r;

	r = path->text ? is_null_device(path->text, &is_null) : 0;
	if (r < 0 || is_null)
		return r;
	numbering_append_path(&raw, place->source->data + place->offset, place->length,
			      renumbering);
	r = strbuf_error(&raw);
	if (r == 0)
		r = edits_add(edits, place->offset, place->length, raw.text);
	strbuf_done(&raw);
	return r;
}

static int set_paths(const struct target *target, struct edits *edits)
{
	const struct settings *settings = &target->origin->settings;
	const struct value *const paths[] = {
		&settings->sinks[SINK_LOCK].path,
		&settings->sinks[SINK_LOG].path,
		&settings->instance_log,
	};
	const struct renumbering renumbering = {instance_mark(target->origin), target->mark};
	int r = 0;

	for (size_t i = 0; target->mark && r == 0 && i < ELEMENTSOF(paths); i++)
		r = set_path(paths[i], &renumbering, edits);
	return r;
}

static int set_ports(const struct target *target, struct edits *edits)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < LISTENER_COUNT; i++) {
		const struct listener *listener = &target->origin->settings.listeners[i];
		char text[sizeof("65535")];

		if (!target->ports[i] || listener->port.port == target->ports[i])
			continue;
		snprintf(text, sizeof(text), "%u", target->ports[i]);
		r = tag_set(edits, &listener->element, "Port", text, TAG_LAST);
	}
	return r;
}

/*
 * Apps know the realm, and without a Realm it is the name. So where the name changes, or comes to
 * stand beside others, the old realm is written down.
 */
static int set_realm(const struct target *target, size_t n_targets, struct edits *edits)
{
	const struct settings *settings = &target->origin->settings;

	if (settings->realm.text && *settings->realm.text)
		return 0;
	if (n_targets == 1 && !strcmp(target->name, settings->name.text))
		return 0;
	return tag_set_text(edits, &settings->listeners[LISTENER_SERVER].element, "Realm",
			    settings->name.text, TAG_LAST);
}

static int set_filter(const struct target *target, size_t n_targets, struct edits *edits)
{
	const struct settings *settings = &target->origin->settings;

	if (n_targets == 1 || settings->filter.yes)
		return 0;
	return tag_set(edits, &settings->listeners[LISTENER_SERVER].element,
		       "FilterInstancesAccordingToLoadBalancer2BackendSection", "Yes", TAG_LAST);
}

static int edit_settings(const struct target *target, size_t n_targets, struct edits *edits)
{
	int r = set_name(target, edits);

	if (r == 0)
		r = set_paths(target, edits);
	if (r == 0)
		r = set_ports(target, edits);
	if (r == 0)
		r = set_realm(target, n_targets, edits);
	return r < 0 ? r : set_filter(target, n_targets, edits);
}

/* --- the files --------------------------------------------------------------------------- */

/* `name` is taken over. */
static int add_file(struct proposal *proposal, char *name, const char *made_from,
		    const struct source *source, const struct edits *edits)
{
	struct proposed_file *file = &proposal->files[proposal->n++];
	struct strbuf text = STRBUF_INIT;
	int r;

	file->name = name;
	file->made_from = made_from;
	edits_apply(edits, source->data, 0, source->size, &text);
	file->size = text.length;
	r = strbuf_take(&text, &file->data);
	strbuf_done(&text);
	return r;
}

static int propose_settings(const struct targets *targets, struct proposal *proposal)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < targets->n; i++) {
		const struct target *target = &targets->items[i];
		_cleanup_(edits_done) struct edits edits = {};
		_cleanup_free_ char *name = target_file(target);

		if (!name)
			return -ENOMEM;
		r = edit_settings(target, targets->n, &edits);
		if (r == 0)
			r = add_file(proposal, TAKE_PTR(name), target->origin->file,
				     target->origin->source, &edits);
	}
	return r;
}

/* 1, 0 with a reason, or -ENOMEM. */
static int propose_backends(const struct installation *installation,
			    const struct holdings *holdings, const struct targets *targets,
			    uint32_t max_imbalance, struct proposal *proposal,
			    struct strbuf *reason)
{
	_cleanup_(division_done) struct division division = {};
	_cleanup_(edits_done) struct edits edits = {};
	int r;

	r = divide(&holdings->part, (unsigned)targets->n, max_imbalance, &division);
	if (r == 0)
		return reason_set(reason, NULL,
				  "the selector space can't be divided into %zu shares that are "
				  "as equal as --max-imbalance wants",
				  targets->n);
	if (r == 1)
		r = allot(installation, holdings, targets, &division, &edits);
	if (r < 0)
		return r;
	r = add_file(proposal, NULL, NULL, installation->load_balancer_source, &edits);
	return r < 0 ? r : 1;
}

static int reject_file(struct source *source, struct strbuf *reason)
{
	struct place place = place_of_file(source);

	return reason_set(reason, &place,
			  "this file has an error that must be mended first: see \"sipisctl "
			  "check\"");
}

/* What has to be known of every settings file before any can be made from it. */
static int judge(const struct installation *installation, struct strbuf *reason)
{
	for (size_t i = 0; i < installation->n_instances; i++) {
		const struct instance *instance = &installation->instances[i];

		if (!instance->valid_name || !instance->parsed ||
		    !value_is_good(&instance->settings.name))
			return reject_file(instance->source, reason);
	}
	if (!installation->n_instances)
		return reason_set(reason, NULL, "there are no settings files");
	if (installation->has_load_balancer && !installation->load_balancer_usable)
		return reject_file(installation->load_balancer_source, reason);
	return 1;
}

int proposal_make(const struct installation *installation, const struct split_options *options,
		  struct proposal *ret_proposal, struct strbuf *reason)
{
	_cleanup_(holdings_done) struct holdings holdings = {};
	_cleanup_(targets_done) struct targets targets = {};
	_cleanup_(proposal_done) struct proposal proposal = {};
	bool has_backends = installation->load_balancer_usable;
	int r;

	r = judge(installation, reason);
	if (r == 1 && has_backends)
		r = holdings_make(installation, &holdings, reason);
	if (r == 1)
		r = targets_make(installation, has_backends ? &holdings : NULL, options, &targets,
				 reason);
	if (r < 1)
		return r;
	proposal.files = calloc(targets.n + 1, sizeof(*proposal.files));
	if (!proposal.files || propose_settings(&targets, &proposal) < 0)
		return -ENOMEM;
	if (has_backends)
		r = propose_backends(installation, &holdings, &targets, options->max_imbalance,
				     &proposal, reason);
	if (r == 1) {
		*ret_proposal = proposal;
		proposal = (struct proposal){};
	}
	return r;
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
