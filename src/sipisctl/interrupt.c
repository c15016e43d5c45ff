/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interrupt.h"

#include <signal.h>

static volatile sig_atomic_t pending;

static void remember(int signal)
{
	(void)signal;
	pending = 1;
}

/* Without SA_RESTART, so that whatever waits stops waiting. */
void interrupt_watch(void)
{
	struct sigaction action = {.sa_handler = remember};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool interrupt_pending(void)
{
	return pending != 0;
}
