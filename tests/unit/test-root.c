/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "helper-openat2.h"
#include "helper-tree.h"
#include "util/root.h"

static void assert_inside(const struct tree *tree, const char *path)
{
	char text[16] = "";
	int fd = root_open_file(&tree->root, path, O_RDONLY);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(-fd));
	assert_int_equal(read(fd, text, sizeof(text)), strlen("inside"));
	assert_string_equal(text, "inside");
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

static void links_resolve_inside_the_tree(void **state)
{
	tree_file(*state, "data/file", "inside");
	tree_symlink(*state, "absolute", "/data/file");
	tree_symlink(*state, "climbing", "../../../../../../../../../../data/file");
	tree_symlink(*state, "etc/deep/relative", "../../data/file");
	tree_symlink(*state, "directory", "/data");
	tree_symlink(*state, "chain", "/absolute");
	tree_symlink(*state, "dots", "/../../data/../data/./file");
	assert_inside(*state, "/absolute");
	assert_inside(*state, "/climbing");
	assert_inside(*state, "/etc/deep/relative");
	assert_inside(*state, "/directory/file");
	assert_inside(*state, "/chain");
	assert_inside(*state, "/dots");
	assert_inside(*state, "/../../data/file");
}

static void files_outside_the_tree_are_not_reached(void **state)
{
	const struct tree *tree = *state;
	struct root inner = ROOT_INIT;
	struct stat st;

	tree_file(tree, "outside", "secret");
	tree_mkdir(tree, "inner");
	tree_symlink(tree, "inner/climbing", "../outside");
	tree_symlink(tree, "inner/absolute", tree_path(tree, "outside"));
	assert_int_equal(root_open(&inner, tree_path(tree, "inner")), 0);
	assert_int_equal(root_stat(&inner, "/climbing", &st), -ENOENT);
	assert_int_equal(root_stat(&inner, "/absolute", &st), -ENOENT);
	assert_int_equal(root_stat(&inner, "/../outside", &st), -ENOENT);
	assert_int_equal(root_open_file(&inner, "/climbing", O_RDONLY), -ENOENT);
	assert_int_equal(root_open_file(&inner, "/absolute", O_RDONLY), -ENOENT);
	root_done(&inner);
}

static void the_target_of_a_link_is_examined(void **state)
{
	const struct tree *tree = *state;
	struct stat st;

	tree_file(tree, "file", "12345");
	tree_symlink(tree, "link", "/file");
	assert_int_equal(root_stat(&tree->root, "/link", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_size, 5);
	assert_int_equal(root_stat(&tree->root, "/", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
}

static void the_root_must_be_a_directory(void **state)
{
	struct root root = ROOT_INIT;

	tree_file(*state, "file", "");
	assert_int_equal(root_open(&root, tree_path(*state, "file")), -ENOTDIR);
	root_done(&root);
	assert_int_equal(root_open(&root, tree_path(*state, "missing")), -ENOENT);
	root_done(&root);
	assert_int_equal(root_open(&root, ""), -EINVAL);
	root_done(&root);
}

static void a_path_is_shown_with_the_root_before_it(void **state)
{
	static const char *const machine[] = {NULL, "/", "//"};
	const struct tree *tree = *state;
	struct root root = ROOT_INIT;
	struct strbuf expected = STRBUF_INIT;
	char *path;

	for (size_t i = 0; i < ELEMENTSOF(machine); i++) {
		assert_int_equal(root_open(&root, machine[i]), 0);
		path = root_path(&root, "/etc/", "sipis");
		assert_string_equal(path, "/etc/sipis");
		free(path);
		root_done(&root);
	}
	tree_mkdir(tree, "sub");
	assert_int_equal(root_open(&root, tree_path(tree, "sub///")), 0);
	path = root_path(&root, "/etc/", "sipis");
	strbuf_appendf(&expected, "%s/sub/etc/sipis", tree->path);
	assert_string_equal(path, expected.text);
	free(path);
	strbuf_done(&expected);
	root_done(&root);
}

static int make_tree_without_openat2(void **state)
{
	static bool blocked;

	if (!blocked)
		blocked = block_openat2(ENOSYS);
	return blocked ? make_tree(state) : -1;
}

static int make_tree_where_openat2_is_forbidden(void **state)
{
	static bool blocked;

	if (!blocked)
		blocked = block_openat2(EPERM);
	return blocked ? make_tree(state) : -1;
}

/* A filter cannot be taken off again. */
static bool openat2_can_be_blocked(void)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(!block_openat2(ENOSYS));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

#define tree_test(function) cmocka_unit_test_setup_teardown(function, make_tree, remove_tree)
#define blocked_test(why, function)                                                                \
	{                                                                                          \
		.name = #why ": " #function, .test_func = function, .setup_func = make_tree_##why, \
		.teardown_func = remove_tree,                                                      \
	}

/* From the first test with a filter on, all have it. */
#define TESTS                                                      \
	tree_test(links_resolve_inside_the_tree),                  \
		tree_test(files_outside_the_tree_are_not_reached), \
		tree_test(the_target_of_a_link_is_examined),       \
		tree_test(the_root_must_be_a_directory),           \
		tree_test(a_path_is_shown_with_the_root_before_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTS,
		blocked_test(without_openat2, links_resolve_inside_the_tree),
		blocked_test(without_openat2, files_outside_the_tree_are_not_reached),
		blocked_test(without_openat2, the_target_of_a_link_is_examined),
		blocked_test(where_openat2_is_forbidden, links_resolve_inside_the_tree),
		blocked_test(where_openat2_is_forbidden, files_outside_the_tree_are_not_reached),
		blocked_test(where_openat2_is_forbidden, the_target_of_a_link_is_examined),
	};
	const struct CMUnitTest emulator_tests[] = {TESTS};

	if (!openat2_can_be_blocked())
		return cmocka_run_group_tests(emulator_tests, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
