/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the generator is measured against: programs that read the same files and write the same
 * units, and do as little as possible in between. They trust what they read and check nothing.
 */

#include <stddef.h>

/* What a drop-in is made of. */
struct bare_instance {
	char name[256], port[8], http_port[8];
};

/* Each of these programs has its own way to know what `Settings%u.xml` says. */
void bare_read_settings(unsigned number, const char *data, size_t size,
			struct bare_instance *ret_instance);
void bare_read_load_balancer(const char *data, size_t size);
