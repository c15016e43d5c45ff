/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Does an instance serve: is its unit active, and does its main process listen on the ports of its
 * settings? What the caller may not see is not held against it.
 */

#include "installation/installation.h"
#include "sipisctl/running/sockets.h"
#include "sipisctl/running/systemd.h"

enum listening {
	LISTENING_UNKNOWN, /* somebody listens there, but whose socket it is can't be seen */
	LISTENING_NO,
	LISTENING_YES,
	LISTENING_NO_PORT, /* the settings name none: SIPIS's own default */
};

struct serving {
	const struct instance *instance;
	char *unit;              /* owned */
	struct unit_state state; /* all zero where systemd did not tell */
	enum listening listening[LISTENER_COUNT];
};

/* The unit of an instance. The caller frees it; NULL: no memory. */
char *instance_unit(const char *instance);

/* Names of units (a NULL behind the last) into the order in which instances are shown everywhere.
 */
void sort_units(char **names);

/* 0 or a negative errno. */
int serving_init(struct serving *serving, const struct instance *instance);
void serving_done(struct serving *serving);

/* Look at all of them anew: units, then sockets. 0 or a negative errno. */
int serving_look(struct serving *servings, size_t n, struct systemd *systemd);

static inline bool serving_is_masked(const struct serving *serving)
{
	return unit_text_is(serving->state.load, "masked");
}

/* Does its unit run, whether it listens or not? */
static inline bool serving_runs(const struct serving *serving)
{
	return unit_text_is(serving->state.active, "active");
}

/* Active, and listening as far as can be seen. */
bool serving_is_good(const struct serving *serving);

/* `yes`, `no`, `only 5000`; NULL where it can't be seen or has no known port. The caller frees it.
 * 0 or -ENOMEM. */
int serving_listening_text(const struct serving *serving, char **ret_text);
