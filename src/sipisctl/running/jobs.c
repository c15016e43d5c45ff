/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/jobs.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "installation/unit-names.h"
#include "sipisctl/running/loop.h"
#include "util/array.h"

/* systemd answers a reload when all generators have ended; it gives them 90 seconds. */
#define RELOAD_USEC (180 * USEC_PER_SEC)

/* Queueing a job takes systemd no time. */
#define QUEUE_USEC (10 * USEC_PER_SEC)

/* How often to look for jobs whose end was not told: systemd executed itself again. */
#define LOST_USEC (1 * USEC_PER_SEC)

struct pending_job {
	char *unit, *path; /* owned */
};

struct jobs {
	struct systemd *systemd;
	sd_bus_slot *removed, *changed; /* of the connection that is there */
	job_ended *ended;
	void *context;
	struct pending_job *pending; /* owned */
	size_t n, capacity;
	bool unit_changed; /* since jobs_watch() returned */
};

/* --- signals of systemd ------------------------------------------------------------------ */

static void pending_job_done(struct pending_job *job)
{
	free(job->unit);
	free(job->path);
	*job = (struct pending_job){};
}

static void jobs_end(struct jobs *jobs, size_t i, const char *result)
{
	_cleanup_(pending_job_done) struct pending_job job = TAKE_STRUCT(jobs->pending[i]);

	jobs->pending[i] = jobs->pending[--jobs->n];
	jobs->ended(job.unit, result, jobs->context);
}

/* Jobs of others, and those that replaced ours, say nothing about ours. */
static int job_removed(sd_bus_message *message, void *context, sd_bus_error *error _unused_)
{
	const char *path, *result;
	struct jobs *jobs = context;

	jobs->unit_changed = true;
	if (sd_bus_message_read(message, "uoss", NULL, &path, NULL, &result) < 0)
		return 0;
	for (size_t i = 0; i < jobs->n; i++)
		if (!strcmp(jobs->pending[i].path, path)) {
			jobs_end(jobs, i, result);
			return 0;
		}
	return 0;
}

static int unit_changed(sd_bus_message *message _unused_, void *context,
			sd_bus_error *error _unused_)
{
	struct jobs *jobs = context;

	jobs->unit_changed = true;
	return 0;
}

/* On the private socket messages have no sender, and systemd sends signals without Subscribe(). */
static int jobs_subscribe(sd_bus *bus, void *context)
{
	static const char changes[] = "type='signal',interface='org.freedesktop.DBus.Properties',"
				      "member='PropertiesChanged',"
				      "path_namespace='" SYSTEMD_PATH "/unit'";
	bool is_daemon = sd_bus_is_bus_client(bus) > 0;
	struct jobs *jobs = context;
	int r;

	jobs->changed = sd_bus_slot_unref(jobs->changed);
	jobs->removed = sd_bus_slot_unref(jobs->removed);
	r = sd_bus_add_match_async(bus, &jobs->changed, changes, unit_changed, NULL, jobs);
	if (r < 0)
		return r;
	r = sd_bus_match_signal_async(bus, &jobs->removed, is_daemon ? SYSTEMD_DESTINATION : NULL,
				      SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved", job_removed,
				      NULL, jobs);
	if (r < 0 || !is_daemon)
		return r;
	return sd_bus_call_method_async(bus, NULL, SYSTEMD_DESTINATION, SYSTEMD_PATH,
					SYSTEMD_MANAGER, "Subscribe", NULL, NULL, "");
}

int jobs_open(struct systemd *systemd, job_ended *ended, void *context, struct jobs **ret_jobs)
{
	_cleanup_(jobs_closep) struct jobs *jobs = calloc(1, sizeof(*jobs));
	int r;

	if (!jobs)
		return -ENOMEM;
	*jobs = (struct jobs){.systemd = systemd, .ended = ended, .context = context};
	r = systemd_on_connect(systemd, jobs_subscribe, jobs);
	if (r < 0)
		return r;
	*ret_jobs = TAKE_PTR(jobs);
	return 0;
}

void jobs_close(struct jobs *jobs)
{
	if (!jobs)
		return;
	(void)systemd_on_connect(jobs->systemd, NULL, NULL);
	sd_bus_slot_unref(jobs->removed);
	sd_bus_slot_unref(jobs->changed);
	for (size_t i = 0; i < jobs->n; i++)
		pending_job_done(&jobs->pending[i]);
	free(jobs->pending);
	free(jobs);
}

/* --- calls ------------------------------------------------------------------------------- */

int jobs_expect(struct jobs *jobs, const char *unit, const char *path)
{
	_cleanup_(pending_job_done) struct pending_job job = {
		.unit = strdup(unit),
		.path = strdup(path),
	};

	/* Its end is told once. */
	for (size_t i = 0; i < jobs->n; i++)
		if (!strcmp(jobs->pending[i].path, path))
			return 0;
	if (!job.unit || !job.path || ARRAY_RESERVE(jobs->pending, jobs->n, jobs->capacity) < 0)
		return -ENOMEM;
	jobs->pending[jobs->n++] = TAKE_STRUCT(job);
	return 0;
}

int jobs_add(struct jobs *jobs, enum job_verb verb, const char *unit)
{
	static const char *const methods[] = {
		[JOB_START] = "StartUnit",
		[JOB_STOP] = "StopUnit",
		[JOB_RESTART] = "RestartUnit",
	};
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct systemd_call call = {
		.member = methods[verb],
		.texts = {unit, "replace"},
		.timeout = QUEUE_USEC,
	};
	const char *path;
	int r;

	r = systemd_call(jobs->systemd, &call, &reply);
	if (r < 0)
		return r;
	r = sd_bus_message_read_basic(reply, 'o', &path);
	return r < 0 ? r : jobs_expect(jobs, unit, path);
}

int jobs_cancel(struct jobs *jobs, const char *unit)
{
	struct systemd_call call = {
		.interface = "org.freedesktop.systemd1.Job",
		.member = "Cancel",
		.timeout = QUEUE_USEC,
	};

	for (size_t i = 0; i < jobs->n; i++) {
		if (strcmp(jobs->pending[i].unit, unit) != 0)
			continue;
		call.path = jobs->pending[i].path;
		return systemd_call(jobs->systemd, &call, NULL);
	}
	return 0;
}

int systemd_reload(struct systemd *systemd)
{
	struct systemd_call call = {.member = "Reload", .timeout = RELOAD_USEC};

	return systemd_call(systemd, &call, NULL);
}

int systemd_reset_failed(struct systemd *systemd, const char *unit)
{
	struct systemd_call call = {.member = "ResetFailedUnit", .texts = {unit}};

	return systemd_call(systemd, &call, NULL);
}

/* --- waiting ----------------------------------------------------------------------------- */

struct jobs_wait {
	const struct jobs *jobs;
	const char *but; /* unit, or NULL */
};

static bool jobs_are_done(void *context)
{
	const struct jobs_wait *wait = context;

	for (size_t i = 0; i < wait->jobs->n; i++)
		if (!wait->but || strcmp(wait->jobs->pending[i].unit, wait->but) != 0)
			return false;
	return true;
}

static bool unit_list_has_job(const struct unit_list *list, const struct pending_job *job)
{
	const struct listed_unit *unit = unit_list_find(list, job->unit);

	return unit && unit->job && !strcmp(unit->job, job->path);
}

/* End the jobs that systemd no longer has: a signal that was sent between two connections is lost.
 */
static int jobs_end_lost(struct jobs *jobs)
{
	static const char *const units[] = {UMBRELLA_UNIT, LOAD_BALANCER_UNIT, INSTANCE_UNITS,
					    NULL};
	_cleanup_(unit_list_done) struct unit_list list = {};
	int r;

	r = systemd_list(jobs->systemd, units, &list);
	if (r < 0)
		return r;
	for (size_t i = jobs->n; i-- > 0;)
		if (!unit_list_has_job(&list, &jobs->pending[i]))
			jobs_end(jobs, i, "");
	return 0;
}

int jobs_wait_but(struct jobs *jobs, const char *unit, uint64_t deadline)
{
	struct jobs_wait wait = {.jobs = jobs, .but = unit};
	int r;

	while (!jobs_are_done(&wait)) {
		uint64_t next = now_usec() + LOST_USEC;

		r = loop_wait(jobs_are_done, &wait, next < deadline ? next : deadline);
		if (r != -ETIME)
			return r;
		if (now_usec() >= deadline)
			return -ETIME;
		r = jobs_end_lost(jobs);
		if (r < 0)
			return r == -ETIMEDOUT ? -ETIME : r;
	}
	return 0;
}

int jobs_wait(struct jobs *jobs, uint64_t deadline)
{
	return jobs_wait_but(jobs, NULL, deadline);
}

static bool jobs_saw_change(void *context)
{
	struct jobs *jobs = context;

	return jobs->unit_changed;
}

int jobs_watch(struct jobs *jobs, uint64_t usec)
{
	int r;

	r = loop_wait(jobs_saw_change, jobs, now_usec() + usec);
	jobs->unit_changed = false;
	return r == -ETIME ? 0 : r;
}
