/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether somebody wants the program to end: SIGINT and SIGTERM, once they are watched for. */

#include <stdbool.h>

void interrupt_watch(void);
bool interrupt_pending(void);
