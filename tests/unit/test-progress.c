/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "sipisctl/show/progress.h"
#include "util/macro.h"

#define ROWS    8
#define COLUMNS 40

/* A terminal, as far as progress asks for one. */
struct screen {
	char cells[ROWS][COLUMNS + 1];
	size_t row, column;
	bool wraps;
};

static void put(struct screen *screen, char c)
{
	if (screen->column == COLUMNS && screen->wraps) {
		screen->row++;
		screen->column = 0;
	}
	assert_true(screen->row < ROWS);
	if (screen->column == COLUMNS)
		screen->column--;
	screen->cells[screen->row][screen->column++] = c;
}

/* One control sequence; the rest of the text. */
static const char *control(struct screen *screen, const char *text)
{
	char private = *text == '?' ? '?' : 0, final;
	unsigned count = 1;
	int length = 0;

	text += private != 0;
	if (sscanf(text, "%u%c%n", &count, &final, &length) < 2)
		assert_int_equal(sscanf(text, "%c%n", &final, &length), 1);
	if (private)
		assert_int_equal(count, 7);
	if (private && (final == 'l' || final == 'h'))
		screen->wraps = final == 'h';
	else if (final == 'A' && count <= screen->row)
		screen->row -= count;
	else if (final == 'B')
		screen->row += count;
	else if (final == 'K')
		memset(screen->cells[screen->row] + screen->column, 0, COLUMNS - screen->column);
	else
		fail_msg("%u%c", count, final);
	return text + length;
}

static void show(struct screen *screen, const char *text)
{
	while (*text)
		if (!strncmp(text, "\033[", 2)) {
			text = control(screen, text + 2);
		} else if (*text == '\r' || *text == '\n') {
			screen->row += *text == '\n';
			screen->column = 0;
			text++;
		} else {
			put(screen, *text++);
		}
}

/* What `function` prints. */
static void capture(void (*function)(void), char *output, size_t size)
{
	FILE *file = tmpfile();
	int kept;

	assert_non_null(file);
	fflush(stdout);
	kept = dup(STDOUT_FILENO);
	assert_int_not_equal(kept, -1);
	assert_int_not_equal(dup2(fileno(file), STDOUT_FILENO), -1);
	function();
	fflush(stdout);
	assert_int_not_equal(dup2(kept, STDOUT_FILENO), -1);
	close(kept);
	rewind(file);
	output[fread(output, 1, size - 1, file)] = 0;
	fclose(file);
}

static void go_on(bool terminal)
{
	struct progress progress;
	size_t step, one, two;

	progress_init(&progress, stdout, terminal);
	assert_int_equal(progress_add(&progress, "stop", &step), 0);
	assert_int_equal(progress_set(&progress, step, "done"), 0);
	assert_int_equal(progress_add(&progress, "one", &one), 0);
	assert_int_equal(progress_set(&progress, one, "much too long for the screen"), 0);
	assert_int_equal(progress_add(&progress, "two", &two), 0);
	assert_int_equal(progress_set(&progress, two, "starts"), 0);
	assert_int_equal(progress_set(&progress, two, "starts"), 0);
	assert_int_equal(progress_set(&progress, one, "serves"), 0);
	assert_int_equal(progress_set(&progress, two, "serves with another"), 0);
	progress_done(&progress);
}

/* Let standard output be a terminal with this many rows while `function` runs. */
static void capture_terminal(unsigned short rows, void (*function)(void), char *output, size_t size)
{
	struct winsize window = {.ws_row = rows, .ws_col = COLUMNS};
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), other, kept;
	struct termios termios;
	const char end = '\4';
	size_t length = 0;

	assert_int_not_equal(terminal, -1);
	assert_int_equal(grantpt(terminal), 0);
	assert_int_equal(unlockpt(terminal), 0);
	other = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	assert_int_not_equal(other, -1);
	assert_int_equal(ioctl(other, TIOCSWINSZ, &window), 0);
	assert_int_equal(tcgetattr(other, &termios), 0);
	cfmakeraw(&termios);
	assert_int_equal(tcsetattr(other, TCSANOW, &termios), 0);

	fflush(stdout);
	kept = dup(STDOUT_FILENO);
	assert_int_not_equal(dup2(other, STDOUT_FILENO), -1);
	function();
	fflush(stdout);
	assert_int_not_equal(dup2(kept, STDOUT_FILENO), -1);
	close(kept);

	/* It fits into the terminal's buffer, but one read() may return a part of it. */
	assert_int_equal(write(other, &end, 1), 1);
	do {
		ssize_t n = read(terminal, output + length, size - length);

		assert_true(n > 0);
		length += (size_t)n;
	} while (output[length - 1] != end);
	output[length - 1] = 0;
	close(other);
	close(terminal);
}

static void on_terminal(void)
{
	go_on(true);
}

static void elsewhere(void)
{
	go_on(false);
}

#define NAME(name) name "                     "

static void a_terminal_shows_changes_in_place(void **state _unused_)
{
	struct screen screen = {.wraps = true};
	char output[4096];

	capture(on_terminal, output, sizeof(output));
	show(&screen, output);
	assert_string_equal(screen.cells[0], NAME("stop") "done");
	assert_string_equal(screen.cells[1], NAME("one ") "serves");
	assert_memory_equal(screen.cells[2], NAME("two ") "serves with an", COLUMNS - 1);
	assert_string_equal(screen.cells[3], "");
	assert_int_equal(screen.row, 3);
	assert_int_equal(screen.column, 0);
	assert_true(screen.wraps);
}

static void elsewhere_every_change_is_a_line(void **state _unused_)
{
	char output[4096];

	capture(elsewhere, output, sizeof(output));
	assert_string_equal(output, "stop                     done\n"
				    "one                      much too long for the screen\n"
				    "two                      starts\n"
				    "one                      serves\n"
				    "two                      serves with another\n");
}

static void lines_without_a_row_are_printed_at_each_change(void **state _unused_)
{
	/* The third line has no row: two are above the cursor on a screen of three. */
	static const char first[] = "\033[?7l" NAME("stop") "\033[?7h\n";
	static const char rest[] = "two                      starts\n"
				   "one                      serves\n"
				   "two                      serves with another\n";
	char output[4096];
	size_t length;

	capture_terminal(3, on_terminal, output, sizeof(output));
	assert_memory_equal(output, first, strlen(first));
	length = strlen(output);
	assert_true(length > strlen(rest));
	assert_string_equal(output + length - strlen(rest), rest);
	/* Once a line has no row, the cursor never moves up again. */
	assert_null(strchr(strstr(output, "two"), '\033'));
}

static void as_many_lines_as_rows_are_changed_in_place(void **state _unused_)
{
	struct screen screen = {.wraps = true};
	char output[4096];

	capture_terminal(4, on_terminal, output, sizeof(output));
	show(&screen, output);
	assert_string_equal(screen.cells[1], NAME("one ") "serves");
	assert_memory_equal(screen.cells[2], NAME("two ") "serves with an", COLUMNS - 1);
	assert_int_equal(screen.row, 3);
}

static void print_hostile(void)
{
	struct progress progress;
	size_t line;

	progress_init(&progress, stdout, false);
	assert_int_equal(progress_add(&progress, "sipis@\033[31m", &line), 0);
	assert_int_equal(progress_set(&progress, line, "a\nb\x9b"), 0);
	progress_done(&progress);
}

static void names_and_texts_are_escaped(void **state _unused_)
{
	char output[4096];

	capture(print_hostile, output, sizeof(output));
	assert_string_equal(output, "sipis@\\x1b[31m           a\\nb\\x9b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_shows_changes_in_place),
		cmocka_unit_test(elsewhere_every_change_is_a_line),
		cmocka_unit_test(lines_without_a_row_are_printed_at_each_change),
		cmocka_unit_test(as_many_lines_as_rows_are_changed_in_place),
		cmocka_unit_test(names_and_texts_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
