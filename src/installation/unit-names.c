/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/unit-names.h"

#include <assert.h>
#include <string.h>

struct unit_name instance_unit(const char *instance)
{
	struct unit_name name;

	assert(strlen(instance) <= INSTANCE_LENGTH_MAX);

	stpcpy(stpcpy(stpcpy(name.text, INSTANCE_UNIT_PREFIX), instance), UNIT_SUFFIX);
	return name;
}

const char *unit_instance(const char *unit, size_t *ret_length)
{
	char instance[INSTANCE_LENGTH_MAX + 1];
	size_t length = strlen(unit);

	if (length <= strlen(INSTANCE_UNIT_PREFIX UNIT_SUFFIX) ||
	    strncmp(unit, INSTANCE_UNIT_PREFIX, strlen(INSTANCE_UNIT_PREFIX)) != 0 ||
	    strcmp(unit + length - strlen(UNIT_SUFFIX), UNIT_SUFFIX) != 0)
		return NULL;

	unit += strlen(INSTANCE_UNIT_PREFIX);
	length -= strlen(INSTANCE_UNIT_PREFIX UNIT_SUFFIX);
	if (length > INSTANCE_LENGTH_MAX)
		return NULL;

	memcpy(instance, unit, length);
	instance[length] = 0;
	if (!instance_name_is_valid(instance))
		return NULL;

	*ret_length = length;
	return unit;
}
