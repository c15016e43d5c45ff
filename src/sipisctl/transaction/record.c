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

#define JOURNAL_FILE "journal"

/* So that it can't be taken for a settings file's. */
#define LOAD_BALANCER_COPY "LoadBalancer2.xml"

static const char *const moment_words[MOMENT_COUNT] = {[BEFORE] = "before", [AFTER] = "after"};
static const char *const home_words[HOME_COUNT] = {
	[HOME_SETTINGS] = "settings", [HOME_LOAD_BALANCER] = "load-balancer"};

static const char *copy_name(const struct change *change)
{
	return change->home == HOME_LOAD_BALANCER ? LOAD_BALANCER_COPY : change->name;
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

static int write_list(int directory, const struct changes *changes)
{
	struct strbuf text = STRBUF_INIT;
	int r;

	for (size_t i = 0; i < changes->n; i++)
		for (size_t moment = 0; moment < MOMENT_COUNT; moment++) {
			const struct change *change = &changes->items[i];

			if (!change->versions[moment].data)
				continue;
			strbuf_appendf(&text, "%s %s %s ", moment_words[moment],
				       home_words[change->home], change->name);
			append_attributes(&text, &change->versions[moment].attributes);
		}
	r = strbuf_error(&text);
	if (r == 0 && text.length > READ_FILE_MAX)
		r = -E2BIG; /* file_read() would not take it */
	if (r == 0)
		r = file_create(directory, JOURNAL_FILE, text.text, text.length, NULL);
	strbuf_done(&text);
	return r;
}

static int open_subdirectory(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int write_copies(int directory, const struct changes *changes, enum moment moment)
{
	_cleanup_close_ int fd = -1;
	int r = 0;

	if (mkdirat(directory, moment_words[moment], 0700) < 0)
		return -errno;
	fd = open_subdirectory(directory, moment_words[moment]);
	if (fd < 0)
		return fd;
	for (size_t i = 0; r == 0 && i < changes->n; i++) {
		const struct change *change = &changes->items[i];

		if (change->versions[moment].data)
			r = file_create(fd, copy_name(change), change->versions[moment].data,
					change->versions[moment].size, NULL);
	}
	return r < 0 ? r : fsync(fd) < 0 ? -errno : 0;
}

int journal_write(int directory, const struct changes *changes)
{
	int r = 0;

	for (size_t moment = 0; r == 0 && moment < MOMENT_COUNT; moment++)
		r = write_copies(directory, changes, (enum moment)moment);
	if (r == 0)
		r = write_list(directory, changes);
	return r < 0 ? r : fsync(directory) < 0 ? -errno : 0;
}

/* --- reading ----------------------------------------------------------------------------- */

/* Ours alone, or it may say whatever somebody wants root to write. */
static int check_trust(int directory, const char *name)
{
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!split_is_trusted(&st))
		return -EPERM;
	return 0;
}

static int read_trusted(int directory, const char *name, struct file *file)
{
	int r = check_trust(directory, name);

	if (r == 0)
		r = file_read(directory, name, file);
	if (r == 0 && file->fault != FILE_GOOD)
		r = -EPERM;
	return r == 0 && !file->data ? -ENOENT : r;
}

static int find_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], word))
			return (int)i;
	return -EBADMSG;
}

/* A name that a split can have: nothing that leads anywhere else. */
static bool is_name_allowed(enum home home, const char *name)
{
	_cleanup_(scan_done) struct scan scan = {};

	if (home == HOME_LOAD_BALANCER)
		return !strcmp(name, load_balancer_file());
	return !strchr(name, '/') && scan_add(&scan, name) > 0 && scan.entries[0].valid;
}

static struct change *find_change(struct changes *changes, enum home home, const char *name)
{
	for (size_t i = 0; i < changes->n; i++)
		if (changes->items[i].home == home && !strcmp(changes->items[i].name, name))
			return &changes->items[i];
	return NULL;
}

static int read_copy(int directory, const char *moment, const struct change *change,
		     struct version *version)
{
	_cleanup_(file_done) struct file file = {};
	_cleanup_close_ int fd = -1;
	int r;

	r = check_trust(directory, moment);
	if (r < 0)
		return r;
	fd = open_subdirectory(directory, moment);
	if (fd < 0)
		return fd;
	r = read_trusted(fd, copy_name(change), &file);
	if (r < 0)
		return r;
	version->data = TAKE_PTR(file.data);
	version->size = file.size;
	return 0;
}

/* What journal_read() knows on its way from line to line. */
struct reader {
	int directory;
	struct changes *changes;
	struct attributes *attributes; /* of the last file; NULL: there was none */
};

static int read_file_line(struct reader *reader, char *line)
{
	char moment_word[8], home_word[16], name[256], rest;
	unsigned mode;
	unsigned long uid, gid;
	struct change *change;
	struct version *version;
	int moment, home, r = 0;

	if (sscanf(line, "%7s %15s %255s %o %lu %lu%c", moment_word, home_word, name, &mode, &uid,
		   &gid, &rest) != 6)
		return -EBADMSG;
	moment = find_word(moment_words, MOMENT_COUNT, moment_word);
	home = find_word(home_words, HOME_COUNT, home_word);
	if (moment < 0 || home < 0 || mode > 07777 || !is_name_allowed((enum home)home, name))
		return -EBADMSG;
	change = find_change(reader->changes, (enum home)home, name);
	if (!change)
		r = changes_add(reader->changes, (enum home)home, name, &change);
	if (r < 0)
		return r;
	version = &change->versions[moment];
	if (version->data)
		return -EBADMSG;
	version->attributes =
		(struct attributes){.mode = mode, .uid = (uid_t)uid, .gid = (gid_t)gid};
	reader->attributes = &version->attributes;
	return read_copy(reader->directory, moment_word, change, version);
}

/* The bytes of a word of hexadecimal digits, with a NUL behind them. */
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

static int read_xattr_line(const struct reader *reader, char *words)
{
	_cleanup_free_ char *name = NULL, *value = NULL;
	char *blank = strchr(words, ' ');
	size_t name_size = 0, value_size = 0;
	int r;

	if (!blank || !reader->attributes)
		return -EBADMSG;
	*blank = 0;
	r = read_hex(words, &name, &name_size);
	if (r == 0)
		r = read_hex(blank + 1, &value, &value_size);
	if (r < 0)
		return r;
	return attributes_add_xattr(reader->attributes, name, value, value_size);
}

static int read_list(struct reader *reader, char *text)
{
	static const char xattr[] = "xattr ";
	char *line;
	int r = 0;

	while (r == 0 && (line = strsep(&text, "\n"))) {
		if (!*line)
			continue;
		if (!strncmp(line, xattr, strlen(xattr)))
			r = read_xattr_line(reader, line + strlen(xattr));
		else
			r = read_file_line(reader, line);
	}
	return r;
}

int journal_read(int directory, struct changes *ret_changes)
{
	_cleanup_(changes_done) struct changes changes = {};
	struct reader reader = {.directory = directory, .changes = &changes};
	_cleanup_(file_done) struct file file = {};
	int r;

	r = read_trusted(directory, JOURNAL_FILE, &file);
	if (r < 0)
		return r;
	if (!file.data || strlen(file.data) != file.size)
		return -EBADMSG;
	r = read_list(&reader, file.data);
	if (r < 0)
		return r;
	*ret_changes = changes;
	changes = (struct changes){};
	return 0;
}
