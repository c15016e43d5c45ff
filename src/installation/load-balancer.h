/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the settings of LoadBalancer2 say about where it listens and whom it serves.
 *
 * The format is the one of the vendor's own file: a root element `LoadBalancer2` in no namespace,
 * with `Udp`, `Tcp` and `Tls` in its `Frontend`, and `Sipis` in its `Backend`. Backends stand in
 * document order, which is the order in which LoadBalancer2 tries them.
 */

#include <stdbool.h>

#include "document/grammar.h"
#include "document/value.h"

struct frontend {
	struct place element;
	struct value address;
};

/* A `Sipis` element: selectors that begin with its prefix go to the process of this name. */
struct backend {
	struct place element;
	struct value name;          /* absent or empty: it belongs to nobody in particular */
	struct value prefix;        /* absent: everything */
	struct value app_id_prefix; /* absent: everything */
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

/* Before it is read: so many backends are likely. 0 or -ENOMEM. */
int load_balancer_expect(struct load_balancer *load_balancer, size_t n_backends);
void load_balancer_done(struct load_balancer *load_balancer);

/* Its name, or NULL where it has none. */
const char *backend_name(const struct backend *backend);

/* Its AppIdPrefix, "" where it has none. */
const char *backend_app_id_prefix(const struct backend *backend);

/* Does it reach this machine, as far as its address says? A wrong address says nothing: false. */
bool backend_is_local(const struct backend *backend);

/* The place that a finding about its prefix points at. */
struct place backend_prefix_place(const struct backend *backend);
