/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/copies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "document/reason.h"
#include "sipisctl/proposal/element-edits.h"

/* What is unique to an instance: elements of the settings, and their attributes. */
static const struct {
	const char *name;
	size_t place; /* offset of its struct place in struct settings */
	const char *attributes[6];
} elements[] = {
	{
		.name = "Server",
		.place = offsetof(struct settings, listeners[LISTENER_SERVER].element),
		.attributes = {"Name", "Address", "Port", "Realm",
			       "FilterInstancesAccordingToLoadBalancer2BackendSection"},
	},
	{
		.name = "HttpServer",
		.place = offsetof(struct settings, listeners[LISTENER_HTTP].element),
		.attributes = {"Address", "Port"},
	},
	{
		.name = "Lock",
		.place = offsetof(struct settings, sinks[SINK_LOCK].element),
		.attributes = {"FileName"},
	},
	{
		.name = "Log",
		.place = offsetof(struct settings, sinks[SINK_LOG].element),
		.attributes = {"FileName", "InstanceFileName"},
	},
};

static const struct place *element_of(const struct instance *instance, size_t i)
{
	const void *place = (const char *)&instance->settings + elements[i].place;

	return place;
}

/* Append raw bytes of a value, fit for quotes of either kind. */
static void append_raw(struct strbuf *buf, const char *raw, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (raw[i] == '"')
			strbuf_append(buf, "&quot;");
		else if (raw[i] == '\'')
			strbuf_append(buf, "&apos;");
		else
			strbuf_append_char(buf, raw[i]);
}

/* Give the model's attribute the value of the instance, or remove it. */
static int copy_attribute(struct edits *edits, const struct place *model,
			  const struct place *instance, const char *name)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	const char *raw, *old;
	size_t length, old_length;

	raw = element_raw_value(instance, name, &length);
	if (!raw)
		return element_remove(edits, model, name);

	/* The same bytes may stay, whatever quotes they have. */
	old = element_raw_value(model, name, &old_length);
	if (old && old_length == length && !memcmp(old, raw, length))
		return 0;
	append_raw(&text, raw, length);
	if (strbuf_error(&text))
		return -ENOMEM;
	return element_set(edits, model, name, text.text, ATTRIBUTE_LAST);
}

/* Return 1; 0 with a reason; or -ENOMEM. */
static int copy_element(struct edits *edits, const struct instance *model,
			const struct instance *instance, size_t i, struct strbuf *reason)
{
	const struct place *from = element_of(model, i), *own = element_of(instance, i);
	int r;

	if (!from->source && !own->source)
		return 1;
	if (!from->source || !own->source) {
		const struct instance *lacks = from->source ? instance : model;
		struct place place = place_of_file(lacks->source);

		return reason_set(reason, &place, "this file has no %s, but %s has",
				  elements[i].name, from->source ? model->file : instance->file);
	}

	for (const char *const *name = elements[i].attributes; *name; name++) {
		r = copy_attribute(edits, from, own, *name);
		if (r < 0)
			return r;
	}
	return 1;
}

static int make_copy(const struct instance *model, const struct instance *instance,
		     struct strbuf *text, struct strbuf *reason)
{
	_cleanup_(edits_done) struct edits edits = {};
	int r;

	for (size_t i = 0; i < ELEMENTSOF(elements); i++) {
		r = copy_element(&edits, model, instance, i, reason);
		if (r < 1)
			return r;
	}
	edits_apply(&edits, model->source->data, 0, model->source->size, text);
	return strbuf_error(text) ? -ENOMEM : 1;
}

/* `name` NULL: the load balancer's settings. */
static int add_file(struct proposal *proposal, const char *name, const char *data, size_t size)
{
	struct proposed_file *file = &proposal->files[proposal->n++];

	file->name = name ? strdup(name) : NULL;
	file->made_from = name;
	file->data = malloc(size + 1);
	if ((name && !file->name) || !file->data)
		return -ENOMEM;
	memcpy(file->data, data, size);
	file->data[size] = 0;
	file->size = size;
	return 0;
}

static int add_settings(struct proposal *proposal, const struct instance *model,
			const struct instance *instance, bool wanted, struct strbuf *reason)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r;

	if (!instance->valid_name || !instance->parsed)
		return proposal_reject_file(instance->source, reason);
	if (!wanted || instance == model) {
		r = add_file(proposal, instance->file, instance->source->data,
			     instance->source->size);
		return r < 0 ? r : 1;
	}
	r = make_copy(model, instance, &text, reason);
	if (r < 1)
		return r;
	r = add_file(proposal, instance->file, text.text, text.length);
	return r < 0 ? r : 1;
}

int proposal_make_copies(const struct installation *installation, const struct instance *model,
			 const bool *wanted, struct proposal *ret_proposal, struct strbuf *reason)
{
	_cleanup_(proposal_done) struct proposal proposal = {};
	const struct source *lb = installation->load_balancer_source;
	int r;

	proposal.files = calloc(installation->n_instances + 1, sizeof(*proposal.files));
	if (!proposal.files)
		return -ENOMEM;

	for (size_t i = 0; i < installation->n_instances; i++) {
		r = add_settings(&proposal, model, &installation->instances[i],
				 !wanted || wanted[i], reason);
		if (r < 1)
			return r;
	}
	if (lb && lb->data) {
		r = add_file(&proposal, NULL, lb->data, lb->size);
		if (r < 0)
			return r;
	}
	*ret_proposal = TAKE_STRUCT(proposal);
	return 1;
}
