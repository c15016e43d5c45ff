/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/reason.h"

#include "document/diagnostic.h"

int reason_set(struct strbuf *reason, const struct place *place, const char *format, ...)
{
	va_list args;

	strbuf_truncate(reason, 0);
	if (place) {
		place_append(reason, place);
		strbuf_append(reason, ": ");
	}

	va_start(args, format);
	strbuf_appendv(reason, format, args);
	va_end(args);
	return strbuf_error(reason);
}
