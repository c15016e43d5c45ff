/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/pathname.h"

#include <assert.h>
#include <string.h>

#include "util/escape.h"
#include "util/macro.h"

#define PATHNAME_LENGTH_MAX  4095
#define COMPONENT_LENGTH_MAX 255

static bool has_dot_dot(const char *path)
{
	for (const char *at = strstr(path, "/.."); at; at = strstr(at + 1, "/.."))
		if (at[3] == '/' || !at[3])
			return true;
	return false;
}

static bool has_long_component(const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length > COMPONENT_LENGTH_MAX)
			return true;
		path += length;
		path += *path == '/';
	}
	return false;
}

const char *pathname_fault(const char *path)
{
	size_t length = strlen(path);

	if (!length)
		return "it is empty";
	if (path[0] != '/')
		return "it does not begin with /";
	if (length > PATHNAME_LENGTH_MAX)
		return "it is over 4095 bytes long";
	if (text_has_control(path))
		return "it has a control character";
	if (text_has_noncharacter(path))
		return "it has a code point that is no character";
	if (length > COMPONENT_LENGTH_MAX && has_long_component(path))
		return "it has a component of over 255 bytes";
	if (has_dot_dot(path))
		return "it has a .. component";
	if (path[length - 1] == '/')
		return "it ends in /";
	if (length >= 2 && !strcmp(path + length - 2, "/."))
		return "it ends in /.";
	return NULL;
}

const char *pathname_below(const char *path, const char *directory)
{
	while (*directory && *path == *directory) {
		path++;
		directory++;
	}
	return !*directory && *path == '/' ? path + 1 : NULL;
}

void pathname_normalize(char *path)
{
	char *end = path;
	const char *below;

	assert(path[0] == '/');

	for (const char *at = path; *at;) {
		size_t length = strcspn(++at, "/");

		if (length && !(length == 1 && at[0] == '.')) {
			*end++ = '/';
			memmove(end, at, length);
			end += length;
		}
		at += length;
	}
	if (end == path)
		*end++ = '/';
	*end = 0;

	below = pathname_below(path, "/var/run");
	if (below) {
		memmove(path + strlen("/run/"), below, strlen(below) + 1);
		memcpy(path, "/run/", strlen("/run/"));
	}
}

char *pathname_directory(const char *normalized_path)
{
	const char *slash = strrchr(normalized_path, '/');

	assert(slash);

	if (slash == normalized_path)
		return strdup("/");
	return strndup(normalized_path, (size_t)(slash - normalized_path));
}
