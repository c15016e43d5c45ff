/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory for many small things that stay: asked for in one piece, and filled with pages by one
 * call. Else each page comes by a fault of its own, which costs many times what the page does.
 */

#include <stddef.h>

/* What comes by single faults, and what is never asked for in one piece. */
#define HEAP_PREPARE_MIN ((size_t)128 * 1024)
#define HEAP_PREPARE_MAX ((size_t)32 * 1024 * 1024)

/*
 * Let malloc() have `bytes` at hand, and never give them back. Where that can't be done, or is not
 * worth a call, nothing happens.
 */
void heap_prepare(size_t bytes);
