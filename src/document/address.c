/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "util/ascii.h"
#include "util/macro.h"

#define HOST_NAME_LENGTH_MAX  253
#define HOST_LABEL_LENGTH_MAX 63

bool port_parse(const char *text, uint16_t *ret_port)
{
	unsigned port = 0;
	size_t length = strlen(text);

	if (!length || length > 5 || text[0] == '0')
		return false;
	for (; *text; text++) {
		if (!ascii_is_digit(*text))
			return false;
		port = port * 10 + (unsigned)(*text - '0');
	}

	if (port > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

/* Accept underscores: they are not in the standard, but common in the names of containers. */
static bool label_is_valid(const char *label, size_t length)
{
	if (!length || length > HOST_LABEL_LENGTH_MAX || label[0] == '-' ||
	    label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!ascii_is_letter(label[i]) && !ascii_is_digit(label[i]) && label[i] != '-' &&
		    label[i] != '_')
			return false;
	return true;
}

static bool host_name_is_valid(const char *name)
{
	size_t length = strlen(name);
	bool all_digits = false;

	if (length && name[length - 1] == '.')
		length--;
	if (!length || length > HOST_NAME_LENGTH_MAX)
		return false;

	for (const char *label = name, *end = name + length; label < end;) {
		const char *dot = memchr(label, '.', (size_t)(end - label));
		size_t label_length = (size_t)((dot ? dot : end) - label);

		if (!label_is_valid(label, label_length) || dot == end - 1)
			return false;

		all_digits = strspn(label, "0123456789") >= label_length;
		label += label_length + 1;
	}
	return !all_digits;
}

static void address_set_numeric(struct address *address, const uint8_t bytes[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t zero[16];
	static const uint8_t one[16] = {[15] = 1};
	bool is_ipv4 = !memcmp(bytes, mapped, sizeof(mapped));
	bool is_any = is_ipv4 ? !memcmp(bytes + 12, zero, 4) : !memcmp(bytes, zero, sizeof(zero));

	*address = (struct address){.kind = is_any ? ADDRESS_ANY : ADDRESS_NUMERIC};
	memcpy(address->bytes, bytes, sizeof(address->bytes));
	address->loopback = is_ipv4 ? bytes[12] == 127 : !memcmp(bytes, one, sizeof(one));
}

static bool ipv4_parse(const char *text, struct address *ret_address)
{
	uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET, text, bytes + 12) != 1)
		return false;
	address_set_numeric(ret_address, bytes);
	return true;
}

/* Accept what the kernel accepts as the name of an interface, but ASCII only, or its number. */
static bool zone_is_valid(const char *zone)
{
	size_t length = strlen(zone);

	if (!length || length > ADDRESS_ZONE_MAX || !strcmp(zone, ".") || !strcmp(zone, ".."))
		return false;
	for (size_t i = 0; i < length; i++)
		if (zone[i] <= ' ' || zone[i] > '~' || strchr("/:%[]\"'<>&\\", zone[i]))
			return false;
	return true;
}

static bool ipv6_is_link_local(const uint8_t bytes[16])
{
	return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

static bool ipv6_parse(const char *text, struct address *ret_address)
{
	const char *percent = strchr(text, '%');
	char plain[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	size_t length = percent ? (size_t)(percent - text) : strlen(text);

	if (length >= sizeof(plain) || (percent && !zone_is_valid(percent + 1)))
		return false;

	memcpy(plain, text, length);
	plain[length] = 0;
	if (inet_pton(AF_INET6, plain, bytes) != 1)
		return false;

	address_set_numeric(ret_address, bytes);
	/* The kernel ignores the zone of other addresses. */
	if (percent && ipv6_is_link_local(bytes))
		(void)strcpy(ret_address->zone, percent + 1);
	return true;
}

static bool host_name_parse(const char *text, struct address *ret_address)
{
	if (!host_name_is_valid(text))
		return false;
	*ret_address = (struct address){
		.kind = ADDRESS_NAME,
		.loopback = ascii_equal(text, "localhost"),
	};
	return true;
}

/* Copy the text between brackets. Return false if it has none, or more than any address or name. */
static bool unbracket(const char *text, size_t length, char ret_inner[HOST_NAME_LENGTH_MAX + 2])
{
	if (length < 3 || text[0] != '[' || text[length - 1] != ']' ||
	    length - 2 > HOST_NAME_LENGTH_MAX + 1)
		return false;
	memcpy(ret_inner, text + 1, length - 2);
	ret_inner[length - 2] = 0;
	return true;
}

bool address_parse(const char *text, struct address *ret_address)
{
	char inner[HOST_NAME_LENGTH_MAX + 2];

	if (!strcmp(text, "0")) {
		*ret_address = (struct address){.kind = ADDRESS_ANY};
		return true;
	}
	if (unbracket(text, strlen(text), inner))
		return ipv6_parse(inner, ret_address);
	return ipv4_parse(text, ret_address) || ipv6_parse(text, ret_address) ||
	       host_name_parse(text, ret_address);
}

bool endpoint_parse(const char *text, struct address *ret_address, uint16_t *ret_port)
{
	const char *colon = strrchr(text, ':');
	char host[HOST_NAME_LENGTH_MAX + 4], inner[HOST_NAME_LENGTH_MAX + 2];
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (!length || length >= sizeof(host) || !port_parse(colon + 1, ret_port))
		return false;

	memcpy(host, text, length);
	host[length] = 0;
	/* LoadBalancer2 accepts brackets around any host, and requires them around IPv6. */
	if (unbracket(host, length, inner))
		return ipv6_parse(inner, ret_address) || ipv4_parse(inner, ret_address) ||
		       host_name_parse(inner, ret_address);
	return !strchr(host, ':') && address_parse(host, ret_address);
}

int address_compare(const struct address *a, const struct address *b)
{
	int r = memcmp(a->bytes, b->bytes, sizeof(a->bytes));

	return r ? r : strcmp(a->zone, b->zone);
}

bool address_meets(const struct address *a, const struct address *b)
{
	if (address_meets_everything(a) || address_meets_everything(b))
		return true;
	if (a->kind != ADDRESS_NUMERIC || b->kind != ADDRESS_NUMERIC ||
	    memcmp(a->bytes, b->bytes, sizeof(a->bytes)) != 0)
		return false;
	return !a->zone[0] || !b->zone[0] || !strcmp(a->zone, b->zone);
}
