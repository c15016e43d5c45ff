/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "sipisctl/transaction/file.h"
#include "sipisctl/transaction/record.h"

void history_done(struct history *history)
{
	closep(&history->fd);
	*history = (struct history)HISTORY_INIT;
}

/* It can be there and not for good: the run that made it may have been killed. */
static int make_directory(const struct homes *homes)
{
	if (mkdirat(homes->fds[HOME_SETTINGS], SPLIT_STATE_NAME, 0700) < 0 && errno != EEXIST)
		return -errno;
	return fsync(homes->fds[HOME_SETTINGS]) < 0 ? -errno : 0;
}

int history_open(const struct homes *homes, bool create, struct history *ret_history)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = create ? make_directory(homes) : 0;

	if (r < 0)
		return r;
	fd = openat(homes->fds[HOME_SETTINGS], SPLIT_STATE_NAME,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? -EPERM : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!split_is_trusted(&st))
		return -EPERM;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	ret_history->fd = fd;
	fd = -1;
	return 0;
}

/* --- names ------------------------------------------------------------------------------- */

static void full_name(const struct split_name *name, const char *step, char ret[NAME_MAX + 1])
{
	snprintf(ret, NAME_MAX + 1, "%s%s", name->text, step);
}

int history_find(const struct history *history, const char *step, struct split_name *ret_name)
{
	DIR *listing = directory_list(history->fd);
	struct split_name last = {};
	const struct dirent *entry;
	int r;

	if (!listing)
		return -errno;
	while ((entry = directory_next(listing))) {
		const char *at = split_step(entry->d_name);
		struct split_name name = {};

		if (!at || (step && strcmp(at, step) != 0))
			continue;
		memcpy(name.text, entry->d_name, strlen(entry->d_name) - strlen(at));
		if (strverscmp(name.text, last.text) > 0)
			last = name;
	}
	r = -errno;
	closedir(listing);
	*ret_name = last;
	return r < 0 ? r : last.text[0] != 0;
}

/* Numbers count up, whatever the clock does. */
static int make_name(const struct history *history, struct split_name *ret_name)
{
	struct split_name last;
	time_t now = time(NULL);
	char date[sizeof("2026-01-01T00:00:00Z")];
	struct tm tm;
	int r = history_find(history, NULL, &last);

	if (r < 0)
		return r;
	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(ret_name->text, sizeof(ret_name->text), "%lu-%s",
		 r > 0 ? strtoul(last.text, NULL, 10) + 1 : 1, date);
	return 0;
}

/* --- steps ------------------------------------------------------------------------------- */

static int open_split(const struct history *history, const struct split_name *name,
		      const char *step)
{
	char full[NAME_MAX + 1];
	int fd;

	full_name(name, step, full);
	fd = openat(history->fd, full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int history_add(const struct history *history, const struct changes *changes,
		struct split_name *ret_name)
{
	_cleanup_close_ int fd = -1;
	char full[NAME_MAX + 1];
	int r = make_name(history, ret_name);

	if (r < 0)
		return r;
	full_name(ret_name, SPLIT_PREPARING, full);
	if (mkdirat(history->fd, full, 0700) < 0)
		return -errno;
	fd = open_split(history, ret_name, SPLIT_PREPARING);
	r = fd < 0 ? fd : journal_write(fd, changes);
	if (r < 0)
		history_clean(history);
	return r;
}

int history_read(const struct history *history, const struct split_name *name, const char *step,
		 struct changes *ret_changes)
{
	_cleanup_close_ int fd = open_split(history, name, step);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!split_is_trusted(&st))
		return -EPERM;
	return journal_read(fd, ret_changes);
}

int history_step(const struct history *history, const struct split_name *name, const char *from,
		 const char *to)
{
	char old[NAME_MAX + 1], new[NAME_MAX + 1];

	full_name(name, from, old);
	full_name(name, to, new);
	return renameat(history->fd, old, history->fd, new) < 0 ? -errno : 0;
}

int history_synchronize(const struct history *history)
{
	return fsync(history->fd) < 0 ? -errno : 0;
}

/* --- cleaning up ------------------------------------------------------------------------- */

/* A split's directory has one level below it. */
enum { CLEAN_DEPTH_MAX = 2 };

static int remove_tree(int directory, const char *name, unsigned depth);

static int remove_entries(int directory, unsigned depth)
{
	DIR *listing = directory_list(directory);
	const struct dirent *entry;
	int r = 0;

	if (!listing)
		return -errno;
	while (r == 0 && (entry = directory_next(listing)))
		r = remove_tree(directory, entry->d_name, depth);
	if (r == 0)
		r = -errno;
	closedir(listing);
	return r;
}

static int remove_tree(int directory, const char *name, unsigned depth)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (unlinkat(directory, name, 0) == 0)
		return 0;
	if (errno != EISDIR || depth == 0)
		return -errno;
	fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = remove_entries(fd, depth - 1);
	if (r < 0)
		return r;
	return unlinkat(directory, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int history_clean(const struct history *history)
{
	struct split_name name;
	int r;

	while ((r = history_find(history, SPLIT_PREPARING, &name)) > 0) {
		char full[NAME_MAX + 1];

		full_name(&name, SPLIT_PREPARING, full);
		r = remove_tree(history->fd, full, CLEAN_DEPTH_MAX);
		if (r < 0)
			return r;
	}
	return r;
}
