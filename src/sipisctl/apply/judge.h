/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What keeps an apply from stopping anything. All functions return 0; 1 if the apply is refused,
 * which has been reported; or a negative errno.
 */

#include "sipisctl/apply/context.h"

/* Read the settings into an apply, and report their diagnostics. */
int judge_settings(struct apply *apply);

/* The same after the reload: others may have changed the settings meanwhile. */
int judge_again(struct apply *apply);

/* Check the umbrella and the load balancer, as systemd has loaded them. */
int judge_units(struct apply *apply);

/* Check the instances that should serve, as they were found. */
int judge_instances(struct apply *apply);

/* Check this machine, and report what is found. */
int judge_host(struct apply *apply);
