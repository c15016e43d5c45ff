/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/strbuf.h"

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
 * place and ends with what it is. How long it is then.
 */
static size_t put_cut(char *record, size_t room, const char *text)
{
	static const char mark[] = "...";
	size_t length = strlen(text), half = (room - strlen(mark)) / 2;

	if (length <= room) {
		memcpy(record, text, length);
		return length;
	}
	memcpy(record, text, half);
	memcpy(record + half, mark, strlen(mark));
	memcpy(record + half + strlen(mark), text + length - half, half);
	return 2 * half + strlen(mark);
}

/*
 * One write is one record; one that the kernel does not take costs no other. Without a kernel log
 * (in a container) there is nobody to tell.
 */
static void write_record(const char *text)
{
	static int fd = -2; /* -2: not tried yet; open as long as we run */
	char record[RECORD_MAX];
	size_t length;
	ssize_t n;

	if (fd == -2)
		fd = open("/dev/kmsg", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = (size_t)snprintf(record, sizeof(record), "<%d>sipis-generator[%ld]: ", PRIORITY,
				  (long)getpid());
	length += put_cut(record + length, sizeof(record) - length, text);
	do
		n = write(fd, record, length);
	while (n < 0 && errno == EINTR);
}

static void say(const char *text)
{
	if (log_to_kernel())
		write_record(text);
	else
		fprintf(stderr, "%s\n", text);
}

/* That there is no memory must be said without any. */
void log_error(const char *format, ...)
{
	struct strbuf text = STRBUF_INIT;
	char beginning[RECORD_MAX];
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	strbuf_appendv(&text, format, args);
	if (strbuf_error(&text)) {
		vsnprintf(beginning, sizeof(beginning), format, again);
		say(beginning);
	} else {
		say(text.text);
	}
	va_end(again);
	va_end(args);
	strbuf_done(&text);
}
