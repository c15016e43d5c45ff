/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The address that a listener binds or that a backend is reached at. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest name of a network interface (IFNAMSIZ without the NUL). */
#define ADDRESS_ZONE_MAX 15

enum address_kind {
	ADDRESS_ANY,     /* absent, `0`, `0.0.0.0`, `::`: meets every address */
	ADDRESS_NUMERIC, /* meets itself, ADDRESS_ANY and ADDRESS_NAME */
	ADDRESS_NAME,    /* a host name: unknown here, so it meets every address */
	ADDRESS_UNKNOWN, /* a wrong one: meets ADDRESS_ANY and ADDRESS_NAME */
};

struct address {
	enum address_kind kind;
	bool loopback;     /* 127.0.0.0/8 or ::1, or the name localhost */
	uint8_t bytes[16]; /* of ADDRESS_NUMERIC: IPv6, an IPv4 address as ::ffff:a.b.c.d */
	char zone[ADDRESS_ZONE_MAX + 1]; /* of a link-local address: its interface, or "" */
};

/*
 * Parse an IPv4 address, `0`, an IPv6 address (with brackets or without, with a zone or without:
 * `fe80::1%eth0`) or a host name whose last label is not all digits. Return false for anything
 * else.
 */
bool address_parse(const char *text, struct address *ret_address);

/* Parse `Host:Port`, an IPv6 address in brackets. Return false for anything else. */
bool endpoint_parse(const char *text, struct address *ret_address, uint16_t *ret_port);

/* Parse a decimal number from 1 to 65535 without sign, blank or leading zero. */
bool port_parse(const char *text, uint16_t *ret_port);

/*
 * Compare two ADDRESS_NUMERIC for sorting: by their bytes, then by their zones, no zone first.
 * Return as strcmp().
 */
int address_compare(const struct address *a, const struct address *b);

/* Return true if two listeners at these addresses can meet. */
bool address_meets(const struct address *a, const struct address *b);

static inline bool address_meets_everything(const struct address *address)
{
	return address->kind == ADDRESS_ANY || address->kind == ADDRESS_NAME;
}
