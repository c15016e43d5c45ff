/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Does an instance serve: is its unit active, and do its processes listen on the ports of its
 * settings, in its own network namespace?
 */

#include "installation/installation.h"
#include "installation/unit-names.h"
#include "sipisctl/running/sockets.h"
#include "sipisctl/running/systemd.h"

enum listening {
	LISTENING_UNKNOWN, /* a socket listens there, but the caller may not see whose it is */
	LISTENING_NO,
	LISTENING_YES,
	LISTENING_NO_PORT, /* the settings have no good port */
};

struct health {
	const struct instance *instance; /* borrowed */
	struct unit_name unit;
	struct unit_state state; /* all zero before health_update() */
	enum listening listening[LISTENER_COUNT];
};

void health_init(struct health *health, const struct instance *instance);
void health_done(struct health *health);

/* Ask for all of them again: units, then sockets. Returns 0 or a negative errno. */
int health_update(struct health *healths, size_t n, struct systemd *systemd);

static inline bool health_is_masked(const struct health *health)
{
	return unit_text_is(health->state.load, "masked");
}

/* Return true if its unit is active, whether it listens or not. */
static inline bool health_runs(const struct health *health)
{
	return unit_text_is(health->state.active, "active");
}

/* Return true if it is active, not frozen, and listens on all of its ports. */
bool health_is_good(const struct health *health);

/* Return true if it would be good, but the caller may not see who listens on some of its ports. */
bool health_is_unknown(const struct health *health);

/*
 * Set *ret_text to `yes`, `no`, `only 5000`, or to NULL if it has no known port or the caller may
 * not see whose sockets they are. The caller frees it. Returns 0 or -ENOMEM.
 */
int health_listening_text(const struct health *health, char **ret_text);
