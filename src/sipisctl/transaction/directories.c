/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/directories.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "document/reason.h"
#include "util/escape.h"
#include "util/pathname.h"

void split_directories_done(struct split_directories *directories)
{
	for (size_t i = 0; i < SPLIT_DIRECTORY_COUNT; i++)
		closep(&directories->fds[i]);
	*directories = (struct split_directories)SPLIT_DIRECTORIES_INIT;
}

const char *load_balancer_file(void)
{
	return strrchr(LOADBALANCER_SETTINGS, '/') + 1;
}

static int split_directories_open_load_balancer(const struct root *root, int *ret_fd)
{
	_cleanup_free_ char *directory = pathname_directory(LOADBALANCER_SETTINGS);
	int fd;

	if (!directory)
		return -ENOMEM;

	fd = root_open_file(root, directory, O_RDONLY | O_DIRECTORY);
	if (fd < 0 && fd != -ENOENT)
		return fd;
	*ret_fd = fd < 0 ? -1 : fd;
	return 0;
}

int split_directories_open(const struct root *root, struct split_directories *ret_directories,
			   const char **ret_path)
{
	int r;

	*ret_directories = (struct split_directories)SPLIT_DIRECTORIES_INIT;
	ret_directories->prefix = root->prefix;

	*ret_path = SIPIS_CONFDIR;
	r = root_open_file(root, SIPIS_CONFDIR, O_RDONLY | O_DIRECTORY);
	if (r < 0)
		return r;
	ret_directories->fds[SPLIT_DIRECTORY_SETTINGS] = r;

	*ret_path = LOADBALANCER_SETTINGS;
	return split_directories_open_load_balancer(
		root, &ret_directories->fds[SPLIT_DIRECTORY_LOAD_BALANCER]);
}

char *split_directory_path(const struct split_directories *directories,
			   enum split_directory split_directory)
{
	_cleanup_free_ char *path = split_directory == SPLIT_DIRECTORY_SETTINGS
					    ? strdup(SIPIS_CONFDIR)
					    : pathname_directory(LOADBALANCER_SETTINGS);
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;
	char *text = NULL;

	if (!path)
		return NULL;
	escape_append(&shown, directories->prefix, strlen(directories->prefix));
	strbuf_append(&shown, path);
	return strbuf_take(&shown, &text) < 0 ? NULL : text;
}

int split_directory_check(const struct split_directories *directories,
			  enum split_directory split_directory, struct strbuf *reason)
{
	_cleanup_free_ char *path = NULL;
	struct statx st;
	int r;

	if (directories->fds[split_directory] < 0)
		return 1;
	if (statx(directories->fds[split_directory], "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) < 0)
		return -errno;
	if (!(st.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)))
		return 1;

	path = split_directory_path(directories, split_directory);
	if (!path)
		return -ENOMEM;
	r = reason_set(reason, NULL,
		       "%s is immutable or append-only, so its files cannot be replaced: see "
		       "\"lsattr -d\" and chattr(1)",
		       path);
	return r < 0 ? r : 0;
}
