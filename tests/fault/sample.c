/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample.h"

#include <err.h>
#include <stdlib.h>

static unsigned n_points;

/* 1 without the variable */
static unsigned long read_every(void)
{
	const char *text = getenv("FAULT_EVERY");
	unsigned long every = text ? strtoul(text, NULL, 10) : 1;

	if (!every)
		errx(2, "FAULT_EVERY is a number from 1 on, not %s", text);
	return every;
}

bool next_is_tried(void)
{
	return n_points++ % read_every() == 0;
}

void restart_sample(void)
{
	n_points = 0;
}
