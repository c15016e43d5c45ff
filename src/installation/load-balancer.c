/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/load-balancer.h"

#include <errno.h>

#include "util/array.h"

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

static const struct grammar_attribute frontend_attributes[] = {
	{"Address", VALUE_ENDPOINT, offsetof(struct frontend, address), DIAGNOSTIC_BAD_ADDRESS},
};

#define FIELD(member) offsetof(struct backend, member)

static const struct grammar_attribute backend_attributes[] = {
	{"Name",           VALUE_TEXT,              FIELD(name),          -1},
	{"SelectorPrefix", VALUE_PREFIX,            FIELD(prefix),        -1},
	{"AppIdPrefix",    VALUE_TEXT,              FIELD(app_id_prefix), -1},
	{"Address",        VALUE_OPTIONAL_ENDPOINT, FIELD(address),       -1},
};

#define ATTRIBUTES(array) array, ELEMENTSOF(array)

enum { FRONTEND, BACKEND };

static const struct grammar_element elements[] = {
	[FRONTEND] = {"Frontend",                       GRAMMAR_ROOT,             0,        NULL,                                                0,                GRAMMAR_NO_PLACE, NULL},
	[BACKEND] = {"Backend",				GRAMMAR_ROOT,						ELEMENT_REQUIRED,             NULL, 0,
		      offsetof(struct load_balancer,                section), NULL},
	{"Udp",			FRONTEND,					    0,						    ATTRIBUTES(frontend_attributes),												   offsetof(struct frontend,                                                                                    element),
		      new_frontend},
	{"Tcp",        FRONTEND,                        0,							 ATTRIBUTES(frontend_attributes),													    offsetof(struct frontend,															element),
		      new_frontend},
	{"Tls", FRONTEND, 0,ATTRIBUTES(frontend_attributes),													      offsetof(struct frontend,															      element),
		      new_frontend},
	{"Sipis",			       BACKEND,                        ELEMENT_REQUIRED,								ATTRIBUTES(backend_attributes),FIELD(element),
		      new_backend																	       },
};

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

struct place backend_prefix_place(const struct backend *backend)
{
	return backend->prefix.text ? backend->prefix.place : backend->element;
}
