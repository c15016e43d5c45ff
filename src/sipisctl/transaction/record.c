/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "document/read.h"
#include "installation/scan.h"
#include "installation/split-state.h"
#include "sipisctl/transaction/file.h"

#define LIST_FILE "journal"

/* Both files may be called Settings.xml. */
#define LOAD_BALANCER_COPY "LoadBalancer2.xml"

static const char *const version_words[VERSION_COUNT] = {
	[VERSION_OLD] = "before",
	[VERSION_NEW] = "after",
};
static const char *const directory_words[SPLIT_DIRECTORY_COUNT] = {
	[SPLIT_DIRECTORY_SETTINGS] = "settings",
	[SPLIT_DIRECTORY_LOAD_BALANCER] = "load-balancer",
};

#define ORIGIN_LINE "made-by "

static const char *copy_name(const struct change *change)
{
	return change->split_directory == SPLIT_DIRECTORY_LOAD_BALANCER ? LOAD_BALANCER_COPY
									: change->name;
}

/* --- writing ----------------------------------------------------------------------------- */

static void append_hex(struct strbuf *buf, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		strbuf_appendf(buf, "%02x", (unsigned char)bytes[i]);
}

static void append_attributes(struct strbuf *buf, const struct attributes *attributes)
{
	strbuf_appendf(buf, "%o %lu %lu\n", (unsigned)attributes->mode,
		       (unsigned long)attributes->uid, (unsigned long)attributes->gid);
	for (size_t i = 0; i < attributes->n_xattrs; i++) {
		const struct xattr *xattr = &attributes->xattrs[i];

		strbuf_append(buf, "xattr ");
		append_hex(buf, xattr->name, strlen(xattr->name));
		strbuf_append_char(buf, ' ');
		append_hex(buf, xattr->value, xattr->size);
		strbuf_append_char(buf, '\n');
	}
}

static void append_change(struct strbuf *buf, const struct change *change)
{
	for (size_t version = 0; version < VERSION_COUNT; version++) {
		if (!change->states[version].data)
			continue;
		strbuf_appendf(buf, "%s %s %s ", version_words[version],
			       directory_words[change->split_directory], change->name);
		append_attributes(buf, &change->states[version].attributes);
	}
}

static int list_write(int directory, const struct changes *changes)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	strbuf_appendf(&text, ORIGIN_LINE "%s %zu %zu\n", origin_words[changes->origin],
		       changes->n_instances[VERSION_OLD], changes->n_instances[VERSION_NEW]);
	for (size_t i = 0; i < changes->n; i++)
		append_change(&text, &changes->items[i]);
	if (strbuf_error(&text))
		return -ENOMEM;
	if (text.length > READ_FILE_MAX)
		return -E2BIG; /* record_read() would refuse it */
	return file_create(directory, LIST_FILE, text.text, text.length, NULL);
}

static int open_subdirectory(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int copies_write(int directory, const struct changes *changes, enum version version)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (mkdirat(directory, version_words[version], 0700) < 0)
		return -errno;
	fd = open_subdirectory(directory, version_words[version]);
	if (fd < 0)
		return fd;

	for (size_t i = 0; i < changes->n; i++) {
		const struct change *change = &changes->items[i];
		const struct file_state *state = &change->states[version];

		if (!state->data)
			continue;
		r = file_create(fd, copy_name(change), state->data, state->size, NULL);
		if (r < 0)
			return r;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int record_write(int directory, const struct changes *changes)
{
	int r;

	for (size_t version = 0; version < VERSION_COUNT; version++) {
		r = copies_write(directory, changes, (enum version)version);
		if (r < 0)
			return r;
	}
	r = list_write(directory, changes);
	if (r < 0)
		return r;
	return fsync(directory) < 0 ? -errno : 0;
}

/* --- reading ----------------------------------------------------------------------------- */

/* Refuse what another user could have written: root would write its contents to /etc. */
static int check_trust(int directory, const char *name)
{
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return split_state_is_trusted(&st) ? 0 : -EPERM;
}

static int read_trusted(int directory, const char *name, struct file *file)
{
	int r;

	r = check_trust(directory, name);
	if (r < 0)
		return r;
	r = file_read(directory, name, file);
	if (r < 0)
		return r;
	if (file->fault != FILE_GOOD)
		return -EPERM;
	return file->data ? 0 : -ENOENT;
}

static int find_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], word))
			return (int)i;
	return -EBADMSG;
}

/*
 * Return 1 for a name that a split can write, 0 for another one, such as a path that leads
 * elsewhere, or -ENOMEM.
 */
static int is_name_allowed(enum split_directory split_directory, const char *name)
{
	_cleanup_(scan_done) struct scan scan = {};
	int r;

	if (split_directory == SPLIT_DIRECTORY_LOAD_BALANCER)
		return !strcmp(name, load_balancer_file());
	if (strchr(name, '/'))
		return 0;
	r = scan_add(&scan, name);
	return r > 0 ? scan.entries[0].valid : r;
}

/* Find the change of this file, or add one. Returns 0 or -ENOMEM. */
static int need_change(struct changes *changes, enum split_directory split_directory,
		       const char *name, struct change **ret_change)
{
	for (size_t i = 0; i < changes->n; i++) {
		struct change *change = &changes->items[i];

		if (change->split_directory == split_directory && !strcmp(change->name, name)) {
			*ret_change = change;
			return 0;
		}
	}
	return changes_add(changes, split_directory, name, ret_change);
}

static int read_copy(int directory, const char *version, const struct change *change,
		     struct file_state *state)
{
	_cleanup_(file_done) struct file file = {};
	_cleanup_close_ int fd = -1;
	int r;

	r = check_trust(directory, version);
	if (r < 0)
		return r;
	fd = open_subdirectory(directory, version);
	if (fd < 0)
		return fd;
	r = read_trusted(fd, copy_name(change), &file);
	if (r < 0)
		return r;

	state->data = TAKE_PTR(file.data);
	state->size = file.size;
	return 0;
}

struct list_reader {
	int directory;
	struct changes *changes;
	struct attributes *attributes; /* of the last file; NULL: none yet */
};

static int read_file_line(struct list_reader *reader, const char *line)
{
	char version_word[8], directory_word[16], name[256], rest;
	unsigned mode;
	unsigned long uid, gid;
	struct change *change;
	struct file_state *state;
	int version, split_directory, r;

	if (sscanf(line, "%7s %15s %255s %o %lu %lu%c", version_word, directory_word, name, &mode,
		   &uid, &gid, &rest) != 6)
		return -EBADMSG;
	version = find_word(version_words, VERSION_COUNT, version_word);
	split_directory = find_word(directory_words, SPLIT_DIRECTORY_COUNT, directory_word);
	if (version < 0 || split_directory < 0 || mode > 07777)
		return -EBADMSG;
	r = is_name_allowed((enum split_directory)split_directory, name);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;

	r = need_change(reader->changes, (enum split_directory)split_directory, name, &change);
	if (r < 0)
		return r;
	state = &change->states[version];
	if (state->data)
		return -EBADMSG;

	state->attributes = (struct attributes){.mode = mode, .uid = (uid_t)uid, .gid = (gid_t)gid};
	reader->attributes = &state->attributes;
	return read_copy(reader->directory, version_word, change, state);
}

static int read_origin_line(const char *words, struct changes *changes)
{
	char word[8], rest;
	size_t n_old, n_new;
	int origin;

	if (sscanf(words, "%7s %zu %zu%c", word, &n_old, &n_new, &rest) != 3)
		return -EBADMSG;
	origin = find_word(origin_words, ORIGIN_COUNT, word);
	if (origin < 0)
		return origin;

	changes->origin = (enum changes_origin)origin;
	changes->n_instances[VERSION_OLD] = n_old;
	changes->n_instances[VERSION_NEW] = n_new;
	return 0;
}

/* Decode hexadecimal digits. *ret_bytes is owned, with a NUL after `*ret_size` bytes. */
static int read_hex(const char *word, char **ret_bytes, size_t *ret_size)
{
	size_t length = strlen(word);
	_cleanup_free_ char *bytes = calloc(1, length / 2 + 1);

	if (!bytes)
		return -ENOMEM;
	if (length % 2 || strspn(word, "0123456789abcdef") != length)
		return -EBADMSG;

	for (size_t i = 0; i < length / 2; i++) {
		const char digits[] = {word[2 * i], word[2 * i + 1], 0};

		bytes[i] = (char)strtoul(digits, NULL, 16);
	}
	*ret_size = length / 2;
	*ret_bytes = TAKE_PTR(bytes);
	return 0;
}

static int read_xattr_line(const struct list_reader *reader, char *words)
{
	_cleanup_free_ char *name = NULL, *value = NULL;
	char *blank = strchr(words, ' ');
	size_t name_size = 0, value_size = 0;
	int r;

	if (!blank || !reader->attributes)
		return -EBADMSG;

	*blank = 0;
	r = read_hex(words, &name, &name_size);
	if (r < 0)
		return r;
	r = read_hex(blank + 1, &value, &value_size);
	if (r < 0)
		return r;
	return attributes_add_xattr(reader->attributes, name, value, value_size);
}

static bool has_prefix(const char *line, const char *prefix)
{
	return !strncmp(line, prefix, strlen(prefix));
}

/* Read the list, and parse its first line if that says who made it. *ret_rest is what follows. */
static int open_list(int directory, struct file *file, struct changes *changes, char **ret_rest)
{
	char *rest;
	int r;

	r = read_trusted(directory, LIST_FILE, file);
	if (r < 0)
		return r;
	if (strlen(file->data) != file->size)
		return -EBADMSG;

	rest = file->data;
	if (has_prefix(rest, ORIGIN_LINE)) {
		r = read_origin_line(strsep(&rest, "\n") + strlen(ORIGIN_LINE), changes);
		if (r < 0)
			return r;
	}
	*ret_rest = rest;
	return 0;
}

int record_read(int directory, struct changes *ret_changes)
{
	static const char xattr[] = "xattr ";
	_cleanup_(changes_done) struct changes changes = {};
	_cleanup_(file_done) struct file file = {};
	struct list_reader reader = {.directory = directory, .changes = &changes};
	char *rest, *line;
	int r;

	r = open_list(directory, &file, &changes, &rest);
	if (r < 0)
		return r;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		r = has_prefix(line, xattr) ? read_xattr_line(&reader, line + strlen(xattr))
					    : read_file_line(&reader, line);
		if (r < 0)
			return r;
	}
	*ret_changes = TAKE_STRUCT(changes);
	return 0;
}
