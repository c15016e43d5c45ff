/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/directories.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "util/pathname.h"

void homes_done(struct homes *homes)
{
	for (size_t i = 0; i < HOME_COUNT; i++)
		closep(&homes->fds[i]);
	*homes = (struct homes)HOMES_INIT;
}

const char *load_balancer_file(void)
{
	return strrchr(LOADBALANCER_SETTINGS, '/') + 1;
}

int homes_open(const struct root *root, struct homes *ret_homes, const char **ret_path)
{
	_cleanup_free_ char *directory = pathname_directory(LOADBALANCER_SETTINGS);
	struct homes homes = HOMES_INIT;
	int r = 0;

	if (!directory)
		return -ENOMEM;
	homes.prefix = root->prefix;
	*ret_path = SIPIS_CONFDIR;
	homes.fds[HOME_SETTINGS] = root_open_file(root, SIPIS_CONFDIR, O_RDONLY | O_DIRECTORY);
	if (homes.fds[HOME_SETTINGS] < 0)
		return homes.fds[HOME_SETTINGS];
	*ret_path = LOADBALANCER_SETTINGS;
	homes.fds[HOME_LOAD_BALANCER] = root_open_file(root, directory, O_RDONLY | O_DIRECTORY);
	if (homes.fds[HOME_LOAD_BALANCER] < 0) {
		r = homes.fds[HOME_LOAD_BALANCER] == -ENOENT ? 0 : homes.fds[HOME_LOAD_BALANCER];
		homes.fds[HOME_LOAD_BALANCER] = -1;
	}
	if (r < 0)
		homes_done(&homes);
	else
		*ret_homes = homes;
	return r;
}
