/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* root_walk() gives the same answers as openat2(2) with RESOLVE_IN_ROOT. */

#include <linux/openat2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "helper-tree.h"
#include "util/root-walk.h"

static const int flag_sets[] = {
	O_PATH,
	O_PATH | O_NOFOLLOW,
	O_PATH | O_DIRECTORY,
	O_PATH | O_DIRECTORY | O_NOFOLLOW,
	O_RDONLY | O_NONBLOCK,
	O_RDONLY | O_NONBLOCK | O_NOFOLLOW,
	O_RDONLY | O_DIRECTORY,
	O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
};

static int kernel_open(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT,
	};
	int fd;

	/* Renames elsewhere on the machine keep the kernel from resolving `..` for a while. */
	do
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN);
	return fd < 0 ? -errno : fd;
}

/* The file that was opened, or the error. */
static void describe(char *text, size_t size, int fd)
{
	struct stat st;

	if (fd < 0) {
		snprintf(text, size, "%s", strerror(-fd));
		return;
	}
	assert_int_equal(fstat(fd, &st), 0);
	snprintf(text, size, "inode %llu, mode %o, flags %o", (unsigned long long)st.st_ino,
		 st.st_mode, fcntl(fd, F_GETFL) & ~(O_NOFOLLOW | O_DIRECTORY));
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

static void assert_same_answer(int root, const char *path)
{
	char expected[128], got[128];

	for (size_t i = 0; i < ELEMENTSOF(flag_sets); i++) {
		describe(expected, sizeof(expected), kernel_open(root, path, flag_sets[i]));
		describe(got, sizeof(got), root_walk(root, path, flag_sets[i]));
		if (strcmp(expected, got) != 0)
			fail_msg("%.200s, flags %o: expected %s, got %s", path, flag_sets[i],
				 expected, got);
	}
}

/* Ten directories, each with links to the next and out of the tree; files, a FIFO, loops. */
static void fill_tree(const struct tree *tree)
{
	tree_file(tree, "secret", "outside");
	tree_file(tree, "root/file", "inside");
	tree_file(tree, "root/a/file", "inside");
	tree_file(tree, "root/a/b/file", "inside");
	tree_file(tree, "root/a/b/c/file", "inside");
	tree_mkdir(tree, "root/empty");
	tree_symlink(tree, "root/l-file", "file");
	tree_symlink(tree, "root/l-a", "a");
	tree_symlink(tree, "root/l-a-slash", "a/");
	tree_symlink(tree, "root/l-file-slash", "file/");
	tree_symlink(tree, "root/l-root", "/");
	tree_symlink(tree, "root/l-dots", "..");
	tree_symlink(tree, "root/l-out", "../../../secret");
	tree_symlink(tree, "root/l-absolute", "/a/b");
	tree_symlink(tree, "root/l-secret", tree_path(tree, "secret"));
	tree_symlink(tree, "root/l-self", "l-self");
	tree_symlink(tree, "root/l-ping", "l-pong");
	tree_symlink(tree, "root/l-pong", "/l-ping");
	tree_symlink(tree, "root/l-nowhere", "nothing/here");
	tree_symlink(tree, "root/a/l-up", "../l-a/b");
	tree_symlink(tree, "root/a/b/l-up", "../../l-absolute/./c/..");
	tree_symlink(tree, "root/a/b/c/l-top", "/../../l-file");
	assert_int_equal(mkfifo(tree_path(tree, "root/fifo"), 0600), 0);
	tree_mkdir(tree, "root/closed/inner");
	assert_int_equal(chmod(tree_path(tree, "root/closed"), 0), 0);
}

static int open_root(const struct tree *tree)
{
	int fd = open(tree_path(tree, "root"), O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void links_and_dots_resolve_as_in_the_kernel(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"//",
		".",
		"..",
		"/.",
		"/..",
		"./",
		"../",
		"/file",
		"file",
		"//file",
		"file/",
		"file/.",
		"file/..",
		"/a",
		"/a/",
		"/a/.",
		"/a/..",
		"/a/../file",
		"/a/./b/../../file",
		"../../secret",
		"/../secret",
		"/l-file",
		"/l-file/",
		"/l-a",
		"/l-a/",
		"/l-a/file",
		"/l-a/..",
		"/l-a/../file",
		"/l-a-slash",
		"/l-a-slash/b",
		"/l-file-slash",
		"/l-root",
		"/l-root/",
		"/l-root/l-root/file",
		"/l-dots",
		"/l-dots/file",
		"/l-out",
		"/l-absolute",
		"/l-absolute/file",
		"/l-absolute/../file",
		"/l-secret",
		"/l-self",
		"/l-self/x",
		"/l-ping",
		"/l-nowhere",
		"/l-nowhere/..",
		"/nothing",
		"/nothing/",
		"/nothing/..",
		"/a/l-up",
		"/a/l-up/file",
		"/a/l-up/..",
		"/a/b/l-up",
		"/a/b/l-up/l-up/file",
		"/a/b/c/l-top",
		"/fifo",
		"/fifo/",
		"/closed",
		"/closed/",
		"/closed/.",
		"/closed/..",
		"/closed/inner",
		"/closed/inner/..",
		"/empty",
		"/empty/..",
		"/empty/../a/b/c/../c/l-top",
	};
	int root;

	fill_tree(*state);
	root = open_root(*state);
	for (size_t i = 0; i < ELEMENTSOF(paths); i++)
		assert_same_answer(root, paths[i]);
	close(root);
}

/* A small generator of its own, so that every run tries the same. */
static unsigned next_random(unsigned below)
{
	static uint32_t random = 20;

	random = random * 1664525 + 1013904223;
	return (random >> 16) % below;
}

static void random_paths_resolve_as_in_the_kernel(void **state)
{
	static const char *const names[] = {
		"a",     "b",      "c",         "file",   ".",      "..",
		"..",    "",       "l-a",       "l-root", "l-up",   "l-absolute",
		"l-top", "l-dots", "l-a-slash", "l-out",  "l-self", "empty",
	};
	char path[256];
	int root;

	fill_tree(*state);
	root = open_root(*state);
	for (int i = 0; i < 3000; i++) {
		unsigned n = 1 + next_random(9);

		strcpy(path, next_random(2) ? "/" : "");
		while (n--) {
			strcat(path, names[next_random(ELEMENTSOF(names))]);
			strcat(path, n || !next_random(4) ? "/" : "");
		}
		assert_same_answer(root, path);
	}
	close(root);
}

static void the_limits_equal_those_of_the_kernel(void **state)
{
	struct strbuf path = STRBUF_INIT;
	char name[32], target[32];
	int root;

	tree_file(*state, "root/link0", "the end");
	for (int i = 1; i <= 42; i++) {
		snprintf(name, sizeof(name), "root/link%d", i);
		snprintf(target, sizeof(target), "%slink%d", i % 2 ? "/" : "", i - 1);
		tree_symlink(*state, name, target);
	}
	root = open_root(*state);
	for (int i = 38; i <= 42; i++) {
		snprintf(name, sizeof(name), "link%d", i);
		assert_same_answer(root, name);
	}
	while (path.length < 5000) { /* around PATH_MAX */
		strbuf_append(&path, "./");
		if (path.length > 4080 && path.length < 4110)
			assert_same_answer(root, path.text);
	}
	strbuf_truncate(&path, 0);
	while (path.length < 260) { /* around NAME_MAX */
		strbuf_append_char(&path, 'n');
		if (path.length > 250)
			assert_same_answer(root, path.text);
	}
	strbuf_done(&path);
	close(root);
}

static void a_path_may_have_any_depth(void **state)
{
	struct strbuf path = STRBUF_INIT;
	int root, at, next;

	tree_file(*state, "root/file", "the top");
	root = open_root(*state);
	at = dup(root);
	for (int i = 0; i < 1300; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_PATH | O_CLOEXEC);
		assert_true(next >= 0);
		close(at);
		at = next;
		strbuf_append(&path, "d/");
	}
	close(at);
	assert_same_answer(root, path.text);
	for (int i = 0; i < 40; i++)
		strbuf_append(&path, "../");
	assert_same_answer(root, path.text);
	strbuf_done(&path);
	close(root);
}

/* Exchange a directory inside the tree with its place outside, again and again. */
struct mover {
	const struct tree *tree;
	atomic_bool stop;
};

static void *move_about(void *data)
{
	struct mover *mover = data;
	char *inside = strdup(tree_path(mover->tree, "root/a/b"));
	char *outside = strdup(tree_path(mover->tree, "other/b"));

	while (!mover->stop) {
		rename(inside, outside);
		rename(outside, inside);
	}
	free(inside);
	free(outside);
	return NULL;
}

static void a_moved_directory_never_leads_outside_the_root(void **state)
{
	struct mover mover = {.tree = *state};
	struct stat secret, found;
	pthread_t thread;
	int root, fd;

	tree_file(*state, "secret", "outside");
	tree_file(*state, "other/secret", "outside");
	tree_file(*state, "root/secret", "inside");
	tree_mkdir(*state, "root/a/b");
	assert_int_equal(stat(tree_path(*state, "root/secret"), &secret), 0);
	root = open_root(*state);
	assert_int_equal(pthread_create(&thread, NULL, move_about, &mover), 0);
	for (int i = 0; i < 5000; i++) {
		fd = root_walk(root, "a/b/../../secret", O_RDONLY);
		if (fd < 0)
			continue;
		assert_int_equal(fstat(fd, &found), 0);
		assert_int_equal(found.st_ino, secret.st_ino);
		close(fd);
	}
	mover.stop = true;
	pthread_join(thread, NULL);
	close(root);
}

static void no_file_descriptor_is_left_open(void **state)
{
	static const char *const paths[] = {"/l-a/b/c/l-top", "/a/b/l-up/../..", "/l-self",
					    "/fifo"};
	int root, before;

	fill_tree(*state);
	root = open_root(*state);
	before = next_fd();
	for (size_t i = 0; i < ELEMENTSOF(paths); i++)
		closep(&(int){root_walk(root, paths[i], O_PATH)});
	assert_int_equal(next_fd(), before);
	close(root);
}

static int remove_walked_tree(void **state)
{
	chmod(tree_path(*state, "root/closed"), 0700);
	return remove_tree(state);
}

#define tree_test(function) cmocka_unit_test_setup_teardown(function, make_tree, remove_walked_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(links_and_dots_resolve_as_in_the_kernel),
		tree_test(random_paths_resolve_as_in_the_kernel),
		tree_test(the_limits_equal_those_of_the_kernel),
		tree_test(a_path_may_have_any_depth),
		tree_test(a_moved_directory_never_leads_outside_the_root),
		tree_test(no_file_descriptor_is_left_open),
	};

	if (kernel_open(AT_FDCWD, ".", O_PATH) < 0)
		return EXIT_SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
