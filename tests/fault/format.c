/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>

char *format(const char *pattern, ...)
{
	va_list list;
	char *text;

	va_start(list, pattern);
	if (vasprintf(&text, pattern, list) < 0)
		err(1, "vasprintf");
	va_end(list);
	return text;
}
