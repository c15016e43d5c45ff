/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * sipisctl metrics: what runs as OpenMetrics text, for Prometheus.
 *
 * The text is OpenMetrics and the older Prometheus text format at once, because node_exporter reads
 * only the latter. The two call a counter differently in `# TYPE`, so counters have no type here.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sipisctl/command.h"
#include "sipisctl/host/host.h"
#include "sipisctl/running/loop.h"
#include "sipisctl/status-rows.h"
#include "util/write.h"

struct metrics {
	const struct status *status;
	size_t *accounts; /* owned, by assigned instance; NULL: not counted */
	size_t unserved;
};

static void metrics_done(struct metrics *metrics)
{
	free(metrics->accounts);
}

/* --- values ------------------------------------------------------------------------------ */

/*
 * Append the value that an instance has in a metric. Return false if it has none, because it is
 * unknown.
 */
typedef bool append_value(struct strbuf *buf, const struct status_row *row,
			  const struct metrics *metrics);

static bool append_flag(struct strbuf *buf, bool flag)
{
	strbuf_append(buf, flag ? "1" : "0");
	return true;
}

static bool append_up(struct strbuf *buf, const struct status_row *row,
		      const struct metrics *metrics _unused_)
{
	return append_flag(buf, status_row_runs(row));
}

static bool append_listening(struct strbuf *buf, const struct status_row *row,
			     const struct metrics *metrics _unused_)
{
	bool known = false, listens = true;

	for (size_t i = 0; row->health && i < LISTENER_COUNT; i++) {
		if (row->health->listening[i] == LISTENING_UNKNOWN)
			return false;
		known |= row->health->listening[i] != LISTENING_NO_PORT;
		listens &= row->health->listening[i] != LISTENING_NO;
	}
	return known && append_flag(buf, listens);
}

static bool append_refused(struct strbuf *buf, const struct status_row *row,
			   const struct metrics *metrics _unused_)
{
	return append_flag(buf, status_row_refusal(row) != NULL);
}

static bool append_masked(struct strbuf *buf, const struct status_row *row,
			  const struct metrics *metrics _unused_)
{
	return append_flag(buf, status_row_is_masked(row));
}

static bool append_restarts(struct strbuf *buf, const struct status_row *row,
			    const struct metrics *metrics _unused_)
{
	strbuf_appendf(buf, "%u", status_row_state(row)->restarts);
	return status_row_state(row)->load != NULL;
}

static bool append_memory(struct strbuf *buf, const struct status_row *row,
			  const struct metrics *metrics _unused_)
{
	uint64_t memory = status_row_state(row)->memory;

	strbuf_appendf(buf, "%llu", (unsigned long long)memory);
	return status_row_runs(row) && memory != UNKNOWN_MEMORY;
}

static bool append_start(struct strbuf *buf, const struct status_row *row,
			 const struct metrics *metrics _unused_)
{
	uint64_t usec = status_row_state(row)->started_usec;

	strbuf_appendf(buf, "%llu.%06llu", (unsigned long long)(usec / USEC_PER_SEC),
		       (unsigned long long)(usec % USEC_PER_SEC));
	return status_row_runs(row) && usec;
}

/* The ratio from per cent, by moving the point: no locale changes it. */
static bool append_share(struct strbuf *buf, const struct status_row *row,
			 const struct metrics *metrics)
{
	char percent[SHARE_PERCENT_MAX];
	unsigned whole, decimals;

	if (!row->assigned || !assignment_knows_share(&metrics->status->assignment, row->assigned))
		return false;
	share_percent_format(&row->assigned->share, 7, percent);
	if (sscanf(percent, "%u.%7u", &whole, &decimals) != 2)
		return false;
	strbuf_appendf(buf, "%u.%02u%07u", whole / 100, whole % 100, decimals);
	return true;
}

static bool append_accounts(struct strbuf *buf, const struct status_row *row,
			    const struct metrics *metrics)
{
	if (!metrics->accounts || !row->assigned)
		return false;
	strbuf_appendf(buf, "%zu",
		       metrics->accounts[row->assigned - metrics->status->assignment.instances]);
	return true;
}

/* --- samples ----------------------------------------------------------------------------- */

static const struct {
	const char *name, *help;
	bool is_counter;
	append_value *append;
} instance_metrics[] = {
	{
		.name = "sipis_instance_up",
		.help = "Whether the service of the instance is active.",
		.append = append_up,
	},
	{
		.name = "sipis_instance_listening",
		.help = "Whether the instance listens on all of its ports.",
		.append = append_listening,
	},
	{
		.name = "sipis_instance_refused",
		.help = "Whether the settings of the instance have an error.",
		.append = append_refused,
	},
	{
		.name = "sipis_instance_masked",
		.help = "Whether the service of the instance is masked.",
		.append = append_masked,
	},
	{
		.name = "sipis_instance_restarts_total",
		.help = "How often systemd has restarted the instance by itself.",
		.is_counter = true,
		.append = append_restarts,
	},
	{
		.name = "sipis_instance_memory_bytes",
		.help = "Memory of all processes of the instance.",
		.append = append_memory,
	},
	{
		.name = "sipis_instance_start_time_seconds",
		.help = "When the main process of the instance was started.",
		.append = append_start,
	},
	{
		.name = "sipis_instance_share_ratio",
		.help = "Share of the selector space that the load balancer gives to the instance.",
		.append = append_share,
	},
	{
		.name = "sipis_instance_accounts",
		.help = "Accounts of the instance in the list of selectors.",
		.append = append_accounts,
	},
};

static void append_header(struct strbuf *buf, const char *name, const char *help, bool is_counter)
{
	strbuf_appendf(buf, "# HELP %s %s\n", name, help);
	if (!is_counter)
		strbuf_appendf(buf, "# TYPE %s gauge\n", name);
}

/* The name of an instance needs no escape: it is letters, digits and `:_.-`. */
static void append_label(struct strbuf *buf, const struct status_row *row)
{
	strbuf_append(buf, "{sipis_instance=\"");
	status_row_append_instance(buf, row);
	strbuf_append(buf, "\"} ");
}

static void append_instances(struct strbuf *buf, const struct metrics *metrics)
{
	for (size_t i = 0; i < ELEMENTSOF(instance_metrics); i++) {
		bool has_header = false;

		for (size_t k = 0; k < metrics->status->n; k++) {
			_cleanup_strbuf_ struct strbuf value = STRBUF_INIT;
			const struct status_row *row = &metrics->status->rows[k];

			if (row->kind != ROW_INSTANCE ||
			    !instance_metrics[i].append(&value, row, metrics))
				continue;
			if (!has_header)
				append_header(buf, instance_metrics[i].name,
					      instance_metrics[i].help,
					      instance_metrics[i].is_counter);
			has_header = true;
			strbuf_append(buf, instance_metrics[i].name);
			append_label(buf, row);
			strbuf_appendf(buf, "%s\n", value.text);
		}
	}
}

static void append_gauge(struct strbuf *buf, const char *name, const char *help, size_t value)
{
	append_header(buf, name, help, false);
	strbuf_appendf(buf, "%s %zu\n", name, value);
}

static void append_load_balancer(struct strbuf *buf, const struct status *status)
{
	for (size_t i = 0; i < status->n; i++)
		if (status->rows[i].kind == ROW_LOAD_BALANCER &&
		    !unit_text_is(status_row_state(&status->rows[i])->load, "not-found"))
			append_gauge(buf, "sipis_load_balancer_up",
				     "Whether LoadBalancer2.service is active.",
				     status_row_runs(&status->rows[i]));
}

static size_t count_rows(const struct status *status, enum status_row_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < status->n; i++)
		n += status->rows[i].kind == kind;
	return n;
}

static void append_diagnostics(struct strbuf *buf, const struct diagnostics *diagnostics)
{
	static const enum severity severities[] = {SEVERITY_ERROR, SEVERITY_WARNING};

	append_header(buf, "sipis_diagnostics", "Diagnostics of sipisctl check.", false);
	for (size_t i = 0; i < ELEMENTSOF(severities); i++)
		strbuf_appendf(buf, "sipis_diagnostics{severity=\"%s\"} %zu\n",
			       severity_name(severities[i]),
			       diagnostics_count(diagnostics, severities[i]));
}

static void append_metrics(struct strbuf *buf, const struct metrics *metrics)
{
	const struct status *status = metrics->status;

	append_gauge(buf, "sipis_instances", "Instances that have a settings file.",
		     count_rows(status, ROW_INSTANCE));
	append_gauge(buf, "sipis_orphaned_instances", "Instances that run without a settings file.",
		     count_rows(status, ROW_ORPHAN));
	append_load_balancer(buf, status);
	append_instances(buf, metrics);
	if (metrics->accounts)
		append_gauge(buf, "sipis_unserved_accounts",
			     "Accounts in the list of selectors that nobody serves.",
			     metrics->unserved);
	append_diagnostics(buf, &status->installation.diagnostics);
	strbuf_append(buf, "# EOF\n");
}

/* --- accounts ---------------------------------------------------------------------------- */

/* Longer lines are no selectors: in the database they have 64 characters at most. */
#define LINE_MAX_LENGTH 256

static bool count_account(struct metrics *metrics, const char *selector)
{
	const struct assignment *assignment = &metrics->status->assignment;
	const struct assigned_instance *owner;
	const struct backend *backend;
	struct prefix prefix;
	size_t rank;

	if (!selector_parse(selector, strlen(selector), &prefix) ||
	    !partition_find_prefix(assignment->partition, &prefix, &rank))
		return false;
	backend = rank == PARTITION_NOBODY ? NULL : assignment_backend(assignment, rank);
	owner = backend ? assignment_owner(assignment, backend) : NULL;
	if (owner)
		metrics->accounts[owner - assignment->instances]++;
	else if (!backend || assignment_is_dangling(assignment, backend))
		metrics->unserved++;
	return true;
}

/* Returns 0; -EINVAL for a line that is no selector, which is reported; or a negative errno. */
static int count_lines(struct metrics *metrics, FILE *file, const char *path)
{
	char line[LINE_MAX_LENGTH];

	errno = 0;
	for (size_t number = 1; fgets(line, sizeof(line), file); number++) {
		size_t length = strcspn(line, "\r\n");

		if (!line[length] && !feof(file))
			length = 0; /* a NUL byte, or longer than any selector */
		else if (!length)
			continue;
		line[length] = 0;
		if (!count_account(metrics, line)) {
			(void)report_usage("%s:%zu: not a selector of 40 hexadecimal digits", path,
					   number);
			return -EINVAL;
		}
	}
	if (!ferror(file))
		return 0;
	return errno ? -errno : -EIO;
}

static int count_accounts(struct metrics *metrics, const char *path)
{
	const struct assignment *assignment = &metrics->status->assignment;
	FILE *file;
	int r;

	if (!assignment_is_known(assignment)) {
		(void)report_usage("--accounts: the load balancer settings cannot be used");
		return -EINVAL;
	}
	metrics->accounts = calloc(assignment->n_instances + 1, sizeof(*metrics->accounts));
	if (!metrics->accounts)
		return -ENOMEM;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	r = count_lines(metrics, file, path);
	fclose(file);
	return r;
}

/* --- output ------------------------------------------------------------------------------ */

static int write_temporary(int fd, const char *temporary, const char *path,
			   const struct strbuf *text)
{
	int r;

	/* The user of node_exporter reads it. */
	if (fchmod(fd, 0644) < 0)
		return -errno;
	r = write_all(fd, text->text, text->length);
	if (r < 0)
		return r;
	if (fsync(fd) < 0 || rename(temporary, path) < 0)
		return -errno;
	return 0;
}

/* Return true for what must not be replaced: a FIFO, /dev/null, the link /dev/stdout. */
static bool is_special(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return true;
	return !strncmp(path, "/dev/", strlen("/dev/")) && lstat(path, &st) == 0 &&
	       !S_ISREG(st.st_mode);
}

/* Replace the file, which a reader never sees half written: node_exporter reads only `*.prom`. */
static int replace_file(const char *path, const struct strbuf *text)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write_temporary(fd, temporary, path, text);
	if (r < 0)
		(void)unlink(temporary);
	return r;
}

static int write_metrics(const struct options *options, const struct metrics *metrics)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	append_metrics(&text, metrics);
	if (strbuf_error(&text) < 0)
		return strbuf_error(&text);
	if (options->style.columns)
		return replace_file(options->style.columns, &text);
	fputs(text.text, stdout);
	return 0;
}

/* --- the command ------------------------------------------------------------------------- */

static int read_machine(const struct options *options, struct status *status)
{
	_cleanup_(systemd_closep) struct systemd *systemd = NULL;
	int r;

	r = systemd_open_until(now_usec() + RECONNECT_USEC, &systemd);
	if (r < 0)
		return r;
	systemd_set_deadline(systemd, now_usec() + SILENCE_USEC);
	return status_read(status, &options->root, LOAD_COMPARES, systemd);
}

int command_metrics(const struct options *options, int argc _unused_, char **argv _unused_)
{
	_cleanup_(status_done) struct status status = {};
	_cleanup_(metrics_done) struct metrics metrics = {.status = &status};
	int r;

	if (options->style.columns && is_special(options->style.columns))
		return report_usage("--output: %s is not a regular file: choose another path",
				    excerpt(options->style.columns).text);
	r = read_machine(options, &status);
	if (r < 0)
		return report_failure(status.settings_error
					      ? SIPIS_CONFDIR
					      : "cannot query systemd of this machine",
				      r);
	if (report_unreadable(&status.installation))
		return EXIT_FAILED;
	if (!status.settings_known)
		return report_failure(SIPIS_CONFDIR, -EACCES);
	r = host_add_findings(&status.installation);
	if (r < 0)
		return report_failure("metrics", r);
	r = options->accounts ? count_accounts(&metrics, options->accounts) : 0;
	if (r == -EINVAL)
		return EXIT_ERRORS;
	if (r < 0)
		return report_failure(options->accounts, r);
	r = write_metrics(options, &metrics);
	if (r < 0)
		return report_failure(options->style.columns ? options->style.columns : "metrics",
				      r);
	return EXIT_GOOD;
}
