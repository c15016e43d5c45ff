/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The names of all units that this project knows, each stated once. */

#include "installation/scan.h"

#define UMBRELLA_UNIT      "sipis.service"
#define TEMPLATE_UNIT      "sipis@.service"
#define INSTANCE_UNITS     "sipis@*.service" /* matches every instance */
#define LOAD_BALANCER_UNIT "LoadBalancer2.service"

#define INSTANCE_UNIT_PREFIX "sipis@"
#define UNIT_SUFFIX          ".service"

/* The drop-in that the generator writes for a unit. */
#define GENERATED_DROP_IN "50-sipis-generator.conf"

/* A unit's name by value: it needs no memory. */
struct unit_name {
	char text[sizeof(INSTANCE_UNIT_PREFIX UNIT_SUFFIX) + INSTANCE_LENGTH_MAX];
};

/* Return `sipis@INSTANCE.service`. The instance's name must be valid. */
struct unit_name instance_unit(const char *instance);

/*
 * Parse `sipis@INSTANCE.service`: return the instance and set *ret_length, or return NULL if the
 * unit is not an instance with a valid name. The result points into `unit`.
 */
const char *unit_instance(const char *unit, size_t *ret_length);
