/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Wait until what was started serves. */

#include "sipisctl/apply/context.h"

/*
 * Wait until `count` instances from `first` on, and the load balancer if it was restarted, serve or
 * have failed, or the time of the last step is up. Shows each of them. Returns 0 or a negative
 * errno.
 */
int apply_verify(struct apply *apply, size_t first, size_t count);

/* Append the state of a unit that is not active: `failed (exit-code)`. */
void unit_state_append(struct strbuf *buf, const struct unit_state *state);

/* Append `serves (PID 4711)`, or why it does not. */
void health_append(struct strbuf *buf, const struct health *health);
