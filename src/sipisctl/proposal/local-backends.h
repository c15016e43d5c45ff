/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which backends of the load balancer are this machine's, and what part of the selector space they
 * take: that is what `split` divides anew. All other backends belong to other machines.
 */

#include "installation/installation.h"
#include "selector/selector.h"
#include "util/strbuf.h"

struct holdings {
	bool *local;                   /* owned, by backend */
	const struct instance **owner; /* owned, by backend: whose it is; NULL: nobody's here */
	struct range_set part;         /* normal */
};

/*
 * A backend is this machine's when it names one of its instances or has a local address. One
 * instance and one backend belong together, whatever the backend says.
 *
 * 1: made. 0: it can't be told what part is this machine's, and `reason` says why. -ENOMEM.
 * The load balancer's settings must be usable.
 */
int holdings_make(const struct installation *installation, struct holdings *ret_holdings,
		  struct strbuf *reason);
void holdings_done(struct holdings *holdings);
