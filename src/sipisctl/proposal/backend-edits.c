/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/proposal/backend-edits.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "sipisctl/proposal/element-edits.h"

struct backend_editor {
	const struct load_balancer *lb;
	const struct local_backends *local_backends;
	struct edits *edits;
	bool *used;                 /* by backend: it has got a prefix */
	const struct backend *last; /* a new backend is a copy of this one, inserted after it */
};

/* --- one backend ------------------------------------------------------------------------- */

static int backend_set_name(const struct backend *backend, const struct target *target,
			    struct edits *edits)
{
	const char *name = backend_name(backend);

	if (name && !strcmp(name, target->name))
		return 0;
	return element_set_text(edits, &backend->element, "Name", target->name, ATTRIBUTE_FIRST);
}

/* The whole space is written as "", which both editions of LoadBalancer2 read. */
static int backend_set_prefix(const struct backend *backend, const struct prefix *prefix,
			      struct edits *edits)
{
	char text[PREFIX_TEXT_MAX];

	if (backend->prefix.text && !prefix_compare(&backend->prefix.prefix, prefix))
		return 0;
	if (!backend->prefix.text && !prefix->bits)
		return 0;
	return element_set(edits, &backend->element, "SelectorPrefix",
			   prefix->bits ? prefix_format(prefix, text) : "", ATTRIBUTE_LAST);
}

/*
 * Change the port after the last colon of the address, and keep the host as it is written. Keep the
 * port too if the new one is unknown.
 */
static int backend_set_port(const struct backend *backend, uint16_t port, struct edits *edits)
{
	const char *address = backend->address.text, *colon;
	_cleanup_strbuf_ struct strbuf raw = STRBUF_INIT;

	colon = value_is_good(&backend->address) ? strrchr(address, ':') : NULL;
	if (!colon || !port || backend->address.port == port)
		return 0;

	strbuf_append_bytes(&raw, address, (size_t)(colon - address) + 1);
	strbuf_appendf(&raw, "%u", port);
	if (strbuf_error(&raw) < 0)
		return strbuf_error(&raw);
	return element_set(edits, &backend->element, "Address", raw.text, ATTRIBUTE_LAST);
}

static int backend_set(const struct backend *backend, const struct target *target,
		       const struct prefix *prefix, struct edits *edits)
{
	int r;

	r = backend_set_name(backend, target, edits);
	if (r < 0)
		return r;
	r = backend_set_prefix(backend, prefix, edits);
	if (r < 0)
		return r;
	return backend_set_port(backend, target->ports[LISTENER_SERVER], edits);
}

static int backend_insert_copy(struct backend_editor *editor, const struct target *target,
			       const struct prefix *prefix)
{
	const struct backend *model = editor->last;
	size_t begin = element_indentation(&model->element);
	_cleanup_(edits_done) struct edits edits = {};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r;

	r = backend_set(model, target, prefix, &edits);
	if (r < 0)
		return r;

	edits_apply(&edits, model->element.source->data, begin, element_end(&model->element),
		    &text);
	if (strbuf_error(&text) < 0)
		return strbuf_error(&text);
	return edits_add(editor->edits, element_line_end(&model->element), 0, text.text);
}

static int backend_remove(const struct backend *backend, struct edits *edits)
{
	size_t begin = element_indentation(&backend->element);

	return edits_add(edits, begin, element_end(&backend->element) - begin, "");
}

/* --- all of them ------------------------------------------------------------------------- */

/* Return the next backend of the target from index `i` on, or the number of backends. */
static size_t editor_next(const struct backend_editor *editor, const struct target *target,
			  size_t i)
{
	while (i < editor->lb->n_backends &&
	       !(target->stays && editor->local_backends->owner[i] == target->origin))
		i++;
	return i;
}

static int editor_give_share(struct backend_editor *editor, const struct target *target,
			     const struct division_share *share)
{
	const struct load_balancer *lb = editor->lb;
	size_t own = editor_next(editor, target, 0);
	int r;

	for (size_t i = 0; i < share->n; i++) {
		if (own == lb->n_backends) {
			r = backend_insert_copy(editor, target, &share->prefixes[i]);
			if (r < 0)
				return r;
			continue;
		}

		r = backend_set(&lb->backends[own], target, &share->prefixes[i], editor->edits);
		if (r < 0)
			return r;
		editor->used[own] = true;
		editor->last = &lb->backends[own];
		own = editor_next(editor, target, own + 1);
	}
	return 0;
}

static int editor_remove_unused(const struct backend_editor *editor)
{
	for (size_t i = 0; i < editor->lb->n_backends; i++) {
		int r;

		if (!editor->local_backends->local[i] || editor->used[i])
			continue;
		r = backend_remove(&editor->lb->backends[i], editor->edits);
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct backend *find_first_local(const struct load_balancer *lb,
					      const struct local_backends *local_backends)
{
	for (size_t i = 0; i < lb->n_backends; i++)
		if (local_backends->local[i])
			return &lb->backends[i];
	return NULL;
}

int backend_edits_make(const struct installation *installation,
		       const struct local_backends *local_backends, const struct targets *targets,
		       const struct division *division, struct edits *edits)
{
	const struct load_balancer *lb = &installation->load_balancer;
	_cleanup_free_ bool *used = calloc(lb->n_backends + 1, sizeof(*used));
	struct backend_editor editor = {
		.lb = lb,
		.local_backends = local_backends,
		.edits = edits,
		.used = used,
		.last = find_first_local(lb, local_backends),
	};

	assert(targets->n == division->n);
	assert(editor.last); /* local_backends_make() refuses an installation without any */

	if (!used)
		return -ENOMEM;

	for (size_t i = 0; i < targets->n; i++) {
		int r = editor_give_share(&editor, &targets->items[i], &division->shares[i]);

		if (r < 0)
			return r;
	}
	return editor_remove_unused(&editor);
}
