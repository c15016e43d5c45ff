/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What runs: a row for LoadBalancer2 and for each instance, on this machine or on others. It is
 * read here and shown by status as a table or for monitoring, and by metrics.
 */

#include "installation/description.h"
#include "installation/load.h"
#include "sipisctl/options.h"
#include "sipisctl/running/health.h"
#include "sipisctl/running/systemd.h"
#include "sipisctl/show/assignment.h"
#include "util/strbuf.h"

enum status_row_kind {
	ROW_LOAD_BALANCER,
	ROW_INSTANCE,
	ROW_ORPHAN, /* an instance that runs and has no settings file */
};

struct status_row {
	enum status_row_kind kind;
	const char *host;            /* borrowed, of -H or -M; NULL: this machine */
	char *unit;                  /* owned; from another machine, it can be any text */
	struct unit_state own_state; /* unless `health` has it */

	/* Of an instance of this machine whose settings could be read; NULL otherwise. Borrowed. */
	const struct assigned_instance *assigned;
	const struct health *health;

	/* Of any other instance, from the description that the generator has written. */
	bool is_described, is_refused;
	struct description description;
	const char *refusal; /* borrowed from the state; NULL if not refused */
};

struct status {
	struct installation installation; /* of this machine */
	struct assignment assignment;
	struct health *healths; /* owned, by assigned instance */
	bool settings_known;    /* the above is filled */
	int settings_error;     /* negative errno: why status_read() could not read them; or 0 */

	struct status_row *rows; /* owned */
	size_t n, capacity;
	bool lacks_instances; /* some machine has none */
};

void status_done(struct status *status);

/*
 * Add the rows of this machine: from the settings and systemd, or from the units alone if the
 * caller may not read the settings. Returns 0 or a negative errno.
 */
int status_read(struct status *status, const struct root *root, enum load_flags flags,
		struct systemd *systemd);

/*
 * Add the rows of another machine, from its units. `host` is borrowed. If the generator has run
 * there, a unit that sipis.service does not want has no settings file.
 */
int status_read_units(struct status *status, const char *host, struct systemd *systemd);

/*
 * Keep only the rows of the instances that are named. Returns the first word that names none, or
 * NULL.
 */
const char *status_select(struct status *status, int argc, char **argv);

/*
 * Return true if LoadBalancer2 is active wherever its unit is there, every instance runs that is
 * not masked, none runs without a settings file, and every machine has an instance.
 */
bool status_is_good(const struct status *status);

/* Append what is between `sipis@` and `.service`, escaped. */
void status_row_append_instance(struct strbuf *buf, const struct status_row *row);

static inline const struct unit_state *status_row_state(const struct status_row *row)
{
	return row->health ? &row->health->state : &row->own_state;
}

static inline bool status_row_is_masked(const struct status_row *row)
{
	return unit_text_is(status_row_state(row)->load, "masked");
}

static inline bool status_row_runs(const struct status_row *row)
{
	return unit_text_is(status_row_state(row)->active, "active") &&
	       !unit_is_frozen(status_row_state(row));
}

/* Return why the instance is refused, which is fit to be shown once escaped, or NULL. */
const char *status_row_refusal(const struct status_row *row);
