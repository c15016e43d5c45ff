/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Putting a plan's units into the directory that systemd gave us. */

#include "plan.h"
#include "util/strbuf.h"

struct writer {
	int fd;             /* borrowed: the directory; nothing outside it is touched */
	int wants_fd;       /* its sipis.service.wants, once there was something to link; else -1 */
	struct strbuf path; /* in it, of what is being written */
};

#define WRITER_INIT(directory_fd)                                         \
	{                                                                 \
		.fd = (directory_fd), .wants_fd = -1, .path = STRBUF_INIT \
	}

/*
 * Write a unit's drop-in and its link: both of them, or neither. A file that exists is an error
 * and stays as it is. 0 or a negative errno.
 */
int write_unit(struct writer *writer, const struct plan_unit *unit);
void writer_done(struct writer *writer);
