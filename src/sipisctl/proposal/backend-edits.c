/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/backend-edits.h"

#include <errno.h>
#include <string.h>

#include "sipisctl/proposal/element-edits.h"

/* What allotting needs on its way. */
struct allotment {
	const struct load_balancer *lb;
	const struct holdings *holdings;
	struct edits *edits;
	bool *kept;                   /* by backend */
	const struct backend *behind; /* new backends are put behind this one */
	const struct backend *model;  /* and are made from this one */
};

/* --- one backend ------------------------------------------------------------------------- */

static int set_name(const struct backend *backend, const struct target *target, struct edits *edits)
{
	if (backend_name(backend) && !strcmp(backend_name(backend), target->name))
		return 0;
	return tag_set_text(edits, &backend->element, "Name", target->name, TAG_FIRST);
}

/* Everything is the empty prefix: so both editions of the load balancer have it. */
static int set_prefix(const struct backend *backend, const struct prefix *prefix,
		      struct edits *edits)
{
	char text[PREFIX_TEXT_MAX];

	if (backend->prefix.text && !prefix_compare(&backend->prefix.prefix, prefix))
		return 0;
	if (!backend->prefix.text && !prefix->bits)
		return 0;
	return tag_set(edits, &backend->element, "SelectorPrefix",
		       prefix->bits ? prefix_format(prefix, text) : "", TAG_LAST);
}

/* The host stays as it is written, behind the last colon stands the port. */
static int set_port(const struct backend *backend, uint16_t port, struct edits *edits)
{
	const char *address = backend->address.text, *colon;
	struct strbuf raw = STRBUF_INIT;
	int r;

	colon = value_is_good(&backend->address) ? strrchr(address, ':') : NULL;
	if (!colon || backend->address.port == port)
		return 0;
	strbuf_append_bytes(&raw, address, (size_t)(colon - address) + 1);
	strbuf_appendf(&raw, "%u", port);
	r = strbuf_error(&raw);
	if (r == 0)
		r = tag_set(edits, &backend->element, "Address", raw.text, TAG_LAST);
	strbuf_done(&raw);
	return r;
}

static int set_backend(const struct backend *backend, const struct target *target,
		       const struct prefix *prefix, struct edits *edits)
{
	int r = set_name(backend, target, edits);

	if (r == 0)
		r = set_prefix(backend, prefix, edits);
	return r < 0 ? r : set_port(backend, target->ports[LISTENER_SERVER], edits);
}

/* A copy of the model, with its blanks before it. */
static int insert_backend(struct allotment *allotment, const struct target *target,
			  const struct prefix *prefix)
{
	const struct backend *model = allotment->model;
	const char *data = model->element.source->data;
	size_t begin = tag_indentation(&model->element);
	_cleanup_(edits_done) struct edits edits = {};
	struct strbuf text = STRBUF_INIT;
	int r;

	r = set_backend(model, target, prefix, &edits);
	if (r == 0) {
		edits_apply(&edits, data, begin, tag_element_end(&model->element), &text);
		r = strbuf_error(&text);
	}
	if (r == 0)
		r = edits_add(allotment->edits, tag_line_end(&allotment->behind->element), 0,
			      text.text);
	strbuf_done(&text);
	return r;
}

static int remove_backend(const struct backend *backend, struct edits *edits)
{
	size_t begin = tag_indentation(&backend->element);

	return edits_add(edits, begin, tag_element_end(&backend->element) - begin, "");
}

/* --- all of them ------------------------------------------------------------------------- */

/* The next backend from `i` on that the target has today; the number of backends: none. */
static size_t next_own(const struct allotment *allotment, const struct target *target, size_t i)
{
	while (i < allotment->lb->n_backends &&
	       !(target->stays && allotment->holdings->owner[i] == target->origin))
		i++;
	return i;
}

static int allot_target(struct allotment *allotment, const struct target *target,
			const struct division_share *share)
{
	const struct load_balancer *lb = allotment->lb;
	size_t own = next_own(allotment, target, 0);
	int r = 0;

	for (size_t i = 0; r == 0 && i < share->n; i++) {
		if (own == lb->n_backends) {
			r = insert_backend(allotment, target, &share->prefixes[i]);
			continue;
		}
		r = set_backend(&lb->backends[own], target, &share->prefixes[i], allotment->edits);
		allotment->kept[own] = true;
		allotment->behind = allotment->model = &lb->backends[own];
		own = next_own(allotment, target, own + 1);
	}
	return r;
}

static int remove_surplus(const struct allotment *allotment)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < allotment->lb->n_backends; i++)
		if (allotment->holdings->local[i] && !allotment->kept[i])
			r = remove_backend(&allotment->lb->backends[i], allotment->edits);
	return r;
}

int allot(const struct installation *installation, const struct holdings *holdings,
	  const struct targets *targets, const struct division *division, struct edits *edits)
{
	const struct load_balancer *lb = &installation->load_balancer;
	_cleanup_free_ bool *kept = calloc(lb->n_backends + 1, sizeof(*kept));
	struct allotment allotment = {
		.lb = lb,
		.holdings = holdings,
		.edits = edits,
		.kept = kept,
	};
	int r = 0;

	if (!kept)
		return -ENOMEM;
	for (size_t i = lb->n_backends; i-- > 0;)
		if (holdings->local[i])
			allotment.behind = allotment.model = &lb->backends[i];
	if (!allotment.model)
		return 0; /* nothing is this machine's: holdings_make() has refused that */
	for (size_t i = 0; r == 0 && i < targets->n; i++)
		r = allot_target(&allotment, &targets->items[i], &division->shares[i]);
	return r < 0 ? r : remove_surplus(&allotment);
}
