/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds the name that was probably meant by a misspelt one. */

#include <stdbool.h>
#include <stddef.h>

/*
 * Return true if the names differ in case and blanks only, or in at most two letters. Names that
 * differ in digits, such as Sipis3 and Sipis4, are different things and not near.
 */
bool names_are_near(const char *a, const char *b);

/* The comparisons that one run may make, so that many misspelt names do not take the square of
 * time. */
#define NEAR_NAMES_BUDGET 4096
