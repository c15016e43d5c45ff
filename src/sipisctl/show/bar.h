/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The selector space as a bar: what somebody has of it, drawn in one line of text. Positions are
 * exact integers, rounded once, so that what touches in the space touches in the picture.
 */

#include <stdbool.h>
#include <stdint.h>

#include "selector/selector.h"
#include "selector/share.h"
#include "util/strbuf.h"

enum bar_mark {
	BAR_FREE,
	BAR_LOST,   /* somebody's prefix has it, and an earlier backend takes it */
	BAR_SERVED, /* somebody serves it */
};

/* `cells` characters. A cell is drawn in eighths. */
struct bar {
	unsigned cells;
	uint8_t *parts; /* owned: the mark of every eighth */
};

/* What a bar is drawn with: characters, and control sequences for colour ("" without). */
struct bar_style {
	bool unicode;
	const char *colors[BAR_SERVED + 1];
	const char *reset;
};

/* All free. 0 or -ENOMEM. */
int bar_make(unsigned cells, struct bar *ret_bar);
void bar_done(struct bar *bar);

/* Mark a range; a mark that is there already gives way to a higher one only. */
void bar_mark(struct bar *bar, const struct range *range, enum bar_mark mark);

bool bar_has(const struct bar *bar, enum bar_mark mark);

void bar_append(struct strbuf *buf, const struct bar *bar, const struct bar_style *style);

/* What BAR_LOST is drawn with, for a legend. */
const char *bar_lost_text(bool unicode);

/* A scale of hexadecimal digits to stand above bars of so many cells. */
void bar_append_scale(struct strbuf *buf, unsigned cells);

/*
 * Where a range stands in a picture that is `length` units long: from *ret_start to before
 * *ret_end. Whatever there is can be seen, so that is never empty. 0 < length < 2^24.
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
