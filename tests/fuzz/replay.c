/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Run a harness over its corpus, without a fuzzer: every input that once mattered, one test each.
 * FUZZ_CORPUS names the directory; the harness fuzz-NAME takes its inputs from NAME in it.
 */

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "util/macro.h"

static int fail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

static int replay(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	uint8_t *data;
	bool whole;

	if (!file || fstat(fileno(file), &st) < 0)
		return -1;
	data = malloc((size_t)st.st_size + 1);
	whole = data && fread(data, 1, (size_t)st.st_size, file) == (size_t)st.st_size;
	fclose(file);
	if (whole)
		LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
	return whole ? 0 : -1;
}

int main(int argc, char **argv)
{
	const char *corpus = getenv("FUZZ_CORPUS"), *name = strstr(basename(argv[0]), "fuzz-");
	_cleanup_free_ char *directory = NULL;
	struct dirent **entries = NULL;
	int n, tests = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!corpus || !name || asprintf(&directory, "%s/%s", corpus, name + strlen("fuzz-")) < 0)
		return fail("FUZZ_CORPUS");
	n = scandir(directory, &entries, NULL, alphasort);
	if (n < 0)
		return fail(directory);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *path = NULL;

		if (entries[i]->d_name[0] != '.') {
			/* Before it is tried: what aborts says no more. */
			printf("# %s\n", entries[i]->d_name);
			if (asprintf(&path, "%s/%s", directory, entries[i]->d_name) < 0 ||
			    replay(path) < 0)
				return fail(entries[i]->d_name);
			printf("ok %d - %s: %s\n", ++tests, name + strlen("fuzz-"),
			       entries[i]->d_name);
		}
		free(entries[i]);
	}
	free(entries);
	if (!tests)
		return fail(directory); /* it is empty */
	printf("1..%d\n", tests);
	return EXIT_SUCCESS;
}
