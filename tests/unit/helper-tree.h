/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A directory of a test's own, below $TMPDIR, and files in it; gone after the test. */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper.h"
#include "util/root.h"

/* What automake takes for "skipped" */
#define EXIT_SKIPPED 77

struct tree {
	char *path;
	struct root root; /* opened on it */
};

static inline int remove_path(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

/* Setup and teardown of a test: its state is the tree. */
static inline int make_tree(void **state)
{
	const char *temporary = getenv("TMPDIR");
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	tree->root = (struct root)ROOT_INIT;
	assert_true(asprintf(&tree->path, "%s/sipis-test-XXXXXX",
			     temporary && *temporary ? temporary : "/tmp") > 0);
	assert_non_null(mkdtemp(tree->path));
	assert_int_equal(root_open(&tree->root, tree->path), 0);
	*state = tree;
	return 0;
}

static inline int remove_tree(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(nftw(tree->path, remove_path, 16, FTW_DEPTH | FTW_PHYS), 0);
	root_done(&tree->root);
	free(tree->path);
	free(tree);
	return 0;
}

/* The path of something in the tree; good until the next call. Its directories are made. */
static inline const char *tree_path(const struct tree *tree, const char *name)
{
	static char path[8192];

	assert_true(snprintf(path, sizeof(path), "%s/%s", tree->path, name) < (int)sizeof(path));
	for (char *slash = path + strlen(tree->path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	return path;
}

static inline void tree_mkdir(const struct tree *tree, const char *name)
{
	assert_int_equal(mkdir(tree_path(tree, name), 0755), 0);
}

static inline void tree_symlink(const struct tree *tree, const char *name, const char *target)
{
	assert_int_equal(symlink(target, tree_path(tree, name)), 0);
}

/* `text` and then zero bytes, without blocks on disk, up to `size`. */
static inline void tree_file_of_size(const struct tree *tree, const char *name, const char *text,
				     size_t size)
{
	int fd = open(tree_path(tree, name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static inline void tree_file(const struct tree *tree, const char *name, const char *text)
{
	tree_file_of_size(tree, name, text, strlen(text));
}

/* The next file descriptor to be given out: unchanged where none was left open. */
static inline int next_fd(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}
