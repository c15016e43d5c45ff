/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One input that is several things: records with a record separator (0x1e) between them, which is
 * in no well-formed document. A record that is a file may begin with its name and a unit separator
 * (0x1f): what stands between `Settings` and `.xml`. Without that it is the load balancer's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "installation/load.h"

struct record {
	const char *data; /* borrowed */
	size_t size;
};

/* Take the first record off `rest`; false: there is none. */
bool record_next(struct record *rest, struct record *ret_record);

#define RECORD_FILES_MAX 8

/* As a directory has them: no name twice, no slash in it. */
struct record_files {
	struct planned_file files[RECORD_FILES_MAX];
	size_t n;
};

/* All records of `rest`. The caller calls record_files_done(). */
void record_files_make(struct record rest, struct record_files *ret);
void record_files_done(struct record_files *files);
