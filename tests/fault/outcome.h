/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How runs of the generator end, and what is right of that. The environment names the programs
 * (GENERATOR, FAULT_SHIM) and a directory (WORK) that is empty. With OWN=1 the tree is the
 * machine's own, and the generator is run without --root, as PID 1 does it.
 *
 * WORK/called gets a line for each function that a run has called.
 */

#include <stdbool.h>

#include "units.h"

/* What is watched: its calls, its calls as PID 1 runs it, its memory, its memory with --dry-run. */
enum subject { CALLS, KERNEL, MEMORY, DRY_RUN };

struct outcome {
	int status; /* of waitpid() */
	struct units units;
	char *said;  /* what is wrong, a line each */
	char *shown; /* on standard output */
	char *leaks; /* what memory.c reports of it */
};

/* What it may cost that something has failed. */
struct license {
	bool nothing;     /* it makes no difference at all */
	bool everything;  /* that no unit is written, and this is said */
	bool lines;       /* that lines are lost, and this is said */
	unsigned silence; /* that so many lines are lost, as they can't be said */
	bool remains;     /* nobody can remove what was begun */
};

/* First of all, and last. `of_tree` is read. */
void begin_outcomes(const char *of_tree, enum subject of_subject);
void end_outcomes(void);

char *work_path(const char *name);

/* All of a file in WORK, for the caller to free. Empty where there is none. */
char *read_work(const char *name);

/* With a wish for shim.c; `paused` is called where it pauses. */
struct outcome run_generator(const char *wanted_port, void (*paused)(void *userdata),
			     void *userdata);
void outcome_done(struct outcome *outcome);

/*
 * The tree as it is now is one that can be: a run may end as with this one. The first is the one
 * that it ends as where nothing may be lost. And so is the tree whose file can't be opened, as it
 * is a link to itself; it need not be there.
 */
void add_possible(void);
void add_possible_without(const char *path);

/* From here on none of them is any more. */
void forget_possible(void);

/* How many allocations the first of them takes. */
unsigned count_allocations(void);

/* Say what is wrong with it, and with which wish, in a line `complaint`; it is done then. */
void judge(const char *wanted_port, const char *what, struct outcome *outcome,
	   struct license license);
