/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The floor: it reads and writes the same files, and knows what they say from installation.sh. */

#include <stdio.h>

#include "bare.h"

void bare_read_settings(unsigned number, const char *data, size_t size,
			struct bare_instance *ret_instance)
{
	snprintf(ret_instance->name, sizeof(ret_instance->name), "Sipis%u", number);
	snprintf(ret_instance->port, sizeof(ret_instance->port), "%u", 10000 + number);
	snprintf(ret_instance->http_port, sizeof(ret_instance->http_port), "%u", 30000 + number);
}

void bare_read_load_balancer(const char *data, size_t size)
{
}
