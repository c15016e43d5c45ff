/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/array.h"
#include "util/macro.h"

void progress_init(struct progress *progress, bool terminal)
{
	*progress = (struct progress){.in_place = terminal};
}

void progress_done(struct progress *progress)
{
	for (size_t i = 0; i < progress->n; i++) {
		free(progress->lines[i].name);
		free(progress->lines[i].text);
	}
	free(progress->lines);
	*progress = (struct progress){};
}

/* Lines that have left the screen can't be changed. */
static bool fits_screen(size_t lines)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || lines < size.ws_row;
}

/* On a terminal a line that is too long is cut: one that wraps would take two rows. */
static void print_line(const struct progress *progress, size_t line)
{
	printf("%s%-24s %s%s\n", progress->in_place ? "\033[?7l" : "", progress->lines[line].name,
	       progress->lines[line].text, progress->in_place ? "\033[?7h" : "");
}

int progress_add(struct progress *progress, const char *name, size_t *ret_line)
{
	struct progress_line line = {strdup(name), strdup("")};

	if (!line.name || !line.text ||
	    ARRAY_RESERVE(progress->lines, progress->n, progress->capacity) < 0) {
		free(line.name);
		free(line.text);
		return -ENOMEM;
	}
	progress->lines[progress->n] = line;
	*ret_line = progress->n++;
	if (!progress->in_place)
		return 0;
	progress->in_place = fits_screen(progress->n);
	print_line(progress, *ret_line);
	fflush(stdout);
	return 0;
}

/* Up to the line, write it anew, and down again. */
static void rewrite(const struct progress *progress, size_t line)
{
	size_t up = progress->n - line;

	printf("\033[%zuA\r\033[K", up);
	print_line(progress, line);
	if (up > 1)
		printf("\033[%zuB", up - 1);
}

int progress_set(struct progress *progress, size_t line, const char *text)
{
	char *copy;

	if (!strcmp(progress->lines[line].text, text))
		return 0;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(progress->lines[line].text);
	progress->lines[line].text = copy;
	if (progress->in_place)
		rewrite(progress, line);
	else
		print_line(progress, line);
	fflush(stdout);
	return 0;
}
