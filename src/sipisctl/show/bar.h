/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parts of the selector space as a bar, one line of text. Positions are rounded once, from exact
 * integers, so that ranges that touch in the space touch in the picture.
 */

#include <stdbool.h>
#include <stdint.h>

#include "selector/selector.h"
#include "selector/share.h"
#include "util/strbuf.h"

enum bar_mark {
	BAR_FREE,
	BAR_LOST,   /* in its prefix, but an earlier backend takes it */
	BAR_SERVED, /* served by it */
};

/* A bar of `cells` characters, each of which has eighths. */
struct bar {
	unsigned cells;
	uint8_t *parts; /* owned: an enum bar_mark for each eighth */
};

/* `colors` and `reset` are control sequences; "" draws without colour. */
struct bar_style {
	bool unicode;
	const char *colors[BAR_SERVED + 1];
	const char *reset;
};

/* Make a bar that is all free. Return 0 or -ENOMEM. */
int bar_make(unsigned cells, struct bar *ret_bar);
void bar_done(struct bar *bar);

/* Mark a range. A higher mark that is there already stays. */
void bar_mark(struct bar *bar, const struct range *range, enum bar_mark mark);

bool bar_has(const struct bar *bar, enum bar_mark mark);

void bar_append(struct strbuf *buf, const struct bar *bar, const struct bar_style *style);

/* Return the character for BAR_LOST, for a legend. */
const char *bar_lost_text(bool unicode);

/* Append a scale of hexadecimal digits, for the line above bars of so many cells. */
void bar_append_scale(struct strbuf *buf, unsigned cells);

/*
 * Scale a range to a picture of `length` units: [*ret_start, *ret_end). The result is never empty,
 * so that even one selector can be seen. 0 < length < 2^24.
 */
void range_scale(const struct range *range, uint32_t length, uint32_t *ret_start,
		 uint32_t *ret_end);

/*
 * Append a share in per cent: exact with 2 to 7 decimals (`1.5625`); where these are not enough, to
 * two with a word about it: `~25.00`, `<0.01`, `>99.99`.
 */
void share_append_percent(struct strbuf *buf, const struct share *share);

/* The same as a number: where 7 decimals are not enough it is rounded to them. */
void share_append_number(struct strbuf *buf, const struct share *share);
