/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/signals.h"

#include <errno.h>
#include <signal.h>

static volatile sig_atomic_t pending;

static void remember(int signal)
{
	(void)signal;
	pending = 1;
}

void interrupt_watch(void)
{
	struct sigaction once = {.sa_handler = remember, .sa_flags = (int)SA_RESETHAND};
	struct sigaction never = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &once, NULL);
	sigaction(SIGTERM, &once, NULL);
	sigaction(SIGHUP, &never, NULL);
	sigaction(SIGPIPE, &never, NULL);
}

bool interrupt_pending(void)
{
	return pending != 0;
}

/* Blocked until the kernel waits, so that none is lost between the look and the waiting. */
int interrupt_poll(struct pollfd *pollfd, uint64_t usec)
{
	struct timespec timeout = {(time_t)(usec / 1000000), (long)(usec % 1000000) * 1000};
	sigset_t both, before;
	int r = 0;

	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, &before);
	if (pending)
		r = -EINTR;
	else if (ppoll(pollfd, 1, &timeout, &before) < 0)
		r = -errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
