/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/load-balancer.h"

#include <errno.h>
#include <string.h>

#include "util/array.h"
#include "util/ascii.h"

static int new_frontend(void *document, void **ret_record)
{
	struct load_balancer *lb = document;

	if (ARRAY_RESERVE(lb->frontends, lb->n_frontends, lb->frontends_capacity) < 0)
		return -ENOMEM;
	lb->frontends[lb->n_frontends] = (struct frontend){};
	*ret_record = &lb->frontends[lb->n_frontends++];
	return 0;
}

static int new_backend(void *document, void **ret_record)
{
	struct load_balancer *lb = document;

	if (ARRAY_RESERVE(lb->backends, lb->n_backends, lb->backends_capacity) < 0)
		return -ENOMEM;
	lb->backends[lb->n_backends] = (struct backend){};
	*ret_record = &lb->backends[lb->n_backends++];
	return 0;
}

#define ATTRIBUTES(array)      .attributes = (array), .n_attributes = ELEMENTSOF(array)
#define FRONTEND_FIELD(member) offsetof(struct frontend, member)
#define BACKEND_FIELD(member)  offsetof(struct backend, member)

/* One row a line */
/* clang-format off */
static const struct grammar_attribute frontend_attributes[] = {
	{.name = "Address", .type = VALUE_ENDPOINT, .offset = FRONTEND_FIELD(address), .required = true, .when_missing = DIAGNOSTIC_BAD_ADDRESS},
};

static const struct grammar_attribute backend_attributes[] = {
	{.name = "Name", .type = VALUE_TEXT, .offset = BACKEND_FIELD(name)},
	{.name = "SelectorPrefix", .type = VALUE_PREFIX, .offset = BACKEND_FIELD(prefix)},
	{.name = "AppIdPrefix", .type = VALUE_TEXT, .offset = BACKEND_FIELD(app_id_prefix)},
	{.name = "Address", .type = VALUE_OPTIONAL_ENDPOINT, .offset = BACKEND_FIELD(address)},
};

enum { FRONTEND, BACKEND };

static const struct grammar_element elements[] = {
	[FRONTEND] = {.name = "Frontend", .parent = GRAMMAR_ROOT, .place = GRAMMAR_NO_PLACE},
	[BACKEND] = {.name = "Backend", .parent = GRAMMAR_ROOT, .flags = ELEMENT_REQUIRED, .place = offsetof(struct load_balancer, section)},
	{.name = "Udp", .parent = FRONTEND, ATTRIBUTES(frontend_attributes), .place = FRONTEND_FIELD(element), .record = new_frontend},
	{.name = "Tcp", .parent = FRONTEND, ATTRIBUTES(frontend_attributes), .place = FRONTEND_FIELD(element), .record = new_frontend},
	{.name = "Tls", .parent = FRONTEND, ATTRIBUTES(frontend_attributes), .place = FRONTEND_FIELD(element), .record = new_frontend},
	{.name = "Sipis", .parent = BACKEND, .flags = ELEMENT_REQUIRED, ATTRIBUTES(backend_attributes), .place = BACKEND_FIELD(element), .record = new_backend},
};
/* clang-format on */

static const char *const namespaces[] = {NULL};

const struct grammar load_balancer_grammar = {
	.root = "LoadBalancer2",
	.namespaces = namespaces,
	.root_place = offsetof(struct load_balancer, root),
	.elements = elements,
	.n_elements = ELEMENTSOF(elements),
};

int load_balancer_expect(struct load_balancer *lb, size_t n_backends)
{
	return ARRAY_EXPECT(lb->backends, lb->backends_capacity, n_backends);
}

void load_balancer_done(struct load_balancer *lb)
{
	free(lb->frontends);
	free(lb->backends);
	*lb = (struct load_balancer){};
}

const char *backend_name(const struct backend *backend)
{
	return backend->name.text && backend->name.text[0] ? backend->name.text : NULL;
}

const char *backend_app_id_prefix(const struct backend *backend)
{
	return backend->app_id_prefix.text ? backend->app_id_prefix.text : "";
}

bool backend_is_local(const struct backend *backend)
{
	return !backend->address.text ||
	       (!backend->address.bad && backend->address.address.loopback);
}

/* Return the next character of the host name of an endpoint, in lower case; 0 at its end. */
static char host_character(const char *at)
{
	return strchr("]:", *at) ? 0 : ascii_lower(*at);
}

/* Compare the host names of two endpoints, which may have brackets. */
static int host_names_compare(const char *a, const char *b)
{
	a += *a == '[';
	b += *b == '[';
	while (host_character(a) && host_character(a) == host_character(b)) {
		a++;
		b++;
	}
	return host_character(a) - host_character(b);
}

int backend_compare_hosts(const struct backend *a, const struct backend *b)
{
	const struct address *x = &a->address.address, *y = &b->address.address;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kind == ADDRESS_NUMERIC)
		return address_compare(x, y);
	return host_names_compare(a->address.text, b->address.text);
}

struct place backend_prefix_place(const struct backend *backend)
{
	return backend->prefix.text ? backend->prefix.place : backend->element;
}
