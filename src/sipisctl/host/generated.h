/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether systemd has what the generator would write now. The generator itself is run, so the
 * answer is exact, whatever the times of the files are.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define GENERATED_DIRECTORY "/run/systemd/generator"

/*
 * Return true if a process that was started before this file of its unit changed needs a restart.
 * Files of the generator are written at every reload, and depend on the settings alone; what
 * systemctl set-property writes is in force at once.
 */
bool generated_unit_file_counts(const char *path);

enum generator_state {
	GENERATOR_MISSING, /* not installed */
	GENERATOR_MASKED,  /* a link to /dev/null, or empty */
	GENERATOR_FOUND,
};

/* Find the generator as systemd does: of equal names the first one counts, also if it is masked. */
enum generator_state generator_find(char path[PATH_MAX]);

enum generated_difference {
	GENERATED_SAME,
	GENERATED_LEFTOVER, /* systemd has it, and it would not be written */
	GENERATED_DIFFERS,
	GENERATED_MISSING, /* it would be written, and systemd does not have it */
};

/* A unit whose drop-in or link is not what the generator would write. */
struct generated_unit {
	char *name; /* owned: `sipis@1.service`; from a directory, so it must be escaped */
	enum generated_difference difference;
};

struct generated {
	struct generated_unit *units; /* owned; only those that differ, sorted by name */
	size_t n, capacity;
};

/* Run the generator and compare. Return 0, -ETIMEDOUT or another negative errno. */
int generated_compare(const char *generator, struct generated *ret_generated);
void generated_done(struct generated *generated);

/* Return a unit that differs, or NULL. */
const struct generated_unit *generated_find(const struct generated *generated, const char *unit);
