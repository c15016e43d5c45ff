/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* One write is one record. Without a kernel log (in a container) there is nobody to tell. */
static void _printf_(1, 0) write_record(const char *format, va_list args)
{
	_cleanup_close_ int fd = open("/dev/kmsg", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	char record[RECORD_MAX + 1];
	int prefix, length;

	if (fd < 0)
		return;
	prefix = snprintf(record, sizeof(record), "<%d>sipis-generator[%ld]: ", PRIORITY,
			  (long)getpid());
	length = vsnprintf(record + prefix, sizeof(record) - (size_t)prefix, format, args);
	if (length >= 0 && write(fd, record, strlen(record)) < 0)
		return;
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (log_to_kernel())
		write_record(format, args);
	else {
		vfprintf(stderr, format, args);
		fputc('\n', stderr);
	}
	va_end(args);
}
