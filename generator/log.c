/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The kernel refuses records of about 1,020 bytes and more. */
#define RECORD_MAX 900

/* daemon.err, see syslog(3) */
#define PRIORITY 27

/* Enough for a message with two paths. */
#define LINE_MAX_BYTES (4 * PATH_MAX)

/* The records of the kernel log. The last one waits until it is known whether more follow. */
static struct {
	size_t n;                  /* how many there would be without the limit */
	char last[LINE_MAX_BYTES]; /* the text of record LOG_RECORDS_MAX */
} records;

/* Return true if PID 1 runs this process: systemd passes it its own PID. A child inherits the
 * variable, and has another PID. */
static bool log_to_kernel(void)
{
	const char *pid = getenv("SYSTEMD_EXEC_PID");
	char own[32];

	snprintf(own, sizeof(own), "%ld", (long)getpid());
	return pid && !strcmp(pid, own);
}

/*
 * Copy a text, with "..." in the place of its middle if it does not fit: its place is at the
 * beginning, and its code at the end. Return its length.
 */
static size_t copy_elided(char *buffer, size_t size, const char *text)
{
	static const char mark[] = "...";
	size_t length = strlen(text), half = (size - strlen(mark)) / 2;

	if (length <= size) {
		memcpy(buffer, text, length);
		return length;
	}
	memcpy(buffer, text, half);
	memcpy(buffer + half, mark, strlen(mark));
	memcpy(buffer + half + strlen(mark), text + length - half, half);
	return 2 * half + strlen(mark);
}

/*
 * Write one record with one write(). Errors are ignored: there is nowhere left to report them, and
 * a container has no kernel log.
 */
static void write_record(const char *text)
{
	static int fd = -1; /* stays open while the generator runs */
	char record[RECORD_MAX];
	size_t length;
	ssize_t n;

	if (fd < 0)
		fd = open("/dev/kmsg", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;

	length = (size_t)snprintf(record, sizeof(record), "<%d>sipis-generator[%ld]: ", PRIORITY,
				  (long)getpid());
	length += copy_elided(record + length, sizeof(record) - length, text);
	do
		n = write(fd, record, length);
	while (n < 0 && errno == EINTR);
}

static void log_line(const char *text)
{
	if (!log_to_kernel()) {
		fprintf(stderr, "%s\n", text);
		return;
	}

	records.n++;
	if (records.n < LOG_RECORDS_MAX)
		write_record(text);
	else if (records.n == LOG_RECORDS_MAX)
		snprintf(records.last, sizeof(records.last), "%s", text);
}

void log_error(const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	log_line(line);
}

/* Diagnostics beyond the limit are counted and not formatted: one file can have 100,000. */
static bool log_is_full(void)
{
	if (!log_to_kernel() || records.n < LOG_RECORDS_MAX)
		return false;
	records.n++;
	return true;
}

int log_diagnostics(const struct diagnostics *diagnostics)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
	bool errors_only = log_to_kernel();

	for (size_t i = 0; i < diagnostics->n; i++) {
		const struct diagnostic *diagnostic = &diagnostics->items[i];

		if (errors_only && diagnostic_severity(diagnostic) != SEVERITY_ERROR)
			continue;
		if (log_is_full())
			continue;
		strbuf_truncate(&line, 0);
		diagnostic_append(&line, diagnostic);
		if (strbuf_error(&line) < 0) {
			log_error("sipis-generator: %s", strerrordesc_np(ENOMEM));
			return -ENOMEM;
		}
		log_line(line.text);
	}
	return 0;
}

void log_finish(void)
{
	if (records.n == LOG_RECORDS_MAX)
		write_record(records.last);
	if (records.n <= LOG_RECORDS_MAX)
		return;

	snprintf(records.last, sizeof(records.last),
		 "%zu more errors: \"sipisctl check\" shows all of them",
		 records.n - (LOG_RECORDS_MAX - 1));
	write_record(records.last);
}
