/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The settings of LoadBalancer2: where it listens (frontends), and the processes that it forwards
 * to (backends).
 *
 * The root element is `LoadBalancer2` in no namespace, with `Udp`, `Tcp` and `Tls` in its
 * `Frontend` and `Sipis` in its `Backend`. LoadBalancer2 tries the backends in document order.
 */

#include <stdbool.h>

#include "document/grammar.h"
#include "document/value.h"

struct frontend {
	struct place element;
	struct value address;
};

/* A `Sipis` element: selectors with this prefix go to the process with this name. */
struct backend {
	struct place element;
	struct value name;          /* absent or empty: no process finds it */
	struct value prefix;        /* absent: all selectors */
	struct value app_id_prefix; /* absent: all apps */
	struct value address;       /* absent or empty: this machine */
};

struct load_balancer {
	struct place root;
	struct place section; /* the last `Backend` */
	struct frontend *frontends;
	size_t n_frontends, frontends_capacity;
	struct backend *backends;
	size_t n_backends, backends_capacity;
};

extern const struct grammar load_balancer_grammar;

/* Allocate room for so many backends before parsing. Return 0 or -ENOMEM. */
int load_balancer_expect(struct load_balancer *load_balancer, size_t n_backends);
void load_balancer_done(struct load_balancer *load_balancer);

/* Return its Name; NULL if that is absent or empty. */
const char *backend_name(const struct backend *backend);

/* Return its AppIdPrefix; "" if that is absent. */
const char *backend_app_id_prefix(const struct backend *backend);

/* Return true if its address is absent, empty or a loopback one; false for a bad address. */
bool backend_is_local(const struct backend *backend);

/*
 * Compare the hosts of two good addresses: numeric ones by value, names without their case and
 * brackets. Return as strcmp().
 */
int backend_compare_hosts(const struct backend *a, const struct backend *b);

/* Return the place for diagnostics about its prefix. */
struct place backend_prefix_place(const struct backend *backend);
