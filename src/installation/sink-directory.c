/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/sink-directory.h"

#include <string.h>

#include "util/macro.h"

enum sink_directory_kind sink_directory_kind(const char *directory)
{
	if (!strcmp(directory, RUNTIME_DIRECTORY) || !strcmp(directory, LOGS_DIRECTORY))
		return SINK_DIRECTORY_TEMPLATE;
	if (pathname_below(directory, RUNTIME_DIRECTORY) ||
	    pathname_below(directory, LOGS_DIRECTORY))
		return SINK_DIRECTORY_BELOW;
	return SINK_DIRECTORY_OTHER;
}

bool sink_is_stream(const char *path)
{
	const char *below;

	if (!strcmp(path, "/dev/stdout") || !strcmp(path, "/dev/stderr") ||
	    pathname_below(path, "/dev/fd"))
		return true;

	/* /proc/self/fd/1; /proc/1/fd/1, as in containers without systemd */
	below = pathname_below(path, "/proc");
	below = below ? strchr(below, '/') : NULL;
	return below && pathname_below(below, "/fd");
}

bool sink_is_shareable(const char *path)
{
	return !strcmp(path, "/dev/null") || sink_is_stream(path);
}
