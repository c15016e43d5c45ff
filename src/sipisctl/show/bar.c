/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/bar.h"

#include <errno.h>
#include <string.h>

#define PARTS 8

#define DECIMALS_MIN 2
#define DECIMALS_MAX 7 /* of share_percent_format() */

/* --- positions --------------------------------------------------------------------------- */

/* Return selector * length / 2^160, rounded to the nearest. */
static uint32_t selector_scale(const struct selector *selector, uint32_t length)
{
	uint64_t product = 0;

	for (size_t i = sizeof(selector->bytes); i-- > 0;)
		product = (product >> 8) + (uint64_t)selector->bytes[i] * length;
	return (uint32_t)((product + 0x80) >> 8);
}

void range_scale(const struct range *range, uint32_t length, uint32_t *ret_start, uint32_t *ret_end)
{
	struct selector next = range->last;
	uint32_t start = selector_scale(&range->first, length);
	uint32_t end = selector_increment(&next) ? selector_scale(&next, length) : length;

	if (start == length)
		start--;
	*ret_start = start;
	*ret_end = end > start ? end : start + 1;
}

/* --- bars -------------------------------------------------------------------------------- */

int bar_make(unsigned cells, struct bar *ret_bar)
{
	uint8_t *parts;

	parts = calloc((size_t)cells + 1, PARTS);
	if (!parts)
		return -ENOMEM;
	*ret_bar = (struct bar){cells, parts};
	return 0;
}

void bar_done(struct bar *bar)
{
	free(bar->parts);
	*bar = (struct bar){};
}

void bar_mark(struct bar *bar, const struct range *range, enum bar_mark mark)
{
	uint32_t start, end;

	if (!bar->cells)
		return;
	range_scale(range, bar->cells * PARTS, &start, &end);
	for (uint32_t i = start; i < end; i++)
		if (bar->parts[i] < mark)
			bar->parts[i] = (uint8_t)mark;
}

bool bar_has(const struct bar *bar, enum bar_mark mark)
{
	return memchr(bar->parts, mark, (size_t)bar->cells * PARTS) != NULL;
}

static unsigned count_parts(const uint8_t parts[PARTS], enum bar_mark mark)
{
	unsigned n = 0;

	for (size_t i = 0; i < PARTS; i++)
		n += parts[i] == mark;
	return n;
}

/* Return the mark of a whole cell. A part that is served shows, however small. */
static enum bar_mark cell_mark(const uint8_t parts[PARTS])
{
	if (count_parts(parts, BAR_SERVED))
		return BAR_SERVED;
	return count_parts(parts, BAR_LOST) ? BAR_LOST : BAR_FREE;
}

/*
 * Unicode has blocks of one to eight eighths from the left, but only two from the right. A part in
 * the middle of a cell is drawn from the left.
 */
static const char *served_block(const uint8_t parts[PARTS])
{
	static const char *const left[PARTS + 1] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
	unsigned n = count_parts(parts, BAR_SERVED);

	if (parts[0] == BAR_SERVED || parts[PARTS - 1] != BAR_SERVED)
		return left[n];
	return n < 3 ? "▕" : n < 7 ? "▐" : "█";
}

const char *bar_lost_text(bool unicode)
{
	return unicode ? "░" : "-";
}

static const char *cell_text(const uint8_t parts[PARTS], enum bar_mark mark, bool unicode)
{
	if (mark == BAR_FREE)
		return unicode ? "·" : ".";
	if (mark == BAR_LOST)
		return bar_lost_text(unicode);
	if (unicode)
		return served_block(parts);
	return count_parts(parts, BAR_SERVED) >= PARTS / 2 ? "#" : "+";
}

void bar_append(struct strbuf *buf, const struct bar *bar, const struct bar_style *style)
{
	const char *color = "";

	for (unsigned cell = 0; cell < bar->cells; cell++) {
		const uint8_t *parts = bar->parts + (size_t)cell * PARTS;
		enum bar_mark mark = cell_mark(parts);

		if (strcmp(color, style->colors[mark]) != 0) {
			strbuf_append(buf, *color ? style->reset : "");
			color = style->colors[mark];
			strbuf_append(buf, color);
		}
		strbuf_append(buf, cell_text(parts, mark, style->unicode));
	}
	strbuf_append(buf, *color ? style->reset : "");
}

/* Append as many of the 16 digits as have at least two cells each. */
void bar_append_scale(struct strbuf *buf, unsigned cells)
{
	unsigned step = 1, at = 0;

	while (step < 16 && cells * step < 2 * 16)
		step *= 2;
	for (unsigned digit = 0; digit < 16; digit += step) {
		for (; at < digit * cells / 16; at++)
			strbuf_append_char(buf, ' ');
		strbuf_appendf(buf, "%X", digit);
		at++;
	}
}

/* --- shares ------------------------------------------------------------------------------ */

/* With d decimals per cent are exact if the share is a multiple of 2^(158 - d). */
static unsigned decimals_needed(const struct share *share)
{
	unsigned zeros = 0;

	if (share_is_zero(share))
		return 0;
	while (!(share->words[zeros / 32] >> (zeros % 32) & 1))
		zeros++;
	return zeros < 158 ? 158 - zeros : 0;
}

static void append_decimals(struct strbuf *buf, const struct share *share, unsigned decimals)
{
	char text[SHARE_PERCENT_MAX];

	if (decimals < DECIMALS_MIN)
		decimals = DECIMALS_MIN;
	if (decimals > DECIMALS_MAX)
		decimals = DECIMALS_MAX;
	strbuf_append(buf, share_percent_format(share, decimals, text));
}

void share_append_number(struct strbuf *buf, const struct share *share)
{
	append_decimals(buf, share, decimals_needed(share));
}

void share_append_percent(struct strbuf *buf, const struct share *share)
{
	unsigned decimals = decimals_needed(share);
	char text[SHARE_PERCENT_MAX];

	if (decimals <= DECIMALS_MAX) {
		append_decimals(buf, share, decimals);
		return;
	}
	share_percent_format(share, DECIMALS_MIN, text);
	if (!strcmp(text, "0.00"))
		strbuf_append(buf, "<0.01");
	else if (!strcmp(text, "100.00"))
		strbuf_append(buf, ">99.99");
	else
		strbuf_appendf(buf, "~%s", text);
}
