/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* `status --monitoring`: a line as the Monitoring Plugins guidelines want it. */

#include "sipisctl/status-rows.h"

/* The values are exit statuses of the Monitoring Plugins guidelines. */
enum monitoring_state {
	MONITORING_OK,
	MONITORING_WARNING,
	MONITORING_CRITICAL,
	MONITORING_UNKNOWN,
};

/* The input of monitoring_print(). */
struct monitoring {
	const struct status *status;           /* borrowed */
	const struct diagnostics *diagnostics; /* borrowed: of the settings and the host, or NULL */
	const char *unknown;                   /* why something could not be asked; NULL: nothing */
};

/* Print the line and return the exit status. */
int monitoring_print(const struct monitoring *monitoring);
