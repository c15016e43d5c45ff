/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/read.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "document/slow-read.h"
#include "util/escape.h"

#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/*
 * A read that returns all that the file had when it was opened ends it: a further read, while
 * somebody rewrites the file, would append the end of another version.
 */
int read_bounded(int fd, size_t expected, size_t max, char **ret_data, size_t *ret_length)
{
	size_t capacity = expected + 1, length = 0;
	_cleanup_free_ char *data = malloc(capacity + 1);
	ssize_t n = 1;

	if (!data)
		return -ENOMEM;

	while (n != 0 && length <= max && (!length || length != expected)) {
		if (length == capacity) {
			char *grown = realloc(data, capacity * 2 + 1);

			if (!grown)
				return -ENOMEM;
			capacity *= 2;
			data = grown;
		}

		n = read(fd, data + length, capacity - length);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			length += (size_t)n;
	}

	data[length] = 0;
	*ret_data = TAKE_PTR(data);
	*ret_length = length;
	return 0;
}

/* --- files that answer at once ----------------------------------------------------------- */

/* Open without following any symbolic link, and without crossing a mount: other file systems may
 * not answer. A descriptor or a negative errno. */
static int open_near(int directory, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = resolve | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	int fd;

	do
		fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

/* Open a path of the tree, as above. */
static int root_open_near(const struct root *root, const char *path, int flags)
{
	return open_near(root->fd < 0 ? AT_FDCWD : root->fd, path, flags,
			 root->fd < 0 ? 0 : RESOLVE_IN_ROOT);
}

/*
 * Open a file that its directory reports as a regular file. It is no device then, but for one that
 * is mounted over it; without openat2() (seccomp filters refuse it) that is checked afterwards.
 */
static int open_listed(int directory, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	int fd;

	fd = open_near(directory, name, OPEN_FLAGS, 0);
	if (fd != -ENOSYS && fd != -EPERM)
		return fd;

	fd = openat(directory, name, OPEN_FLAGS | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (is_file_of_kernel(fd)) {
		close(fd);
		return -EXDEV;
	}
	return fd;
}

/* Open a regular file that is near. Others are not opened: opening a watchdog starts it. */
static int open_regular_near(const struct root *root, const char *path, mode_t *ret_mode)
{
	_cleanup_close_ int look = root_open_near(root, path, O_PATH);
	struct stat st;

	if (look < 0)
		return look;
	if (fstat(look, &st) < 0)
		return -errno;

	*ret_mode = st.st_mode;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return root_open_near(root, path, OPEN_FLAGS);
}

/* Return true if a child must try: there is a symbolic link, a mount or a lease, or no openat2().
 */
static bool is_far(int error)
{
	return error == -ELOOP || error == -EXDEV || error == -EAGAIN || error == -ENOSYS ||
	       error == -EPERM;
}

/*
 * Read a near file, and say in *file what is wrong with it. Return false if a child must try.
 */
static bool read_near(const struct root *root, const char *path, int directory, size_t max,
		      struct slow_file *file)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	fd = directory >= 0 ? open_listed(directory, path)
			    : open_regular_near(root, path, &file->mode);
	if (fd < 0) {
		file->error = fd;
		return !is_far(fd);
	}
	if (fstat(fd, &st) < 0) {
		file->error = -errno;
		return true;
	}

	file->mode = st.st_mode;
	file->size = (size_t)st.st_size;
	if (!S_ISREG(st.st_mode) || file->size > max)
		return true;

	file->opened = true;
	file->error = read_bounded(fd, file->size, max, &file->data, &file->size);
	return true;
}

/* --- what is wrong ----------------------------------------------------------------------- */

static int source_reject(struct source *source, enum diagnostic_code code, const char *text,
			 struct diagnostics *diagnostics)
{
	struct place place = place_of_file(source);

	return diagnostics_add(diagnostics, code, &place, NULL, "%s", text);
}

static const char *file_kind(mode_t mode)
{
	if (S_ISFIFO(mode))
		return "this is a FIFO, not a file";
	if (S_ISDIR(mode))
		return "this is a directory, not a file";
	if (S_ISSOCK(mode))
		return "this is a socket, not a file";
	return "this is a device, not a file";
}

static int source_reject_too_large(struct source *source, size_t size,
				   struct diagnostics *diagnostics)
{
	return source_reject(source, DIAGNOSTIC_FILE_TOO_LARGE,
			     size > READ_FILE_MAX ? "the file is over 1 MiB"
						  : "all settings together are over 64 MiB",
			     diagnostics);
}

/* Report why a file could not be read: "this is a link to TARGET, which ..." for a link. */
static int source_reject_unreadable(struct source *source, const struct slow_file *file,
				    struct diagnostics *diagnostics)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;

	source->silent = file->error == -ETIMEDOUT;
	if (file->link[0])
		strbuf_appendf(&text, "this is a link to %s, which", excerpt(file->link).text);
	else
		strbuf_append(&text, "the file");

	if (file->is_of_kernel)
		strbuf_append(&text, " is in /proc, /sys or another file system of the kernel: it "
				     "is not read");
	else if (file->error == -ETIMEDOUT)
		strbuf_append(&text, " does not answer: its file system hangs, or a process holds "
				     "a lease on it");
	else if (file->error == -ENOENT)
		strbuf_append(&text, " does not exist");
	else
		strbuf_appendf(&text, " cannot be %s: %s", file->opened ? "read" : "opened",
			       strerrordesc_np(-file->error));

	if (strbuf_error(&text) < 0)
		return strbuf_error(&text);
	return source_reject(source, DIAGNOSTIC_FILE_UNREADABLE, text.text, diagnostics);
}

/* --- sources ----------------------------------------------------------------------------- */

static void reader_take_time(struct reader *reader, uint64_t since)
{
	uint64_t passed = now_usec() - since;

	reader->usec -= passed < reader->usec ? passed : reader->usec;
}

/* Keep a killed child for reader_done(), when it will have ended. Not too many: each has a pipe. */
static void reader_lose(struct reader *reader, struct slow_read *read)
{
	if (reader->n_lost >= READ_AHEAD_MAX) {
		slow_read_end(read, 0);
		return;
	}
	read->next = reader->lost;
	reader->lost = read;
	reader->n_lost++;
}

static void slow_reads_end(struct slow_read *reads, uint64_t deadline)
{
	while (reads) {
		struct slow_read *next = reads->next;

		slow_read_end(reads, deadline);
		reads = next;
	}
}

void reader_done(struct reader *reader)
{
	uint64_t deadline = now_usec() + SLOW_KILL_USEC;

	slow_reads_end(reader->ahead, deadline);
	slow_reads_end(reader->lost, deadline);
	*reader = (struct reader){};
}

void read_ahead(const struct root *root, const char *path, struct reader *reader)
{
	struct slow_read *read;

	if (slow_read_start(root, path, READ_FILE_MAX, &read) < 0)
		return;
	read->next = reader->ahead;
	reader->ahead = read;
	reader->n_ahead++;
}

/* Take a read out of those that were started ahead, or NULL. */
static struct slow_read *reader_take_ahead(struct reader *reader, const char *path)
{
	for (struct slow_read **at = &reader->ahead; *at; at = &(*at)->next)
		if (!strcmp((*at)->path, path)) {
			struct slow_read *read = *at;

			*at = read->next;
			reader->n_ahead--;
			return read;
		}
	return NULL;
}

/* Return when a read must have ended. */
static uint64_t reader_deadline(const struct reader *reader, const struct slow_read *read)
{
	uint64_t deadline = read->started + READ_FILE_USEC, end = now_usec() + reader->usec;
	uint64_t least = read->started + READ_LEAST_USEC;

	if (deadline > end)
		deadline = end;
	return deadline > least ? deadline : least;
}

/* Accept bytes of a source. `data` NULL: there are too many. 1, 0 or -ENOMEM. */
static int source_take_data(struct source *source, char *data, size_t size, struct reader *reader,
			    struct diagnostics *diagnostics)
{
	if (size > READ_FILE_MAX || size > reader->bytes) {
		free(data);
		return source_reject_too_large(source, size, diagnostics);
	}

	source->data = data;
	source->size = size;
	reader->bytes -= size;
	return 1;
}

/* Read the file in a child. What is wrong with it is in *file. 0 or -ENOMEM. */
static int read_far(const struct root *root, const char *path, size_t max, struct reader *reader,
		    struct slow_file *file)
{
	struct slow_read *read = reader_take_ahead(reader, path);
	uint64_t started = now_usec(), deadline;
	int r;

	if (!read) {
		r = slow_read_start(root, path, max, &read);
		if (r == -ENOMEM)
			return r;
		if (r < 0) { /* no child: out of processes or descriptors */
			file->error = r;
			return 0;
		}
	}

	deadline = reader_deadline(reader, read);
	r = slow_read_receive(read, deadline, file);
	if (file->error == -ETIMEDOUT)
		reader_lose(reader, read);
	else
		slow_read_end(read, deadline);
	reader_take_time(reader, started);
	return r;
}

/* Return -ENOENT, and remember where a dangling link points; or return -ENOMEM. */
static int source_is_missing(struct source *source, const struct slow_file *file)
{
	if (file->link[0]) {
		source->dangling = source_keep_text(source, file->link, strlen(file->link));
		if (!source->dangling)
			return -ENOMEM;
	}
	return -ENOENT;
}

static int source_read(const struct root *root, const char *path, int directory,
		       struct source *source, struct reader *reader,
		       struct diagnostics *diagnostics, bool may_be_missing)
{
	size_t max = reader->bytes < READ_FILE_MAX ? reader->bytes : READ_FILE_MAX;
	_cleanup_(slow_file_done) struct slow_file file = {};
	int r;

	if (!read_near(root, path, directory, max, &file)) {
		slow_file_done(&file);
		r = read_far(root, path, max, reader, &file);
		if (r < 0)
			return r;
	}

	if (file.error == -ENOMEM)
		return file.error;
	if (file.error == -ENOENT && may_be_missing)
		return source_is_missing(source, &file);
	if (file.mode && !S_ISREG(file.mode))
		return source_reject(source, DIAGNOSTIC_FILE_NOT_REGULAR, file_kind(file.mode),
				     diagnostics);
	if (file.error < 0)
		return source_reject_unreadable(source, &file, diagnostics);
	return source_take_data(source, TAKE_PTR(file.data), file.size, reader, diagnostics);
}

int read_source(const struct root *root, const char *path, int directory, struct source *source,
		struct reader *reader, struct diagnostics *diagnostics)
{
	return source_read(root, path, directory, source, reader, diagnostics, false);
}

int read_source_if_exists(const struct root *root, const char *path, struct source *source,
			  struct reader *reader, struct diagnostics *diagnostics)
{
	return source_read(root, path, -1, source, reader, diagnostics, true);
}

int read_bytes(const void *bytes, size_t size, struct source *source, struct reader *reader,
	       struct diagnostics *diagnostics)
{
	_cleanup_free_ char *data = malloc(size + 1);

	if (!data)
		return -ENOMEM;

	memcpy(data, bytes, size);
	data[size] = 0;
	return source_take_data(source, TAKE_PTR(data), size, reader, diagnostics);
}

int read_probe_directory(const struct root *root, const char *path, struct reader *reader)
{
	_cleanup_close_ int fd = root_open_near(root, path, O_PATH | O_DIRECTORY);
	uint64_t started = now_usec();
	int r;

	if (fd >= 0)
		return 0;
	if (!is_far(fd))
		return fd;

	r = slow_probe_directory(root, path,
				 reader->usec < READ_FILE_USEC ? reader->usec : READ_FILE_USEC);
	reader_take_time(reader, started);
	return r;
}
