/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "sipisctl/transaction/file.h"
#include "sipisctl/transaction/record.h"
#include "util/array.h"
#include "util/listing.h"

void store_done(struct split_store *store)
{
	closep(&store->fd);
	*store = (struct split_store)STORE_INIT;
}

/* fsync even on EEXIST: the run that created it may have been killed before its own fsync. */
static int store_create(const struct split_directories *directories)
{
	int directory = directories->fds[SPLIT_DIRECTORY_SETTINGS];

	if (mkdirat(directory, SPLIT_STATE_NAME, 0700) < 0 && errno != EEXIST)
		return -errno;
	return fsync(directory) < 0 ? -errno : 0;
}

int store_open(const struct split_directories *directories, enum store_access access,
	       struct split_store *ret_store)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	if (access == STORE_CREATE) {
		r = store_create(directories);
		if (r < 0)
			return r;
	}

	fd = openat(directories->fds[SPLIT_DIRECTORY_SETTINGS], SPLIT_STATE_NAME,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? -EPERM : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!split_state_is_trusted(&st))
		return -EPERM;
	if (access != STORE_READ && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	ret_store->fd = TAKE_FD(fd);
	return 0;
}

/* --- names ------------------------------------------------------------------------------- */

static void full_name(const struct split_name *name, const char *state, char ret[NAME_MAX + 1])
{
	snprintf(ret, NAME_MAX + 1, "%s%s", name->text, state);
}

/* Parse the name of a directory. Returns false if it is no record. */
static bool entry_parse(const char *full, struct store_entry *ret_entry)
{
	const char *state = split_state_step(full);

	if (!state)
		return false;
	*ret_entry = (struct store_entry){.state = state};
	memcpy(ret_entry->name.text, full, strlen(full) - strlen(state));
	return true;
}

static int entry_compare_latest_first(const void *a, const void *b)
{
	const struct store_entry *x = a, *y = b;

	return strverscmp(y->name.text, x->name.text);
}

int store_list(const struct split_store *store, struct store_entry **ret_entries, size_t *ret_n)
{
	_cleanup_listing_ DIR *listing = listing_open(store->fd);
	_cleanup_free_ struct store_entry *entries = NULL;
	size_t n = 0, capacity = 0;
	const struct dirent *entry;

	if (!listing)
		return -errno;

	while ((entry = listing_next(listing))) {
		if (ARRAY_RESERVE(entries, n, capacity) < 0)
			return -ENOMEM;
		n += entry_parse(entry->d_name, &entries[n]);
	}
	if (errno)
		return -errno;

	if (n > 1)
		qsort(entries, n, sizeof(*entries), entry_compare_latest_first);
	*ret_entries = TAKE_PTR(entries);
	*ret_n = n;
	return 0;
}

int store_find(const struct split_store *store, const char *state, struct split_name *ret_name)
{
	_cleanup_free_ struct store_entry *entries = NULL;
	size_t n = 0;
	int r;

	r = store_list(store, &entries, &n);
	if (r < 0)
		return r;

	for (size_t i = 0; i < n; i++)
		if (!state || !strcmp(entries[i].state, state)) {
			*ret_name = entries[i].name;
			return 1;
		}
	return 0;
}

#define DATE_FORMAT "%Y-%m-%dT%H:%M:%SZ"

/* Return when a split was made, from its name; 0 if the name has no date. */
static time_t split_name_time(const struct split_name *name)
{
	const char *dash = strchr(name->text, '-');
	struct tm tm = {};
	const char *end = dash ? strptime(dash + 1, DATE_FORMAT, &tm) : NULL;

	return end && !*end ? timegm(&tm) : 0;
}

struct record_date record_date(const struct split_name *name)
{
	time_t at = split_name_time(name);
	struct record_date date = {};
	struct tm tm;

	if (!at || !localtime_r(&at, &tm) ||
	    !strftime(date.text, sizeof(date.text), "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(date.text, sizeof(date.text), "unknown date");
	return date;
}

/* Make a name whose number is one higher than the last, as the clock may have been set back. */
static int make_name(const struct split_store *store, struct split_name *ret_name)
{
	char date[sizeof("2026-01-01T00:00:00Z")];
	time_t now = time(NULL);
	struct split_name latest;
	unsigned long number = 1;
	struct tm tm;
	int r;

	r = store_find(store, NULL, &latest);
	if (r < 0)
		return r;
	if (r > 0)
		number = strtoul(latest.text, NULL, 10) + 1;

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), DATE_FORMAT, &tm);
	snprintf(ret_name->text, sizeof(ret_name->text), "%lu-%s", number, date);
	return 0;
}

/* --- records ----------------------------------------------------------------------------- */

static int open_record(const struct split_store *store, const struct split_name *name,
		       const char *state)
{
	char full[NAME_MAX + 1];
	int fd;

	full_name(name, state, full);
	fd = openat(store->fd, full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_record(const struct split_store *store, const struct split_name *name,
			const struct changes *changes)
{
	_cleanup_close_ int fd = open_record(store, name, SPLIT_PREPARING);

	return fd < 0 ? fd : record_write(fd, changes);
}

int store_add(const struct split_store *store, const struct changes *changes,
	      struct split_name *ret_name)
{
	char full[NAME_MAX + 1];
	int r;

	r = make_name(store, ret_name);
	if (r < 0)
		return r;
	full_name(ret_name, SPLIT_PREPARING, full);
	if (mkdirat(store->fd, full, 0700) < 0)
		return -errno;

	r = write_record(store, ret_name, changes);
	if (r < 0)
		(void)store_clean(store);
	return r;
}

static int open_trusted_record(const struct split_store *store, const struct split_name *name,
			       const char *state)
{
	_cleanup_close_ int fd = open_record(store, name, state);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return split_state_is_trusted(&st) ? TAKE_FD(fd) : -EPERM;
}

int store_read(const struct split_store *store, const struct split_name *name, const char *state,
	       struct changes *ret_changes)
{
	_cleanup_close_ int fd = open_trusted_record(store, name, state);
	int r;

	if (fd < 0)
		return fd;
	r = record_read(fd, ret_changes);
	return r == -ENOENT ? -EBADMSG : r;
}

int store_set_state(const struct split_store *store, const struct split_name *name,
		    const char *from, const char *to)
{
	char old[NAME_MAX + 1], new[NAME_MAX + 1];

	full_name(name, from, old);
	full_name(name, to, new);
	return renameat(store->fd, old, store->fd, new) < 0 ? -errno : 0;
}

int store_synchronize(const struct split_store *store)
{
	return fsync(store->fd) < 0 ? -errno : 0;
}

/* --- cleaning up ------------------------------------------------------------------------- */

/* A record has one level of directories below it. */
enum { CLEAN_DEPTH_MAX = 2 };

static int remove_tree(int directory, const char *name, unsigned depth);

static int remove_entries(int directory, unsigned depth)
{
	_cleanup_listing_ DIR *listing = listing_open(directory);
	const struct dirent *entry;
	int r;

	if (!listing)
		return -errno;

	while ((entry = listing_next(listing))) {
		r = remove_tree(directory, entry->d_name, depth);
		if (r < 0)
			return r;
	}
	return -errno;
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

int store_clean(const struct split_store *store)
{
	struct split_name name;
	int r;

	while ((r = store_find(store, SPLIT_PREPARING, &name)) > 0) {
		char full[NAME_MAX + 1];

		full_name(&name, SPLIT_PREPARING, full);
		r = remove_tree(store->fd, full, CLEAN_DEPTH_MAX);
		if (r < 0)
			return r;
	}
	return r;
}

/* As SPLIT_PREPARING it is removed, now or, if this run is killed, by the next one. */
static int store_drop(const struct split_store *store, const struct store_entry *entry)
{
	int r;

	r = store_set_state(store, &entry->name, entry->state, SPLIT_PREPARING);
	if (r < 0)
		return r;
	return store_clean(store);
}

int store_prune(const struct split_store *store)
{
	_cleanup_free_ struct store_entry *entries = NULL;
	size_t n = 0, n_complete = 0, n_undone = 0;
	int r;

	r = store_list(store, &entries, &n);
	if (r < 0)
		return r;

	for (size_t i = 0; i < n; i++) {
		bool is_complete = !strcmp(entries[i].state, SPLIT_COMPLETE);
		bool is_undone = !strcmp(entries[i].state, SPLIT_UNDONE);

		n_complete += is_complete;
		n_undone += is_undone;
		if ((is_complete && n_complete > STORE_KEPT) ||
		    (is_undone && n_undone > STORE_KEPT)) {
			r = store_drop(store, &entries[i]);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
