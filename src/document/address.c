/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "util/macro.h"

#define HOST_NAME_LENGTH_MAX  253
#define HOST_LABEL_LENGTH_MAX 63

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool port_parse(const char *text, uint16_t *ret_port)
{
	unsigned port = 0;
	size_t length = strlen(text);

	if (!length || length > 5 || text[0] == '0')
		return false;
	for (; *text; text++) {
		if (!is_digit(*text))
			return false;
		port = port * 10 + (unsigned)(*text - '0');
	}
	if (port > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

/* One label of a host name; underscores are no part of the standard and common in containers. */
static bool label_is_valid(const char *label, size_t length)
{
	if (!length || length > HOST_LABEL_LENGTH_MAX || label[0] == '-' ||
	    label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_alphanumeric(label[i]) && label[i] != '-' && label[i] != '_')
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

static bool ipv6_parse(const char *text, struct address *ret_address)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET6, text, bytes) != 1)
		return false;
	address_set_numeric(ret_address, bytes);
	return true;
}

static bool host_name_parse(const char *text, struct address *ret_address)
{
	if (!host_name_is_valid(text))
		return false;
	*ret_address = (struct address){
		.kind = ADDRESS_NAME,
		.loopback = !strcasecmp(text, "localhost"),
	};
	return true;
}

/* What stands between brackets, copied out; false where it is longer than any address or name. */
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
	/* LoadBalancer2 takes brackets around anything, an IPv6 address only with them. */
	if (unbracket(host, length, inner))
		return ipv6_parse(inner, ret_address) || ipv4_parse(inner, ret_address) ||
		       host_name_parse(inner, ret_address);
	return !strchr(host, ':') && address_parse(host, ret_address);
}
