/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An address that a listener binds or a backend is reached at, and the question that the rules
 * ask: can two of them meet?
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum address_kind {
	ADDRESS_ANY,     /* absent, `0`, `0.0.0.0`, `::`: meets everything */
	ADDRESS_NUMERIC, /* meets itself and what meets everything */
	ADDRESS_NAME,    /* a host name: may be anything, so it meets everything */
	ADDRESS_UNKNOWN, /* one that is wrong: surely meets only what meets everything */
};

struct address {
	uint8_t kind;      /* enum address_kind: there are a dozen for each settings file */
	bool loopback;     /* 127.0.0.0/8 or ::1, or the name localhost */
	uint8_t bytes[16]; /* ADDRESS_NUMERIC: as IPv6, an IPv4 address as ::ffff:a.b.c.d */
};

/*
 * Read an IPv4 address, `0`, an IPv6 address (with brackets or without) or a host name whose last
 * label is not all digits. False where `text` is none of them.
 */
bool address_parse(const char *text, struct address *ret_address);

/* Read `Host:Port`, an IPv6 address in brackets. False where `text` is not that. */
bool endpoint_parse(const char *text, struct address *ret_address, uint16_t *ret_port);

/* Read a decimal number from 1 to 65535 without sign, blank or leading zero. */
bool port_parse(const char *text, uint16_t *ret_port);

static inline bool address_meets_everything(const struct address *address)
{
	return address->kind == ADDRESS_ANY || address->kind == ADDRESS_NAME;
}
