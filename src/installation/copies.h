/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds settings files that are copies of another: all values that must be unique are the same. */

#include "installation/installation.h"

/*
 * Set copied_from of each instance whose Server name, ports, lock and log are those of an earlier
 * one. A value that both leave to SIPIS's default, or to a file that each process has of its own,
 * is the same. Return 0 or -ENOMEM.
 */
int copies_mark(struct installation *installation);

/* Rule, see rules.c: one error for each copy, in place of those of its single values. */
int check_copies(const struct installation *installation, struct diagnostics *diagnostics);
