/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Writes the units of a plan into the directory that systemd gave to the generator. */

#include "plan.h"

struct writer {
	int fd;       /* borrowed: the directory; nothing outside is touched */
	int wants_fd; /* owned: its sipis.service.wants, open since the first link; else -1 */
};

#define WRITER_INIT(directory_fd)                    \
	{                                            \
		.fd = (directory_fd), .wants_fd = -1 \
	}

/*
 * Write a unit's drop-in and its link: both, or neither. Return 0 or a negative errno: -EEXIST if
 * one of them exists, -ENOTDIR if something is in the place of a directory, -ENOMEM for a unit
 * without a text.
 */
int write_unit(struct writer *writer, const struct plan_unit *unit);
void writer_done(struct writer *writer);
