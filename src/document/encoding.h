/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Is a document in UTF-8 (or US-ASCII)? Judged by its bytes: its mark, and its XML declaration. */

#include <stddef.h>

/*
 * What speaks against it, as a finding says it, and the bytes that do; NULL where nothing does.
 * `ret_at` points into `data`.
 */
const char *encoding_fault(const char *data, size_t size, const char **ret_at, size_t *ret_length);
