/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * FNV-1a with 64 bits: tells whether a file changed. It detects changes, not attacks.
 *
 * Source of the algorithm and its constants: RFC 9923, "The FNV Non-Cryptographic Hash Algorithm".
 */

#include <inttypes.h>
#include <stddef.h>

/* Length of a digest in text: 16 hexadecimal digits. */
#define DIGEST_LENGTH 16

/* How a digest is written and read, lower case with leading zeros. */
#define DIGEST_FORMAT "%016" PRIx64

/* A process has the digest of its settings file in this variable of its environment. */
#define DIGEST_VARIABLE "SIPIS_SETTINGS_DIGEST"

uint64_t digest(const void *data, size_t size);
