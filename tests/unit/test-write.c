/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "../../generator/write.h"
#include "helper-tree.h"
#include "installation/unit-names.h"

#define UNIT    "sipis@1.service"
#define DROP_IN UNIT ".d/" GENERATED_DROP_IN
#define WANTS   UMBRELLA_UNIT ".wants"
#define LINK    WANTS "/" UNIT

static char unit_name[] = UNIT, umbrella_name[] = UMBRELLA_UNIT, other_name[] = "sipis@2.service";
static char content[] = "[Unit]\nDescription=SIPIS\n";

static const struct plan_unit unit = {.name = unit_name, .drop_in = content, .wanted = true};

static char *listing;
static size_t listing_skip;

static int list_path(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char *longer = NULL;

	if (ftw->level == 0)
		return 0;
	assert_true(asprintf(&longer, "%s%s%s\n", listing, path + listing_skip,
			     S_ISDIR(st->st_mode) ? "/" : "") >= 0);
	free(listing);
	listing = longer;
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The tree has these paths and no others; sorted, a slash behind directories. */
static void assert_tree(const struct tree *tree, const char *expected)
{
	struct strbuf sorted = STRBUF_INIT;
	char *lines[32], *rest;
	size_t n = 0;

	listing = strdup("");
	listing_skip = strlen(tree->path) + 1;
	assert_int_equal(nftw(tree->path, list_path, 16, FTW_PHYS), 0);
	rest = listing;
	for (char *line; (line = strsep(&rest, "\n")) && *line;) {
		assert_true(n < ELEMENTSOF(lines));
		lines[n++] = line;
	}
	qsort(lines, n, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < n; i++)
		strbuf_appendf(&sorted, "%s\n", lines[i]);
	assert_string_equal(sorted.text, expected);
	strbuf_done(&sorted);
	free(listing);
}

static void assert_file(const struct tree *tree, const char *name, const char *expected)
{
	FILE *file = fopen(tree_path(tree, name), "re");
	size_t length = strlen(expected);
	char *text = calloc(1, length + 2);

	assert_true(file && text);
	assert_int_equal(fread(text, 1, length + 1, file), length);
	assert_string_equal(text, expected);
	fclose(file);
	free(text);
}

static void assert_link(const struct tree *tree, const char *name, const char *expected)
{
	char target[256] = "";

	assert_true(readlink(tree_path(tree, name), target, sizeof(target) - 1) > 0);
	assert_string_equal(target, expected);
}

/* One unit written by a writer of its own. */
static int write_one(const struct tree *tree, const struct plan_unit *which)
{
	int before = next_fd(), r, fd = open(tree->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct writer writer = WRITER_INIT(fd);

	assert_true(fd >= 0);
	r = write_unit(&writer, which);
	writer_done(&writer);
	assert_int_equal(writer.wants_fd, -1);
	close(fd);
	assert_int_equal(next_fd(), before);
	return r;
}

static void a_unit_is_a_drop_in_and_a_link(void **state)
{
	struct stat st;

	assert_int_equal(write_one(*state, &unit), 0);
	assert_tree(*state, WANTS "/\n" LINK "\n" UNIT ".d/\n" DROP_IN "\n");
	assert_file(*state, DROP_IN, content);
	assert_link(*state, LINK, SYSTEM_UNIT_DIR "/sipis@.service");
	assert_int_equal(stat(tree_path(*state, DROP_IN), &st), 0);
	assert_int_equal(st.st_mode & 07533, 0400); /* 0644 or less, as the umask has it */
}

static void a_unit_that_is_not_wanted_has_no_link(void **state)
{
	const struct plan_unit umbrella = {.name = umbrella_name, .drop_in = content};

	assert_int_equal(write_one(*state, &umbrella), 0);
	assert_tree(*state, "sipis.service.d/\nsipis.service.d/50-sipis-generator.conf\n");
}

static void one_writer_writes_many_units(void **state)
{
	const struct tree *tree = *state;
	const struct plan_unit other = {.name = other_name, .drop_in = content, .wanted = true};
	struct writer writer = WRITER_INIT(tree->root.fd);
	int fd = next_fd();

	assert_int_equal(write_unit(&writer, &unit), 0);
	assert_int_equal(write_unit(&writer, &unit), -EEXIST); /* stops nobody else */
	assert_int_equal(write_unit(&writer, &other), 0);
	writer_done(&writer);
	assert_int_equal(next_fd(), fd);
	assert_tree(tree, WANTS "/\n" LINK "\n" WANTS "/sipis@2.service\n" UNIT ".d/\n" DROP_IN "\n"
				"sipis@2.service.d/\nsipis@2.service.d/" GENERATED_DROP_IN "\n");
}

/* Its text is missing: there was no memory for it. */
static void out_of_memory_for_one_unit_does_not_affect_the_others(void **state)
{
	const struct tree *tree = *state;
	const struct plan_unit textless = {.name = other_name, .wanted = true};
	struct writer writer = WRITER_INIT(tree->root.fd);

	assert_int_equal(write_unit(&writer, &textless), -ENOMEM);
	assert_tree(tree, "");
	assert_int_equal(write_unit(&writer, &unit), 0);
	writer_done(&writer);
	assert_tree(tree, WANTS "/\n" LINK "\n" UNIT ".d/\n" DROP_IN "\n");
}

static void a_long_drop_in_is_written_completely(void **state)
{
	char *text = malloc((1 << 20) + 1);
	struct plan_unit large = unit;

	assert_non_null(text);
	memset(text, 'x', 1 << 20);
	text[1 << 20] = 0;
	large.drop_in = text;
	assert_int_equal(write_one(*state, &large), 0);
	assert_file(*state, DROP_IN, text);
	free(text);
}

static void an_existing_drop_in_stays_and_gets_no_link(void **state)
{
	tree_file(*state, DROP_IN, "of somebody else\n");
	assert_int_equal(write_one(*state, &unit), -EEXIST);
	assert_file(*state, DROP_IN, "of somebody else\n");
	assert_tree(*state, UNIT ".d/\n" DROP_IN "\n");
}

static void an_existing_directory_is_used_and_kept(void **state)
{
	tree_file(*state, UNIT ".d/10-other.conf", "other\n");
	tree_mkdir(*state, WANTS);
	assert_int_equal(write_one(*state, &unit), 0);
	assert_file(*state, DROP_IN, content);
	assert_file(*state, UNIT ".d/10-other.conf", "other\n");
}

static void an_existing_link_leaves_no_half_unit(void **state)
{
	tree_symlink(*state, LINK, "/elsewhere");
	assert_int_equal(write_one(*state, &unit), -EEXIST);
	assert_tree(*state, WANTS "/\n" LINK "\n");
	assert_link(*state, LINK, "/elsewhere");
	tree_file(*state, UNIT ".d/10-other.conf", "");
	assert_int_equal(write_one(*state, &unit), -EEXIST);
	assert_tree(*state, WANTS "/\n" LINK "\n" UNIT ".d/\n" UNIT ".d/10-other.conf\n");
}

static void a_file_in_place_of_a_directory_leaves_no_half_unit(void **state)
{
	tree_file(*state, WANTS, "");
	assert_true(write_one(*state, &unit) < 0);
	assert_tree(*state, WANTS "\n");
	assert_int_equal(unlink(tree_path(*state, WANTS)), 0);
	tree_file(*state, UNIT ".d", "");
	assert_true(write_one(*state, &unit) < 0);
	assert_tree(*state, UNIT ".d\n");
}

static void a_wants_directory_that_disappears_leaves_no_half_unit(void **state)
{
	const struct tree *tree = *state;
	const struct plan_unit other = {.name = other_name, .drop_in = content, .wanted = true};
	struct writer writer = WRITER_INIT(tree->root.fd);

	assert_int_equal(write_unit(&writer, &unit), 0);
	assert_int_equal(unlink(tree_path(tree, LINK)), 0);
	assert_int_equal(rmdir(tree_path(tree, WANTS)), 0);
	assert_int_equal(write_unit(&writer, &other), -ENOENT);
	writer_done(&writer);
	assert_tree(tree, UNIT ".d/\n" DROP_IN "\n");
}

/* Permissions do not stop root, a directory that is gone stops everybody. */
static void a_directory_that_is_gone_or_read_only_is_an_error(void **state)
{
	const struct tree *tree = *state;
	struct writer writer = WRITER_INIT(-1);
	int fd;

	tree_mkdir(tree, "gone");
	fd = open(tree_path(tree, "gone"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(rmdir(tree_path(tree, "gone")), 0);
	writer.fd = fd;
	assert_int_equal(write_unit(&writer, &unit), -ENOENT);
	writer_done(&writer);
	close(fd);
	if (geteuid() != 0) {
		assert_int_equal(chmod(tree->path, 0555), 0);
		assert_int_equal(write_one(tree, &unit), -EACCES);
		assert_int_equal(chmod(tree->path, 0755), 0);
	}
	assert_tree(tree, "");
}

/* The limit on the size of a file stands for a file system that is full. */
static int write_within(const struct tree *tree, size_t limit)
{
	struct rlimit before, during;
	int r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	during = (struct rlimit){.rlim_cur = limit, .rlim_max = before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &during), 0);
	r = write_one(tree, &unit);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	return r;
}

static void a_failed_write_leaves_no_half_unit(void **state)
{
	for (size_t limit = 0; limit < strlen(content); limit++) {
		assert_int_equal(write_within(*state, limit), -EFBIG);
		assert_tree(*state, "");
	}
	assert_int_equal(write_within(*state, strlen(content)), 0);
	assert_file(*state, DROP_IN, content);
}

static void nothing_outside_the_directory_is_touched(void **state)
{
	static const char *const ways[] = {WANTS, UNIT ".d"};
	struct tree *tree = *state;

	for (size_t i = 0; i < ELEMENTSOF(ways); i++) {
		struct tree inner = {.path = strdup(tree_path(tree, "inner"))};

		assert_non_null(inner.path);
		tree_mkdir(tree, "inner");
		tree_mkdir(tree, "outside");
		tree_symlink(&inner, ways[i], "../outside");
		assert_true(write_one(&inner, &unit) < 0);
		assert_int_equal(rmdir(tree_path(tree, "outside")), 0);
		assert_int_equal(unlink(tree_path(&inner, ways[i])), 0);
		assert_int_equal(rmdir(inner.path), 0);
		free(inner.path);
	}
}

#define tree_test(function) cmocka_unit_test_setup_teardown(function, make_tree, remove_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(a_unit_is_a_drop_in_and_a_link),
		tree_test(a_unit_that_is_not_wanted_has_no_link),
		tree_test(one_writer_writes_many_units),
		tree_test(out_of_memory_for_one_unit_does_not_affect_the_others),
		tree_test(a_long_drop_in_is_written_completely),
		tree_test(an_existing_drop_in_stays_and_gets_no_link),
		tree_test(an_existing_directory_is_used_and_kept),
		tree_test(an_existing_link_leaves_no_half_unit),
		tree_test(a_file_in_place_of_a_directory_leaves_no_half_unit),
		tree_test(a_wants_directory_that_disappears_leaves_no_half_unit),
		tree_test(a_directory_that_is_gone_or_read_only_is_an_error),
		tree_test(a_failed_write_leaves_no_half_unit),
		tree_test(nothing_outside_the_directory_is_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
