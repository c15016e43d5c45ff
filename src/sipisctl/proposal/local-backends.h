/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The backends of this machine, and the part of the selector space that they take together, which
 * `split` divides. All other backends belong to other machines.
 */

#include "installation/installation.h"
#include "selector/selector.h"
#include "util/strbuf.h"

struct local_backends {
	bool *local;                   /* owned, by backend: it belongs to this machine */
	const struct instance **owner; /* owned, by backend: NULL if it names none of them */
	struct range_set part;         /* owned, normal */
};

void local_backends_done(struct local_backends *local_backends);

/*
 * A backend is local if it names an instance of the installation or has a local address. The only
 * backend of an installation of one instance is local, whatever it says. The load balancer's
 * settings must be usable.
 *
 * Return 1; 0 with a reason if the part of this machine is ambiguous; or -ENOMEM.
 */
int local_backends_make(const struct installation *installation, struct local_backends *ret,
			struct strbuf *reason);
