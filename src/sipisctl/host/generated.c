/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/host/generated.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "installation/unit-names.h"
#include "sipisctl/running/loop.h"
#include "util/array.h"
#include "util/listing.h"
#include "util/strbuf.h"

#define GENERATOR_NAME "sipis-generator"
#define GENERATOR_USEC (5 * USEC_PER_SEC)

/* More than the generator can write: settings are limited to 64 MiB. */
#define OUTPUT_MAX (128U << 20)

bool generated_unit_file_counts(const char *path)
{
	return strncmp(path, GENERATED_DIRECTORY "/", strlen(GENERATED_DIRECTORY "/")) != 0 &&
	       !strstr(path, "/system.control/");
}

/* --- the generator ----------------------------------------------------------------------- */

enum generator_state generator_find(char path[PATH_MAX])
{
	static const char *const directories[] = {
		"/run/systemd/system-generators",           "/etc/systemd/system-generators",
		"/usr/local/lib/systemd/system-generators", SYSTEM_GENERATOR_DIR,
		"/usr/lib/systemd/system-generators",       "/lib/systemd/system-generators",
	};
	struct stat st;

	for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
		snprintf(path, PATH_MAX, "%s/" GENERATOR_NAME, directories[i]);
		if (stat(path, &st) < 0)
			continue;
		if (S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0))
			return GENERATOR_MASKED;
		if (S_ISREG(st.st_mode) && st.st_mode & 0111)
			return GENERATOR_FOUND;
	}
	return GENERATOR_MISSING;
}

static _Noreturn void generator_exec(const char *path, int output_fd)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 ||
	    dup2(null_fd, STDERR_FILENO) < 0)
		_exit(127);
	/* As PID 1 of a running system calls it. */
	unsetenv("SYSTEMD_SCOPE");
	setenv("SYSTEMD_IN_INITRD", "0", 1);
	execl(path, path, "--dry-run", NULL);
	_exit(127);
}

/* Read all that the child writes. Returns 0, -ETIMEDOUT or another negative errno. */
static int read_output(int fd, struct strbuf *output)
{
	uint64_t deadline = now_usec() + GENERATOR_USEC;
	char bytes[16384];

	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		uint64_t now = now_usec();
		ssize_t length;

		if (now >= deadline)
			return -ETIMEDOUT;
		if (poll(&poll_fd, 1, (int)((deadline - now) / USEC_PER_MSEC) + 1) < 0 &&
		    errno != EINTR)
			return -errno;
		if (!poll_fd.revents)
			continue;
		length = read(fd, bytes, sizeof(bytes));
		if (length < 0)
			return -errno;
		if (length == 0)
			return strbuf_error(output);
		if (output->length + (size_t)length > OUTPUT_MAX)
			return -EFBIG;
		strbuf_append_bytes(output, bytes, (size_t)length);
	}
}

/* Exit status 1 says that settings have errors, and the output is complete. */
static int wait_generator(pid_t pid, bool has_ended)
{
	int status;

	if (!has_ended) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, WNOHANG);
		return 0;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? 0 : -EIO;
}

/* Append what the generator would write. Returns 0, -ETIMEDOUT or another negative errno. */
static int run_generator(const char *path, struct strbuf *output)
{
	int pipe_fds[2], ended, r;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		generator_exec(path, pipe_fds[1]);
	close(pipe_fds[1]);
	if (pid < 0) {
		r = -errno;
		close(pipe_fds[0]);
		return r;
	}

	r = read_output(pipe_fds[0], output);
	close(pipe_fds[0]);
	ended = wait_generator(pid, r >= 0);
	return r < 0 ? r : ended;
}

/* --- what it would write ----------------------------------------------------------------- */

/* A file or link that it would write. All point into the output. */
struct expected {
	const char *path;    /* relative */
	const char *target;  /* of a link; NULL: a file */
	const char *content; /* of a file */
	size_t length;
};

struct expected_list {
	struct expected *items; /* owned; sorted by path, as the output is */
	size_t n, capacity;
};

static void expected_list_done(struct expected_list *list)
{
	free(list->items);
}

/* Return true for `# PATH` and `# PATH -> TARGET`, not for a comment within a unit. */
static bool is_header(const char *line)
{
	return !strncmp(line, "# " UMBRELLA_UNIT, strlen("# " UMBRELLA_UNIT)) ||
	       !strncmp(line, "# " INSTANCE_UNIT_PREFIX, strlen("# " INSTANCE_UNIT_PREFIX));
}

/* Parse the output, and end paths and targets in it. Returns 0 or -ENOMEM. */
static int expected_list_parse(struct expected_list *list, char *output)
{
	struct expected *item = NULL;

	for (char *line = output, *next; *line; line = next) {
		char *end = strchrnul(line, '\n'), *arrow;

		next = *end ? end + 1 : end;
		if (!is_header(line)) {
			if (item && item->content)
				item->length = (size_t)(next - item->content);
			continue;
		}
		if (ARRAY_RESERVE(list->items, list->n, list->capacity) < 0)
			return -ENOMEM;
		item = &list->items[list->n++];
		*end = 0;
		line += strlen("# ");
		*item = (struct expected){.path = line};
		arrow = strstr(line, " -> ");
		if (arrow) {
			*arrow = 0;
			item->target = arrow + strlen(" -> ");
		} else {
			item->content = next;
		}
	}
	/* A blank line ends each file. */
	for (size_t i = 0; i < list->n; i++)
		list->items[i].length -= list->items[i].length > 0;
	return 0;
}

static int expected_compare(const void *key, const void *item)
{
	return strcmp(key, ((const struct expected *)item)->path);
}

static const struct expected *expected_find(const struct expected_list *list, const char *path)
{
	return list->n ? bsearch(path, list->items, list->n, sizeof(*list->items), expected_compare)
		       : NULL;
}

/* --- what systemd has -------------------------------------------------------------------- */

static bool has_content(int fd, const struct expected *item)
{
	size_t compared = 0;
	char bytes[4096];
	ssize_t length;

	while ((length = read(fd, bytes, sizeof(bytes))) > 0) {
		if (compared + (size_t)length > item->length ||
		    memcmp(bytes, item->content + compared, (size_t)length) != 0)
			return false;
		compared += (size_t)length;
	}
	return length == 0 && compared == item->length;
}

static enum generated_difference compare_file(int directory, const struct expected *item)
{
	_cleanup_close_ int fd = openat(directory, item->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? GENERATED_MISSING : GENERATED_DIFFERS;
	return has_content(fd, item) ? GENERATED_SAME : GENERATED_DIFFERS;
}

static enum generated_difference compare_link(int directory, const struct expected *item)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(directory, item->path, target, sizeof(target));

	if (length < 0)
		return errno == ENOENT ? GENERATED_MISSING : GENERATED_DIFFERS;
	return (size_t)length == strlen(item->target) &&
			       !memcmp(target, item->target, (size_t)length)
		       ? GENERATED_SAME
		       : GENERATED_DIFFERS;
}

/* --- the comparison ------------------------------------------------------------------------ */

void generated_done(struct generated *generated)
{
	for (size_t i = 0; i < generated->n; i++)
		free(generated->units[i].name);
	free(generated->units);
	*generated = (struct generated){};
}

static int unit_compare(const void *a, const void *b)
{
	const struct generated_unit *x = a, *y = b;

	return strcmp(x->name, y->name);
}

const struct generated_unit *generated_find(const struct generated *generated, const char *unit)
{
	const struct generated_unit key = {.name = (char *)unit};

	if (!generated->n)
		return NULL;
	return bsearch(&key, generated->units, generated->n, sizeof(key), unit_compare);
}

static int generated_add(struct generated *generated, const char *name, size_t length,
			 enum generated_difference difference)
{
	char *copy;

	if (ARRAY_RESERVE(generated->units, generated->n, generated->capacity) < 0)
		return -ENOMEM;
	copy = strndup(name, length);
	if (!copy)
		return -ENOMEM;
	generated->units[generated->n++] =
		(struct generated_unit){.name = copy, .difference = difference};
	return 0;
}

/* Sort the units, and merge those of one name: of two differences the larger one stays. */
static void generated_sort(struct generated *generated)
{
	size_t n = 0;

	if (generated->n > 1)
		qsort(generated->units, generated->n, sizeof(*generated->units), unit_compare);
	for (size_t i = 0; i < generated->n; i++) {
		struct generated_unit *unit = &generated->units[i];
		struct generated_unit *last = n ? &generated->units[n - 1] : NULL;

		if (!last || strcmp(last->name, unit->name) != 0) {
			generated->units[n++] = *unit;
			continue;
		}
		if (unit->difference > last->difference)
			last->difference = unit->difference;
		free(unit->name);
	}
	generated->n = n;
}

/* Return the unit that a generated path belongs to: a link in WANTS/, or UNIT.d/. */
static const char *path_unit(const char *path, size_t *ret_length)
{
	static const char wants[] = UMBRELLA_UNIT ".wants/";
	const char *unit = !strncmp(path, wants, strlen(wants)) ? path + strlen(wants) : path;
	size_t length = strcspn(unit, "/");

	if (length > strlen(".d") && !strncmp(unit + length - strlen(".d"), ".d", strlen(".d")))
		length -= strlen(".d");
	*ret_length = length;
	return unit;
}

/* Compare each file and link that the generator would write. */
static int compare_expected(const struct expected_list *expected, int directory,
			    struct generated *generated)
{
	for (size_t i = 0; i < expected->n; i++) {
		const struct expected *item = &expected->items[i];
		enum generated_difference difference = GENERATED_MISSING;
		const char *unit;
		size_t length;
		int r;

		if (directory >= 0)
			difference = item->target ? compare_link(directory, item)
						  : compare_file(directory, item);
		if (difference == GENERATED_SAME)
			continue;
		unit = path_unit(item->path, &length);
		r = generated_add(generated, unit, length, difference);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Add the unit of a directory UNIT.d if it has a drop-in that would not be written. */
static int add_leftover(const struct expected_list *expected, int directory, const char *name,
			struct generated *generated)
{
	char path[NAME_MAX + sizeof("/" GENERATED_DROP_IN)];
	struct stat st;

	snprintf(path, sizeof(path), "%s/" GENERATED_DROP_IN, name);
	if (fstatat(directory, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || expected_find(expected, path))
		return 0;
	return generated_add(generated, name, strlen(name) - strlen(".d"), GENERATED_LEFTOVER);
}

static int find_leftovers(const struct expected_list *expected, int directory,
			  struct generated *generated)
{
	_cleanup_listing_ DIR *listing = listing_open(directory);
	const struct dirent *entry;
	int r;

	if (!listing)
		return -errno;

	while ((entry = listing_next(listing))) {
		size_t length = strlen(entry->d_name);

		if (strncmp(entry->d_name, INSTANCE_UNIT_PREFIX, strlen(INSTANCE_UNIT_PREFIX)) !=
			    0 ||
		    length <= strlen(".d") ||
		    strcmp(entry->d_name + length - strlen(".d"), ".d") != 0)
			continue;
		r = add_leftover(expected, directory, entry->d_name, generated);
		if (r < 0)
			return r;
	}
	return -errno;
}

int generated_compare(const char *generator, struct generated *ret_generated)
{
	_cleanup_(expected_list_done) struct expected_list expected = {};
	_cleanup_(generated_done) struct generated generated = {};
	_cleanup_strbuf_ struct strbuf output = STRBUF_INIT;
	_cleanup_close_ int directory = -1;
	int r;

	r = run_generator(generator, &output);
	if (r < 0)
		return r;
	r = expected_list_parse(&expected, output.text);
	if (r < 0)
		return r;

	directory = open(GENERATED_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (directory < 0 && errno != ENOENT)
		return -errno;
	r = compare_expected(&expected, directory, &generated);
	if (r < 0)
		return r;
	if (directory >= 0) {
		r = find_leftovers(&expected, directory, &generated);
		if (r < 0)
			return r;
	}
	generated_sort(&generated);
	*ret_generated = TAKE_STRUCT(generated);
	return 0;
}
