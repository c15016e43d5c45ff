/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "document/read.h"
#include "document/slow-read.h"
#include "helper-tree.h"

/* What a test waits for, with much time for a busy machine. */
#define SOON_USEC (30 * USEC_PER_SEC)

/* --- a file system that does not answer -------------------------------------------------- */

/*
 * A FUSE file system without a server: whoever opens something below its root waits, until the
 * descriptor is closed. It needs root and /dev/fuse.
 */
static int mount_silent(const struct tree *tree, const char *name)
{
	char options[64];
	int fd;

	tree_mkdir(tree, name);
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mount("silent", tree_path(tree, name), "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void unmount_silent(const struct tree *tree, const char *name, int fd)
{
	int r = umount2(tree_path(tree, name), MNT_DETACH);

	close(fd); /* ends all requests */
	assert_int_equal(r, 0);
}

/* Read a file, and return the finding, to be freed; "" if it was read. */
static char *read_finding(const struct tree *tree, const char *path, int directory,
			  struct reader *budget)
{
	struct diagnostics diagnostics = {};
	struct source *source = NULL;
	char *text;

	assert_int_equal(source_new("f", 0, &source), 0);
	assert_true(read_source(&tree->root, path, directory, source, budget, &diagnostics) >= 0);
	text = findings_text(&diagnostics);
	source_free(source);
	diagnostics_done(&diagnostics);
	return text;
}

static void assert_finding(const struct tree *tree, const char *path, int directory,
			   const char *expected)
{
	struct reader budget = READER_INIT;
	_cleanup_free_ char *text = read_finding(tree, path, directory, &budget);

	assert_string_equal(text, expected);
	reader_done(&budget);
}

/* The mount is gone before anything is asserted: the teardown would wait for it. */
static void a_link_into_a_hanging_file_system_affects_only_its_file(void **state)
{
	const struct tree *tree = *state;
	int fd = mount_silent(tree, "silent");
	struct reader reader = READER_INIT;
	char *silent[5];

	if (fd < 0) {
		print_message("# not tested: a FUSE file system cannot be mounted here\n");
		return;
	}
	tree_file(tree, "file", "<Sipis/>");
	tree_symlink(tree, "good", "/file");
	tree_symlink(tree, "link", "/silent/Settings1.xml");

	/* 2 s, 2 s and 1 s; then 50 ms each */
	for (size_t i = 0; i < ELEMENTSOF(silent); i++)
		silent[i] = read_finding(tree, "/link", -1, &reader);
	unmount_silent(tree, "silent", fd);
	reader_done(&reader);

	for (size_t i = 0; i < ELEMENTSOF(silent); i++) {
		assert_string_equal(silent[i], "f: error: this is a link to /silent/Settings1.xml, "
					       "which does not answer: its file system hangs, or a "
					       "process holds a lease on it [file-unreadable]\n");
		free(silent[i]);
	}
}

/* Twenty hang and are waited for together, so there is time for the one after them. */
static void files_that_hang_leave_time_for_others(void **state)
{
	const struct tree *tree = *state;
	int fd = mount_silent(tree, "silent");
	struct reader reader = READER_INIT;
	char *hung[20], *good;
	uint64_t left;

	if (fd < 0) {
		print_message("# not tested: a FUSE file system cannot be mounted here\n");
		return;
	}
	tree_file(tree, "file", "<Sipis/>");
	tree_symlink(tree, "good", "/file");
	for (size_t i = 0; i < ELEMENTSOF(hung); i++) {
		char name[16];

		snprintf(name, sizeof(name), "link%zu", i);
		tree_symlink(tree, name, "/silent/x");
		snprintf(name, sizeof(name), "/link%zu", i);
		read_ahead(&tree->root, name, &reader);
	}
	read_ahead(&tree->root, "/good", &reader);

	for (size_t i = 0; i < ELEMENTSOF(hung); i++) {
		char name[16];

		snprintf(name, sizeof(name), "/link%zu", i);
		hung[i] = read_finding(tree, name, -1, &reader);
	}
	good = read_finding(tree, "/good", -1, &reader);
	left = reader.usec;
	unmount_silent(tree, "silent", fd);
	reader_done(&reader);

	for (size_t i = 0; i < ELEMENTSOF(hung); i++) {
		assert_non_null(strstr(hung[i], "does not answer"));
		free(hung[i]);
	}
	assert_string_equal(good, "");
	free(good);
	assert_true(left > READ_TOTAL_USEC / 4);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

/* A file that was read ahead and is not asked for leaves nothing. */
static void unused_data_that_was_read_ahead_is_dropped(void **state)
{
	const struct tree *tree = *state;
	struct reader reader = READER_INIT;
	int fd = next_fd();

	tree_file(tree, "file", "<Sipis/>");
	read_ahead(&tree->root, "/file", &reader);
	read_ahead(&tree->root, "/missing", &reader);
	reader_done(&reader);
	assert_int_equal(next_fd(), fd);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void a_hanging_directory_is_detected_before_it_is_opened(void **state)
{
	const struct tree *tree = *state;
	int fd = mount_silent(tree, "silent"), direct, linked;
	struct reader budget = {.bytes = 1, .usec = 200 * USEC_PER_MSEC};

	if (fd < 0) {
		print_message("# not tested: a FUSE file system cannot be mounted here\n");
		return;
	}
	tree_symlink(tree, "link", "silent");
	direct = read_probe_directory(&tree->root, "/silent", &budget);
	linked = read_probe_directory(&tree->root, "/link", &budget);
	unmount_silent(tree, "silent", fd);

	assert_int_equal(direct, -ETIMEDOUT);
	assert_int_equal(linked, -ETIMEDOUT);
}

static void a_directory_that_answers_is_probed_through_links(void **state)
{
	const struct tree *tree = *state;
	struct reader budget = {.bytes = 1, .usec = 2 * SOON_USEC};

	tree_mkdir(tree, "directory");
	tree_symlink(tree, "link", "/directory");
	tree_symlink(tree, "dangling", "/nowhere");
	tree_file(tree, "file", "");
	assert_int_equal(read_probe_directory(&tree->root, "/directory", &budget), 0);
	assert_int_equal(read_probe_directory(&tree->root, "/link", &budget), 0);
	assert_int_equal(read_probe_directory(&tree->root, "/missing", &budget), -ENOENT);
	assert_int_equal(read_probe_directory(&tree->root, "/dangling", &budget), -ENOENT);
	assert_int_equal(read_probe_directory(&tree->root, "/file", &budget), -ENOTDIR);
}

/* --- leases ------------------------------------------------------------------------------ */

/* The kernel asks the holder with SIGIO, and gives it 45 s. */
static void a_leased_file_is_waited_for_until_the_deadline(void **state)
{
	const struct tree *tree = *state;
	struct reader budget = {.bytes = READ_TOTAL_MAX, .usec = 400 * USEC_PER_MSEC};
	_cleanup_free_ char *text = NULL;
	int fd;

	tree_file(tree, "leased", "<Sipis/>");
	fd = open(tree_path(tree, "leased"), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	signal(SIGIO, SIG_IGN);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0) {
		close(fd);
		print_message("# not tested: this file system has no leases\n");
		return;
	}
	text = read_finding(tree, "/leased", tree->root.fd, &budget);
	assert_string_equal(text, "f: error: the file does not answer: its file system hangs, or a "
				  "process holds a lease on it [file-unreadable]\n");
	assert_int_equal(budget.usec, 0);
	close(fd);
	reader_done(&budget);
}

/* The holder gives it back when it is asked. */
static void a_lease_that_ends_in_time_is_waited_for(void **state)
{
	const struct tree *tree = *state;
	struct reader budget = {.bytes = READ_TOTAL_MAX, .usec = 2 * SOON_USEC};
	_cleanup_free_ char *text = NULL;
	sigset_t set;
	int ready[2];
	pid_t holder;
	char c;

	tree_file(tree, "leased", "<Sipis/>");
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	holder = fork();
	if (holder == 0) {
		int fd = open(tree_path(tree, "leased"), O_RDWR | O_CLOEXEC), number;

		sigprocmask(SIG_BLOCK, &set, NULL);
		c = fcntl(fd, F_SETLEASE, F_WRLCK) < 0 ? 'n' : 'y';
		if (write(ready[1], &c, 1) != 1 || c == 'n')
			_exit(1);
		sigwait(&set, &number);
		_exit(0); /* closes the file and ends the lease */
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	if (c == 'y') {
		text = read_finding(tree, "/leased", tree->root.fd, &budget);
		assert_string_equal(text, "");
	}
	waitpid(holder, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	if (c != 'y')
		print_message("# not tested: this file system has no leases\n");
}

/* --- links ------------------------------------------------------------------------------- */

static void the_finding_of_a_dangling_link_names_its_target(void **state)
{
	const struct tree *tree = *state;
	char target[300];

	memset(target, 'x', sizeof(target) - 1);
	target[0] = '/';
	target[200] = '/';
	target[sizeof(target) - 1] = 0;
	tree_symlink(tree, "dangling", "/srv/Settings1.xml");
	tree_symlink(tree, "hostile", "a\n\x1b[1m\xff");
	tree_symlink(tree, "long", target);
	tree_symlink(tree, "loop", "loop");
	tree_file(tree, "file", "");
	tree_symlink(tree, "below", "/file/below");
	assert_finding(tree, "/dangling", -1,
		       "f: error: this is a link to /srv/Settings1.xml, which does not exist "
		       "[file-unreadable]\n");
	assert_finding(tree, "/dangling", tree->root.fd,
		       "f: error: this is a link to /srv/Settings1.xml, which does not exist "
		       "[file-unreadable]\n");
	assert_finding(tree, "/hostile", -1,
		       "f: error: this is a link to a\\n\\x1b[1m\\xff, which does not exist "
		       "[file-unreadable]\n");
	assert_finding(
		tree, "/long", -1,
		"f: error: this is a link to "
		"/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..., which does "
		"not exist [file-unreadable]\n");
	assert_finding(
		tree, "/loop", -1,
		"f: error: this is a link to loop, which cannot be opened: Too many levels of "
		"symbolic links [file-unreadable]\n");
	assert_finding(tree, "/below", -1,
		       "f: error: this is a link to /file/below, which cannot be opened: Not a "
		       "directory [file-unreadable]\n");
}

static void a_large_file_after_a_link_is_read_completely(void **state)
{
	const struct tree *tree = *state;
	struct reader budget = {.bytes = READ_TOTAL_MAX, .usec = 2 * SOON_USEC};
	struct diagnostics diagnostics = {};
	struct source *source = NULL;
	char *text = malloc(READ_FILE_MAX + 1);

	assert_non_null(text);
	memset(text, 'x', READ_FILE_MAX);
	text[READ_FILE_MAX] = 0;
	tree_file(tree, "large", text);
	tree_symlink(tree, "link", "large");
	assert_int_equal(source_new("f", 0, &source), 0);
	assert_int_equal(read_source(&tree->root, "/link", -1, source, &budget, &diagnostics), 1);
	assert_int_equal(source->size, READ_FILE_MAX);
	assert_memory_equal(source->data, text, READ_FILE_MAX + 1);
	assert_int_equal(budget.bytes, READ_TOTAL_MAX - READ_FILE_MAX);
	source_free(source);
	free(text);

	tree_file_of_size(tree, "over", "", READ_FILE_MAX + 1);
	tree_symlink(tree, "link-over", "over");
	assert_finding(tree, "/link-over", -1,
		       "f: error: the file is over 1 MiB [file-too-large]\n");
}

static void a_file_of_the_kernel_is_not_read(void **state)
{
	static const char text[] = "f: error: the file is in /proc, /sys or another file system of "
				   "the kernel: it is not read [file-unreadable]\n";
	struct root machine = ROOT_INIT;
	struct tree tree = {};

	assert_int_equal(root_open(&machine, NULL), 0);
	tree.root = machine;
	assert_finding(&tree, "/proc/self/status", -1, text);
	assert_finding(&tree, "/proc/kmsg", -1, text);
	root_done(&machine);
}

static void a_missing_optional_file_is_not_a_finding(void **state)
{
	const struct tree *tree = *state;
	struct reader budget = {.bytes = READ_TOTAL_MAX, .usec = 2 * SOON_USEC};
	struct diagnostics diagnostics = {};
	struct source *source = NULL;

	tree_symlink(tree, "dangling", "nowhere");
	tree_symlink(tree, "directory", "nowhere-else");
	assert_int_equal(source_new("f", 0, &source), 0);
	assert_int_equal(
		read_source_if_exists(&tree->root, "/missing", source, &budget, &diagnostics),
		-ENOENT);
	assert_int_equal(
		read_source_if_exists(&tree->root, "/missing/too", source, &budget, &diagnostics),
		-ENOENT);
	assert_int_equal(read_source_if_exists(&tree->root, "/directory/file", source, &budget,
					       &diagnostics),
			 -ENOENT);
	assert_findings(&diagnostics, "");
	assert_null(source->dangling);
	assert_int_equal(
		read_source_if_exists(&tree->root, "/dangling", source, &budget, &diagnostics),
		-ENOENT);
	assert_string_equal(source->dangling, "nowhere");
	assert_findings(&diagnostics, "");
	tree_file(tree, "file", "");
	assert_int_equal(
		read_source_if_exists(&tree->root, "/file/too", source, &budget, &diagnostics), 0);
	assert_findings(&diagnostics, "f: error: the file cannot be opened: Not a directory "
				      "[file-unreadable]\n");
	diagnostics_done(&diagnostics);
	source_free(source);
}

/* No child is left, and no descriptor. */
static void no_child_process_remains(void **state)
{
	const struct tree *tree = *state;
	int fd = next_fd();

	tree_file(tree, "file", "<Sipis/>");
	tree_symlink(tree, "link", "file");
	assert_finding(tree, "/link", -1, "");
	assert_int_equal(next_fd(), fd);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

#define tree_test(function) cmocka_unit_test_setup_teardown(function, make_tree, remove_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(a_link_into_a_hanging_file_system_affects_only_its_file),
		tree_test(files_that_hang_leave_time_for_others),
		tree_test(unused_data_that_was_read_ahead_is_dropped),
		tree_test(a_hanging_directory_is_detected_before_it_is_opened),
		tree_test(a_directory_that_answers_is_probed_through_links),
		tree_test(a_leased_file_is_waited_for_until_the_deadline),
		tree_test(a_lease_that_ends_in_time_is_waited_for),
		tree_test(the_finding_of_a_dangling_link_names_its_target),
		tree_test(a_large_file_after_a_link_is_read_completely),
		cmocka_unit_test(a_file_of_the_kernel_is_not_read),
		tree_test(a_missing_optional_file_is_not_a_finding),
		tree_test(no_child_process_remains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
