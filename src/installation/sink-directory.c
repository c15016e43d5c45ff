/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "installation/sink-directory.h"

#include <stdbool.h>
#include <string.h>

/*
 * May systemd create and own this directory, `name` below one of its own? One plain component
 * only: below a directory in the hands of the sipis user, PID 1 follows a symlink planted there
 * on the way to a deeper one and changes the owner of what it finds, and a colon makes links.
 */
static bool is_plain_component(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_.-";

	return *name && *name != '.' && strspn(name, allowed) == strlen(name);
}

enum directory_kind directory_kind(const char *directory, const char **ret_name)
{
	const char *runtime = pathname_below(directory, RUNTIME_DIRECTORY);
	const char *logs = pathname_below(directory, LOGS_DIRECTORY);
	const char *name = runtime ? runtime : logs;

	if (!strcmp(directory, RUNTIME_DIRECTORY) || !strcmp(directory, LOGS_DIRECTORY))
		return DIRECTORY_OF_TEMPLATE;
	if (!name || !is_plain_component(name))
		return DIRECTORY_OTHER;
	*ret_name = name;
	return runtime ? DIRECTORY_RUNTIME : DIRECTORY_LOGS;
}
