/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The selector space: 160-bit numbers, and the prefixes and ranges that cut it up.
 *
 * A selector is the number by which LoadBalancer2 chooses a backend for a SIP account. A prefix
 * stands for all selectors that begin with its bits.
 *
 * The notation of prefixes is that of the vendor's load balancing guide, HEX/BITS (the first BITS
 * bits, padded with zero bits to a whole digit), and of its older edition, plain HEX (four bits a
 * digit).
 *
 * All of these are values, nothing here owns anything but a range set. There is no floating point,
 * and -ENOMEM is the only failure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELECTOR_BITS   160
#define SELECTOR_DIGITS (SELECTOR_BITS / 4)

/* Sizes of texts, with their NUL byte */
#define PREFIX_TEXT_MAX  (SELECTOR_DIGITS + sizeof("/160"))
#define PREFIX_ERROR_MAX 80

/* More prefixes than this a range never needs. */
#define RANGE_PREFIXES_MAX (2 * SELECTOR_BITS - 2)

struct selector {
	uint8_t bytes[SELECTOR_BITS / 8]; /* big endian */
};

struct prefix {
	struct selector first; /* the bits after the first `bits` are zero */
	uint8_t bits;          /* 0 (everything) .. 160 (a single selector) */
};

/* Never empty: first <= last. */
struct range {
	struct selector first, last; /* both belong to it */
};

/* --- selectors --------------------------------------------------------------------------- */

/* Less than, equal to or greater than 0, as memcmp(). */
int selector_compare(const struct selector *a, const struct selector *b);

/* Step to the neighbour. False, and no step, at the end of the space. */
bool selector_increment(struct selector *selector);
bool selector_decrement(struct selector *selector);

/*
 * Read a selector as it stands in a list of accounts: 40 hexadecimal digits in any case, and
 * whatever suffix follows them (*ret has 160 bits); or 1..39 digits and nothing else (*ret has four
 * bits a digit). `text` needs no NUL byte. False, and *ret untouched, if it is neither.
 */
bool selector_parse(const char *text, size_t length, struct prefix *ret);

/* --- prefixes ---------------------------------------------------------------------------- */

/* What can be wrong with a prefix: a finding about a document, never a failure of ours. */
enum prefix_error {
	PREFIX_GOOD = 0,
	PREFIX_BAD_DIGIT,   /* something before the / is not a hexadecimal digit */
	PREFIX_NO_BITS,     /* nothing after the / */
	PREFIX_BAD_BITS,    /* BITS is not a decimal number without sign, blank, leading zero */
	PREFIX_TOO_LONG,    /* over 160 bits */
	PREFIX_DIGIT_COUNT, /* not exactly ceil(BITS/4) digits */
	PREFIX_LOOSE_BITS,  /* bits set after the first BITS */
};

/*
 * Read HEX or HEX/BITS, HEX being any number of digits in any case. PREFIX_GOOD, or the first thing
 * that is wrong, and then *ret is untouched. The empty text is everything, as is "/0".
 */
enum prefix_error prefix_parse(const char *text, struct prefix *ret);

/*
 * Say what is wrong with `text`, for which prefix_parse() has returned `error`, as the rest of a
 * sentence: "has 3 digits where /2 wants 1". None of the text is repeated, so the message needs no
 * escaping. Returns `buf`.
 */
const char *prefix_strerror(enum prefix_error error, const char *text, char buf[PREFIX_ERROR_MAX]);

/* Write the canonical notation, HEX/BITS in upper case; everything is "/0". Returns `buf`. */
const char *prefix_format(const struct prefix *prefix, char buf[PREFIX_TEXT_MAX]);

/*
 * Write plain HEX, the only notation that the older edition of LoadBalancer2 reads; everything is
 * "". False, and `buf` untouched, when the bits do not fill their last digit.
 */
bool prefix_format_plain(const struct prefix *prefix, char buf[PREFIX_TEXT_MAX]);

/* By first selector, then the wider one first: what a prefix contains comes right after it. */
int prefix_compare(const struct prefix *a, const struct prefix *b);

bool prefix_contains_selector(const struct prefix *prefix, const struct selector *selector);
bool prefix_contains_prefix(const struct prefix *outer, const struct prefix *inner); /* or is it */
struct selector prefix_last(const struct prefix *prefix);
struct range prefix_range(const struct prefix *prefix);

/* --- ranges ------------------------------------------------------------------------------ */

/* The widest prefix that begins where the range does and stays inside it. */
struct prefix range_first_prefix(const struct range *range);

/* Write the fewest prefixes that make up the range, in ascending order. Returns how many. */
size_t range_prefixes(const struct range *range, struct prefix ret[RANGE_PREFIXES_MAX]);

/*
 * A union of ranges. {} is the empty set. It owns `items`.
 * Normal is a set whose ranges ascend and neither overlap nor touch: so it is after
 * range_set_normalize(), and no longer after range_set_add().
 */
struct range_set {
	struct range *items;
	size_t count, capacity;
};

void range_set_done(struct range_set *set);

/* 0, or -ENOMEM with the set as it was. */
int range_set_add(struct range_set *set, const struct range *range);
void range_set_normalize(struct range_set *set);

/*
 * Add to `ret` the ranges that the normal `set` leaves free: what was empty is then normal itself.
 * 0, or -ENOMEM with some of them added.
 */
int range_set_complement(const struct range_set *set, struct range_set *ret);

/* The first range that the normal `set` leaves free. False, *ret untouched, if there is none. */
bool range_set_first_gap(const struct range_set *set, struct range *ret);
