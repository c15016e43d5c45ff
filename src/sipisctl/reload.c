/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * sipisctl reload: reload systemd if the generated units do not match the settings, and start the
 * instances that do not run.
 *
 * sipis.service runs it before it starts: generators run before file systems are mounted, so
 * settings that come late in the boot are not there when systemd generates the units.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "installation/unit-names.h"
#include "sipisctl/command.h"
#include "sipisctl/host/generated.h"
#include "sipisctl/running/jobs.h"
#include "sipisctl/running/journal.h"
#include "sipisctl/running/loop.h"
#include "util/escape.h"

/* sipis.service starts within a minute, and the boot waits for it. */
#define RELOAD_USEC (30 * USEC_PER_SEC)

static int report_systemd(const struct systemd *systemd, const char *what, int error)
{
	const char *complaint = systemd_complaint(systemd);

	fprintf(stderr, "sipisctl: %s: %s\n", what,
		complaint ? complaint : strerrordesc_np(-error));
	return EXIT_FAILED;
}

/* Jobs are queued and not waited for. */
static void reload_job_ended(const char *unit, const char *result, void *context)
{
}

/*
 * Set *ret_current to true if systemd has the units that the generator would write, or if the
 * generator is masked. Return EXIT_GOOD, or report and return EXIT_FAILED.
 */
static int reload_compare(bool *ret_current)
{
	_cleanup_(generated_done) struct generated generated = {};
	char generator[PATH_MAX];
	int r;

	*ret_current = true;
	switch (generator_find(generator)) {
	case GENERATOR_MISSING:
		fprintf(stderr, "sipisctl: the generator is not installed in %s\n",
			SYSTEM_GENERATOR_DIR);
		return EXIT_FAILED;
	case GENERATOR_MASKED: /* on purpose: systemd generates nothing */
		return EXIT_GOOD;
	case GENERATOR_FOUND:
		break;
	}

	r = generated_compare(generator, &generated);
	if (r < 0)
		return report_failure(
			"cannot compare " GENERATED_DIRECTORY " with what the generator writes", r);
	*ret_current = generated.n == 0;
	return EXIT_GOOD;
}

/* Queue the start of an instance unless it runs or is masked. Its job is not waited for. */
static int reload_start(struct systemd *systemd, struct jobs *jobs, const char *instance)
{
	_cleanup_(unit_state_done) struct unit_state state = {};
	struct unit_name unit = instance_unit(instance);
	int r;

	r = systemd_unit_state(systemd, unit.text, &state);
	if (r < 0)
		return report_systemd(systemd, unit.text, r);
	if (unit_text_is(state.load, "masked") || unit_text_is(state.active, "active") ||
	    unit_text_is(state.active, "activating") || unit_text_is(state.active, "reloading"))
		return EXIT_GOOD;

	r = jobs_add(jobs, JOB_START, unit.text);
	if (r < 0)
		return report_systemd(systemd, unit.text, r);
	return EXIT_GOOD;
}

static int reload_start_all(const struct options *options, struct systemd *systemd)
{
	_cleanup_(installation_done) struct installation installation = {};
	_cleanup_(jobs_closep) struct jobs *jobs = NULL;
	int status, r;

	status = command_load(options, 0, &installation);
	if (status != EXIT_GOOD)
		return status;
	r = jobs_open(systemd, reload_job_ended, NULL, &jobs);
	if (r < 0)
		return report_systemd(systemd, "jobs", r);

	for (size_t i = 0; i < installation.n_instances; i++) {
		const struct instance *instance = &installation.instances[i];

		if (!instance->valid_name)
			continue;
		if (reload_start(systemd, jobs, instance->name) != EXIT_GOOD)
			status = EXIT_FAILED;
	}
	return status;
}

int command_reload(const struct options *options, int argc, char **argv)
{
	static const char message[] = "The generated units did not match the settings: reloaded "
				      "systemd and started the instances.";
	_cleanup_(systemd_closep) struct systemd *systemd = NULL;
	bool current;
	int status, r;

	status = reload_compare(&current);
	if (status != EXIT_GOOD)
		return status;
	if (current) {
		if (options->terminal)
			puts("There is nothing to reload.");
		return EXIT_GOOD;
	}

	r = systemd_open(NULL, &systemd);
	if (r < 0)
		return report_failure("cannot connect to systemd", r);
	systemd_set_deadline(systemd, now_usec() + RELOAD_USEC);
	r = systemd_reload(systemd);
	if (r < 0)
		return report_systemd(systemd, "daemon-reload", r);

	/* As a service, its standard output is the journal. */
	if (!getenv("JOURNAL_STREAM"))
		puts(message);
	journal_write(JOURNAL_RELOADED, NULL, message);
	return reload_start_all(options, systemd);
}
