/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/jobs.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "sipisctl/running/signals.h"
#include "util/array.h"

/* systemd answers a reload when all generators have ended, for which it gives them 90 seconds. */
#define RELOAD_TIMEOUT_USEC (UINT64_C(180) * 1000 * 1000)

/* polkit may have to ask somebody. */
#define ASK_TIMEOUT_USEC (UINT64_C(120) * 1000 * 1000)

struct jobs {
	struct systemd *systemd;
	sd_bus_slot *removed, *changed;
	job_ended *ended;
	void *context;
	char **pending; /* owned: the paths of jobs that are waited for */
	size_t n, capacity;
};

uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* --- signals ----------------------------------------------------------------------------- */

/* Was it waited for? */
static bool forget(struct jobs *jobs, const char *path)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (!strcmp(jobs->pending[i], path)) {
			free(jobs->pending[i]);
			jobs->pending[i] = jobs->pending[--jobs->n];
			return true;
		}
	return false;
}

static int job_removed(sd_bus_message *message, void *userdata, sd_bus_error *error _unused_)
{
	const char *path, *unit, *result;
	struct jobs *jobs = userdata;

	if (sd_bus_message_read(message, "uoss", NULL, &path, &unit, &result) < 0)
		return 0;
	/* Jobs of others, and those that ours replaced, say nothing about ours. */
	if (forget(jobs, path))
		jobs->ended(unit, result, jobs->context);
	return 0;
}

/* That it has arrived ends the waiting, and that is all that is wanted of it. */
static int unit_changed(sd_bus_message *message _unused_, void *userdata _unused_,
			sd_bus_error *error _unused_)
{
	return 0;
}

/* The manager sends no signals before somebody subscribes. */
static int subscribe(struct jobs *jobs)
{
	static const char changes[] =
		"type='signal',sender='" SYSTEMD_DESTINATION
		"',interface='org.freedesktop.DBus.Properties',"
		"member='PropertiesChanged',path_namespace='" SYSTEMD_PATH "/unit'";
	sd_bus *bus = systemd_bus(jobs->systemd);
	int r;

	r = sd_bus_add_match(bus, &jobs->changed, changes, unit_changed, NULL);
	if (r < 0)
		return r;
	r = sd_bus_match_signal(bus, &jobs->removed, SYSTEMD_DESTINATION, SYSTEMD_PATH,
				SYSTEMD_MANAGER, "JobRemoved", job_removed, jobs);
	if (r < 0)
		return r;
	return sd_bus_call_method(bus, SYSTEMD_DESTINATION, SYSTEMD_PATH, SYSTEMD_MANAGER,
				  "Subscribe", NULL, NULL, "");
}

int jobs_open(struct systemd *systemd, job_ended *ended, void *context, struct jobs **ret_jobs)
{
	_cleanup_(jobs_closep) struct jobs *jobs = calloc(1, sizeof(*jobs));
	int r;

	if (!jobs)
		return -ENOMEM;
	*jobs = (struct jobs){.systemd = systemd, .ended = ended, .context = context};
	r = subscribe(jobs);
	if (r < 0)
		return r;
	*ret_jobs = TAKE_PTR(jobs);
	return 0;
}

void jobs_close(struct jobs *jobs)
{
	sd_bus_slot_unref(jobs->removed);
	sd_bus_slot_unref(jobs->changed);
	for (size_t i = 0; i < jobs->n; i++)
		free(jobs->pending[i]);
	free(jobs->pending);
	free(jobs);
}

/* --- calls ------------------------------------------------------------------------------- */

/* Call the manager so that polkit may ask for the right. 0 or a negative errno. */
static int call_manager(struct systemd *systemd, const char *method, const char *unit,
			const char *mode, uint64_t timeout, sd_bus_message **ret_reply)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *bus = systemd_bus(systemd);
	int r;

	systemd_set_complaint(systemd, NULL);
	r = sd_bus_message_new_method_call(bus, &call, SYSTEMD_DESTINATION, SYSTEMD_PATH,
					   SYSTEMD_MANAGER, method);
	if (r >= 0)
		r = sd_bus_message_set_allow_interactive_authorization(call, true);
	if (r >= 0 && unit)
		r = sd_bus_message_append_basic(call, 's', unit);
	if (r >= 0 && mode)
		r = sd_bus_message_append_basic(call, 's', mode);
	if (r >= 0)
		r = sd_bus_call(bus, call, timeout, &error, ret_reply);
	if (r < 0)
		systemd_set_complaint(systemd, error.message);
	return r;
}

int jobs_add(struct jobs *jobs, enum job_verb verb, const char *unit)
{
	static const char *const methods[] = {
		[JOB_START] = "StartUnit", [JOB_STOP] = "StopUnit", [JOB_RESTART] = "RestartUnit"};
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *path;
	int r;

	r = call_manager(jobs->systemd, methods[verb], unit, "replace", ASK_TIMEOUT_USEC, &reply);
	if (r >= 0)
		r = sd_bus_message_read_basic(reply, 'o', &path);
	if (r < 0)
		return r;
	if (ARRAY_RESERVE(jobs->pending, jobs->n, jobs->capacity) < 0)
		return -ENOMEM;
	jobs->pending[jobs->n] = strdup(path);
	if (!jobs->pending[jobs->n])
		return -ENOMEM;
	jobs->n++;
	return 0;
}

int systemd_reload(struct systemd *systemd)
{
	int r = call_manager(systemd, "Reload", NULL, NULL, RELOAD_TIMEOUT_USEC, NULL);

	return r < 0 ? r : 0;
}

int systemd_reset_failed(struct systemd *systemd, const char *unit)
{
	int r = call_manager(systemd, "ResetFailedUnit", unit, NULL, ASK_TIMEOUT_USEC, NULL);

	return r < 0 ? r : 0;
}

/* --- waiting ----------------------------------------------------------------------------- */

/* All that has arrived. Positive where that was something, 0, or a negative errno. */
static int process(sd_bus *bus)
{
	int any = 0, r;

	while ((r = sd_bus_process(bus, NULL)) > 0)
		any = 1;
	return r < 0 ? r : any;
}

/* After process(). Not sd_bus_wait(): not every version of it tells of a signal. */
static int wait_for_bus(sd_bus *bus, uint64_t usec)
{
	struct pollfd pollfd = {.fd = sd_bus_get_fd(bus)};
	int events = sd_bus_get_events(bus);

	if (pollfd.fd < 0 || events < 0)
		return pollfd.fd < 0 ? pollfd.fd : events;
	pollfd.events = (short)events;
	return interrupt_poll(&pollfd, usec);
}

int jobs_wait(struct jobs *jobs, uint64_t deadline)
{
	sd_bus *bus = systemd_bus(jobs->systemd);
	int r = process(bus);

	while (r >= 0 && jobs->n) {
		uint64_t now = now_usec();

		if (now >= deadline)
			return -ETIME;
		r = wait_for_bus(bus, deadline - now);
		if (r == 0)
			r = process(bus);
	}
	return r < 0 ? r : 0;
}

int jobs_watch(struct jobs *jobs, uint64_t usec)
{
	sd_bus *bus = systemd_bus(jobs->systemd);
	int r = process(bus);

	if (r == 0)
		r = wait_for_bus(bus, usec);
	if (r == 0)
		r = process(bus);
	return r < 0 ? r : 0;
}
