/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "strbuf.h"

/* The kernel refuses records of about 1,020 bytes and more. */
#define RECORD_MAX 900

/* daemon.err, see syslog(3) */
#define PRIORITY 27

/* systemd tells a program its own PID; what it inherits further down does not match. */
bool log_to_kernel(void)
{
	const char *pid = getenv("SYSTEMD_EXEC_PID");
	char own[32];

	snprintf(own, sizeof(own), "%ld", (long)getpid());
	return pid && !strcmp(pid, own);
}

/*
 * The text of a record, cut in its middle where it is too long: it begins with what is wrong's
 * place and ends with what it is.
 */
static void append_cut(struct strbuf *record, const char *text)
{
	static const char mark[] = "...";
	size_t length = strlen(text), room = RECORD_MAX - record->length, half;

	if (length <= room) {
		strbuf_append(record, text);
		return;
	}
	half = (room - strlen(mark)) / 2;
	strbuf_append_bytes(record, text, half);
	strbuf_append(record, mark);
	strbuf_append_bytes(record, text + length - half, half);
}

/* One write is one record. Without a kernel log (in a container) there is nobody to tell. */
static void write_record(const char *text)
{
	static int fd = -2; /* -2: not tried yet; open as long as we run */
	struct strbuf record = STRBUF_INIT;

	if (fd == -2)
		fd = open("/dev/kmsg", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	strbuf_appendf(&record, "<%d>sipis-generator[%ld]: ", PRIORITY, (long)getpid());
	append_cut(&record, text);
	if (fd >= 0 && !strbuf_error(&record) &&
	    write(fd, record.text, record.length) < (ssize_t)record.length)
		fd = -1;
	strbuf_done(&record);
}

void log_error(const char *format, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list args;

	va_start(args, format);
	strbuf_appendv(&text, format, args);
	va_end(args);
	if (log_to_kernel())
		write_record(text.text);
	else
		fprintf(stderr, "%s\n", text.text);
	strbuf_done(&text);
}
