/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/loop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "util/macro.h"

static const int caught_signals[] = {SIGINT, SIGTERM};

static sd_event_source *sources[ELEMENTSOF(caught_signals)];
static bool interrupted;

/* --- signals ----------------------------------------------------------------------------- */

static void caught_signals_mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ELEMENTSOF(caught_signals); i++)
		sigaddset(&set, caught_signals[i]);
	sigprocmask(how, &set, NULL);
}

/* Give both signals their default action back: the next one ends the program. */
static int signal_caught(sd_event_source *source _unused_,
			 const struct signalfd_siginfo *info _unused_, void *userdata _unused_)
{
	interrupted = true;
	for (size_t i = 0; i < ELEMENTSOF(sources); i++)
		sources[i] = sd_event_source_disable_unref(sources[i]);
	caught_signals_mask(SIG_UNBLOCK);
	return 0;
}

int loop_watch_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sd_event *event;
	int r;

	if (sources[0])
		return 0;
	sigaction(SIGHUP, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	r = sd_event_default(&event);
	if (r < 0)
		return r;

	caught_signals_mask(SIG_BLOCK);
	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(caught_signals); i++)
		r = sd_event_add_signal(event, &sources[i], caught_signals[i], signal_caught, NULL);
	sd_event_unref(event);
	return r < 0 ? r : 0;
}

bool loop_take_interrupt(void)
{
	bool taken = interrupted;

	interrupted = false;
	return taken;
}

/* --- waiting ----------------------------------------------------------------------------- */

static void unref_event(sd_event **event)
{
	sd_event_unref(*event);
}

int loop_wait(loop_condition *condition, void *context, uint64_t deadline)
{
	_cleanup_(unref_event) sd_event *event = NULL;
	int r;

	r = sd_event_default(&event);
	if (r < 0)
		return r;

	while (!condition || !condition(context)) {
		uint64_t now = now_usec();

		if (interrupted)
			return -EINTR;
		if (now >= deadline)
			return -ETIME;
		r = sd_event_run(event, deadline - now);
		if (r < 0)
			return r;
	}
	return 0;
}
