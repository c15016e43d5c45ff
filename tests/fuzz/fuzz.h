/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What all harnesses share: how they look, and what they say when something does not hold. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's: 0; -1 would keep this input out of the corpus. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a build with NDEBUG must still find something. */
#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)
