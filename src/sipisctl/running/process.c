/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/macro.h"

#define PROCESS_PATH_MAX 64

static void process_path(pid_t pid, const char *name, char path[PROCESS_PATH_MAX])
{
	snprintf(path, PROCESS_PATH_MAX, "/proc/%d/%s", pid, name);
}

static FILE *process_open(pid_t pid, const char *name)
{
	char path[PROCESS_PATH_MAX];

	process_path(pid, name, path);
	return fopen(path, "re");
}

static void fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

void process_name(pid_t pid, char name[PROCESS_NAME_MAX])
{
	_cleanup_(fclosep) FILE *file = process_open(pid, "comm");
	size_t length = 0;

	if (file)
		length = fread(name, 1, PROCESS_NAME_MAX - 1, file);
	name[length] = 0;
	if (length && name[length - 1] == '\n')
		name[length - 1] = 0;
	if (!name[0])
		strcpy(name, "?");
}

/* --- control groups ---------------------------------------------------------------------- */

/*
 * Return the path in a line of /proc/PID/cgroup if it is of the hierarchy that systemd manages:
 * `0::/PATH`, or `N:name=systemd:/PATH` beside version 1. Cuts the newline.
 */
static char *group_of_line(char *line)
{
	char *controllers = strchr(line, ':'), *path;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return NULL;

	*path++ = 0;
	if (strcmp(line, "0:") != 0 && strcmp(controllers, ":name=systemd") != 0)
		return NULL;
	path[strcspn(path, "\n")] = 0;
	return path;
}

bool group_line_is_below(char *line, const char *group)
{
	const char *path = group_of_line(line);
	size_t length = strlen(group);

	return path && !strncmp(path, group, length) && (!path[length] || path[length] == '/');
}

bool process_is_in_group(pid_t pid, const char *group)
{
	_cleanup_(fclosep) FILE *file = NULL;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	/* Every process is below the root. */
	if (!group || !*group || !strcmp(group, "/"))
		return false;
	file = process_open(pid, "cgroup");
	while (file && getline(&line, &size, file) >= 0)
		if (group_line_is_below(line, group))
			return true;
	return false;
}

static bool component_is_unit(const char *component)
{
	const char *dot = strrchr(component, '.');

	return dot && (!strcmp(dot, ".service") || !strcmp(dot, ".scope"));
}

char *process_unit(pid_t pid)
{
	_cleanup_(fclosep) FILE *file = process_open(pid, "cgroup");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) >= 0) {
		char *path = group_of_line(line), *rest = NULL;
		char *component = path ? strtok_r(path, "/", &rest) : NULL;

		for (; component; component = strtok_r(NULL, "/", &rest))
			if (component_is_unit(component))
				return strdup(component);
	}
	return NULL;
}

/* --- environment and network ------------------------------------------------------------- */

int process_environment(pid_t pid, const char *name, char **ret_value)
{
	_cleanup_(fclosep) FILE *file = process_open(pid, "environ");
	_cleanup_free_ char *entry = NULL;
	size_t size = 0, length = strlen(name);

	if (!file)
		return -errno;
	errno = 0;
	while (getdelim(&entry, &size, 0, file) >= 0) {
		if (strncmp(entry, name, length) != 0 || entry[length] != '=')
			continue;
		*ret_value = strdup(entry + length + 1);
		return *ret_value ? 1 : -ENOMEM;
	}
	return errno ? -errno : 0;
}

/* Each network namespace has its own file here: its inode tells them apart. */
int process_network(pid_t pid, uint64_t *ret_network)
{
	char path[PROCESS_PATH_MAX];
	struct stat st;

	process_path(pid, "net/tcp", path);
	if (stat(path, &st) < 0)
		return -errno;
	*ret_network = st.st_ino;
	return 0;
}
