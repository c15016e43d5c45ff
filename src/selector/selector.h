/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The selector space: 160-bit numbers, and prefixes and ranges of them.
 *
 * LoadBalancer2 chooses the backend for a SIP account by its selector. A prefix is the set of all
 * selectors that begin with its bits.
 *
 * Two notations of prefixes are read: HEX/BITS of the vendor's load balancing guide (the first BITS
 * bits, padded with zero bits to a whole digit), and plain HEX of its older edition (four bits a
 * digit).
 *
 * All types are plain values; only struct range_set owns memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELECTOR_BITS   160
#define SELECTOR_DIGITS (SELECTOR_BITS / 4)

/* Sizes of texts, including the NUL byte */
#define PREFIX_TEXT_MAX  (SELECTOR_DIGITS + sizeof("/160"))
#define PREFIX_ERROR_MAX 80

/* A range is never made up of more prefixes. */
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
	struct selector first, last; /* both included */
};

/* --- selectors --------------------------------------------------------------------------- */

/* Compare as memcmp() does. */
int selector_compare(const struct selector *a, const struct selector *b);

/* Step to the neighbour. Return false, and do not step, at the end of the space. */
bool selector_increment(struct selector *selector);
bool selector_decrement(struct selector *selector);

/*
 * Parse a selector from a list of accounts: 40 hexadecimal digits in any case with any suffix (*ret
 * has 160 bits), or 1 to 39 digits without a suffix (*ret has four bits a digit). `text` needs no
 * NUL byte. Return false, and leave *ret untouched, for any other text.
 */
bool selector_parse(const char *text, size_t length, struct prefix *ret);

/* --- prefixes ---------------------------------------------------------------------------- */

/* The errors of prefix_parse(). */
enum prefix_error {
	PREFIX_GOOD = 0,
	PREFIX_BAD_DIGIT,   /* something before the / is not a hexadecimal digit */
	PREFIX_NO_BITS,     /* nothing after the / */
	PREFIX_BAD_BITS,    /* BITS is not a decimal number, or has a sign or leading zero */
	PREFIX_TOO_LONG,    /* over 160 bits */
	PREFIX_DIGIT_COUNT, /* not exactly ceil(BITS/4) digits */
	PREFIX_LOOSE_BITS,  /* bits set after the first BITS */
};

/*
 * Parse HEX or HEX/BITS in any case. The empty text and "/0" are the whole space. Return the first
 * fault and leave *ret untouched, or return PREFIX_GOOD.
 */
enum prefix_error prefix_parse(const char *text, struct prefix *ret);

/*
 * Describe the fault of `text`, for which prefix_parse() returned `error`, as the rest of a
 * sentence: "has 3 digits where /2 wants 1". The description quotes none of the text, so it needs
 * no escaping. Return `buf`.
 */
const char *prefix_strerror(enum prefix_error error, const char *text, char buf[PREFIX_ERROR_MAX]);

/* Format as HEX/BITS in upper case; the whole space is "/0". Return `buf`. */
const char *prefix_format(const struct prefix *prefix, char buf[PREFIX_TEXT_MAX]);

/* Order by first selector, then the wider prefix first: contained prefixes follow directly. */
int prefix_compare(const struct prefix *a, const struct prefix *b);

bool prefix_contains_selector(const struct prefix *prefix, const struct selector *selector);
bool prefix_contains_prefix(const struct prefix *outer, const struct prefix *inner);
struct selector prefix_last(const struct prefix *prefix);
struct range prefix_range(const struct prefix *prefix);

/* --- ranges ------------------------------------------------------------------------------ */

/* Return the widest prefix that begins with the range and is inside it. */
struct prefix range_first_prefix(const struct range *range);

/* Split the range into the fewest prefixes, in ascending order. Return their number. */
size_t range_prefixes(const struct range *range, struct prefix ret[RANGE_PREFIXES_MAX]);

/*
 * A union of ranges; {} is the empty set. Owns `items`. After range_set_normalize() the ranges
 * ascend and neither overlap nor touch.
 */
struct range_set {
	struct range *items;
	size_t count, capacity;
};

void range_set_done(struct range_set *set);

/* Return 0, or -ENOMEM and leave the set unchanged. */
int range_set_add(struct range_set *set, const struct range *range);
void range_set_normalize(struct range_set *set);
