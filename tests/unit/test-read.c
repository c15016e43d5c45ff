/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "document/read.h"
#include "helper-tree.h"

#define MIB ((size_t)1024 * 1024)

/* --- reading ----------------------------------------------------------------------------- */

/* Read a file; `expected` is what it says, or the finding without the path before it. */
static void assert_read_within(const struct root *root, const char *path, struct reader *budget,
			       int r, const char *expected)
{
	struct diagnostics diagnostics = {};
	struct source *source = NULL;
	size_t before = budget->bytes;
	int fd = next_fd();

	assert_int_equal(source_new("f", 0, &source), 0);
	assert_int_equal(read_source(root, path, -1, source, budget, &diagnostics), r);
	if (r) {
		assert_findings(&diagnostics, "");
		assert_int_equal(source->size, strlen(expected));
		assert_memory_equal(source->data, expected, source->size + 1);
		assert_int_equal(budget->bytes, before - source->size);
	} else {
		assert_findings(&diagnostics, expected);
		assert_null(source->data);
		assert_int_equal(budget->bytes, before);
	}
	source_free(source);
	diagnostics_done(&diagnostics);
	assert_int_equal(next_fd(), fd);
}

static void assert_read(const struct tree *tree, const char *path, int r, const char *expected)
{
	struct reader budget = READER_INIT;

	assert_read_within(&tree->root, path, &budget, r, expected);
}

static void a_file_is_read_completely(void **state)
{
	struct strbuf text = STRBUF_INIT;

	while (text.length < 70000)
		strbuf_appendf(&text, "line at %zu\n", text.length);
	tree_file(*state, "dir/long", text.text);
	tree_file(*state, "empty", "");
	assert_read(*state, "/dir/long", 1, text.text);
	assert_read(*state, "/empty", 1, "");
	strbuf_done(&text);
}

static void a_missing_file_is_unreadable(void **state)
{
	static const char finding[] = "f: error: the file does not exist [file-unreadable]\n";

	assert_read(*state, "/missing", 0, finding);
	assert_read(*state, "/missing/too", 0, finding);
}

static void a_path_that_cannot_be_resolved_is_unreadable(void **state)
{
	tree_file(*state, "file", "");
	assert_read(*state, "/file/below", 0,
		    "f: error: the file cannot be opened: Not a directory [file-unreadable]\n");
}

/* Were anything waited for, the alarm would end it. */
static void a_fifo_or_directory_is_refused_without_waiting(void **state)
{
	static const char fifo[] = "f: error: this is a FIFO, not a file [file-not-regular]\n";

	alarm(60);
	tree_mkdir(*state, "directory");
	assert_int_equal(mkfifo(tree_path(*state, "fifo"), 0600), 0);
	tree_symlink(*state, "link", "/fifo");
	assert_read(*state, "/fifo", 0, fifo);
	assert_read(*state, "/link", 0, fifo);
	assert_read(*state, "/directory", 0,
		    "f: error: this is a directory, not a file [file-not-regular]\n");
	assert_read(*state, "/", 0,
		    "f: error: this is a directory, not a file [file-not-regular]\n");
	alarm(0);
}

/* Its directory said that it is a regular file, which it is no more. */
static void a_file_of_another_type_than_listed_is_refused_without_waiting(void **state)
{
	static const char *const paths[] = {"/fifo", "/link", "/directory", "/missing"};
	const struct tree *tree = *state;
	struct diagnostics diagnostics = {};
	struct source *source = NULL;
	struct reader budget = READER_INIT;
	int fd = next_fd();

	alarm(60);
	assert_int_equal(mkfifo(tree_path(tree, "fifo"), 0600), 0);
	tree_mkdir(tree, "directory");
	tree_symlink(tree, "link", "/fifo");
	assert_int_equal(source_new("f", 0, &source), 0);
	for (size_t i = 0; i < ELEMENTSOF(paths); i++)
		assert_int_equal(read_source(&tree->root, paths[i], tree->root.fd, source, &budget,
					     &diagnostics),
				 0);
	assert_findings(&diagnostics,
			"f: error: this is a FIFO, not a file [file-not-regular]\n"
			"f: error: this is a FIFO, not a file [file-not-regular]\n"
			"f: error: this is a directory, not a file [file-not-regular]\n"
			"f: error: the file does not exist [file-unreadable]\n");
	alarm(0);
	assert_int_equal(next_fd(), fd);
	source_free(source);
	diagnostics_done(&diagnostics);
}

static void a_socket_is_not_a_regular_file(void **state)
{
	const struct tree *tree = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	/* However long the path of the tree is */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/socket",
		 tree->root.fd);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_read(tree, "/socket", 0,
		    "f: error: this is a socket, not a file [file-not-regular]\n");
	close(fd);
}

static void a_device_is_not_a_regular_file(void **state)
{
	static const char finding[] = "f: error: this is a device, not a file [file-not-regular]\n";
	struct root machine = ROOT_INIT;
	struct reader budget = READER_INIT;

	assert_int_equal(root_open(&machine, NULL), 0);
	assert_read_within(&machine, "/dev/null", &budget, 0, finding);
	assert_read_within(&machine, "/dev/zero", &budget, 0, finding);
	root_done(&machine);
	/* Only root can make one in a tree. Not skip(): cmocka 1.1.5 reports that as a failure. */
	if (mknod(tree_path(*state, "null"), S_IFCHR | 0600, makedev(1, 3)) == 0)
		assert_read(*state, "/null", 0, finding);
}

/* A pipe has no size, as files of some file systems. */
static void a_file_without_a_size_is_read_to_its_end(void **state)
{
	_cleanup_free_ char *data = NULL;
	size_t length = 0;
	char text[5000];
	int fds[2];

	memset(text, 'x', sizeof(text));
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, sizeof(text)), sizeof(text));
	close(fds[1]);
	assert_int_equal(read_bounded(fds[0], 0, READ_FILE_MAX, &data, &length), 0);
	close(fds[0]);
	assert_int_equal(length, sizeof(text));
	assert_memory_equal(data, text, sizeof(text));
	assert_int_equal(data[length], 0);
}

static void an_error_of_read_is_returned(void **state)
{
	const struct tree *tree = *state;
	char *data = NULL;
	size_t length;

	assert_int_equal(read_bounded(-1, 10, 100, &data, &length), -EBADF);
	tree_mkdir(tree, "directory");
	{
		_cleanup_close_ int fd = open(tree_path(tree, "directory"), O_RDONLY | O_CLOEXEC);

		assert_int_equal(read_bounded(fd, 10, 100, &data, &length), -EISDIR);
	}
	assert_null(data);
}

/* --- limits ------------------------------------------------------------------------------ */

static void a_file_has_at_most_1_mib(void **state)
{
	static const char finding[] = "f: error: the file is over 1 MiB [file-too-large]\n";
	char *text = malloc(MIB + 1);

	assert_non_null(text);
	memset(text, 'x', MIB);
	text[MIB] = 0;
	tree_file(*state, "fits", text);
	tree_file_of_size(*state, "over", text, MIB + 1);
	tree_file_of_size(*state, "huge", "", MIB * 256);
	assert_read(*state, "/fits", 1, text);
	assert_read(*state, "/over", 0, finding);
	assert_read(*state, "/huge", 0, finding);
	free(text);
}

static void all_files_together_stay_within_the_budget(void **state)
{
	static const char finding[] =
		"f: error: all settings together are over 64 MiB [file-too-large]\n";
	const struct tree *tree = *state;
	struct reader budget = {.bytes = 10, .usec = READ_TOTAL_USEC};

	tree_file(tree, "four", "1234");
	tree_file(tree, "three", "123");
	tree_file(tree, "empty", "");
	assert_read_within(&tree->root, "/four", &budget, 1, "1234");
	assert_read_within(&tree->root, "/four", &budget, 1, "1234");
	assert_read_within(&tree->root, "/four", &budget, 0, finding);
	assert_read_within(&tree->root, "/three", &budget, 0, finding);
	tree_file(tree, "two", "12");
	assert_read_within(&tree->root, "/two", &budget, 1, "12");
	assert_int_equal(budget.bytes, 0);
	assert_read_within(&tree->root, "/empty", &budget, 1, "");
	tree_file_of_size(tree, "over", "", MIB + 1);
	assert_read_within(&tree->root, "/over", &budget, 0,
			   "f: error: the file is over 1 MiB [file-too-large]\n");
}

#define tree_test(function) cmocka_unit_test_setup_teardown(function, make_tree, remove_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(a_file_is_read_completely),
		tree_test(a_missing_file_is_unreadable),
		tree_test(a_path_that_cannot_be_resolved_is_unreadable),
		tree_test(a_fifo_or_directory_is_refused_without_waiting),
		tree_test(a_file_of_another_type_than_listed_is_refused_without_waiting),
		tree_test(a_socket_is_not_a_regular_file),
		tree_test(a_device_is_not_a_regular_file),
		tree_test(a_file_without_a_size_is_read_to_its_end),
		tree_test(an_error_of_read_is_returned),
		tree_test(a_file_has_at_most_1_mib),
		tree_test(all_files_together_stay_within_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
