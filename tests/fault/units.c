/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "units.h"

#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format.h"
#include "tree.h"

#define UMBRELLA "sipis.service"
#define TEMPLATE "/sipis@.service"
#define DROP_IN  "50-sipis-generator.conf"

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

/* Made if there is none. */
static struct unit *get_unit(struct units *units, const char *name, size_t length)
{
	char *wanted = format("%.*s", (int)length, name);
	struct unit *found = (struct unit *)find_unit(units, wanted);

	if (found) {
		free(wanted);
		return found;
	}
	units->items = reallocarray(units->items, units->n + 1, sizeof(*units->items));
	if (!units->items)
		err(1, "reallocarray");
	units->items[units->n] = (struct unit){.name = wanted};
	return &units->items[units->n++];
}

static void set_strange(struct units *units, const char *path)
{
	free(units->strange);
	units->strange = format("%s", path);
}

typedef void visitor(struct units *units, const char *path, const char *name, struct unit *unit);

/* How many entries there are; SIZE_MAX: it is no directory. */
static size_t visit_directory(struct units *units, const char *path, struct unit *unit,
			      visitor *visit)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		char *below = format("%s/%s", path, name);

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			visit(units, below, name, unit);
		free(below);
		free(entries[i]);
	}
	if (n < 0)
		return SIZE_MAX;
	free(entries);
	return (size_t)n - 2;
}

static void visit_link(struct units *units, const char *path, const char *name, struct unit *unused)
{
	char target[PATH_MAX] = "";

	(void)unused;
	if (readlink(path, target, sizeof(target) - 1) < 0 || !ends_in(target, TEMPLATE))
		set_strange(units, path);
	get_unit(units, name, strlen(name))->linked = true;
}

static void visit_drop_in(struct units *units, const char *path, const char *name,
			  struct unit *unit)
{
	size_t size;

	if (strcmp(name, DROP_IN) != 0)
		set_strange(units, path);
	else
		unit->drop_in = read_file(path, &size);
}

static void visit_top(struct units *units, const char *path, const char *name, struct unit *unused)
{
	struct unit *unit;
	size_t n = 0;

	(void)unused;
	if (!strcmp(name, UMBRELLA ".wants")) {
		n = visit_directory(units, path, NULL, visit_link);
		units->empty_wants = n == 0;
	} else if (ends_in(name, ".service.d")) {
		unit = get_unit(units, name, strlen(name) - strlen(".d"));
		unit->has_directory = true;
		n = visit_directory(units, path, unit, visit_drop_in);
	} else
		set_strange(units, path);
	if (n == SIZE_MAX)
		set_strange(units, path);
}

struct units read_units(const char *directory)
{
	struct units units = {};

	if (visit_directory(&units, directory, NULL, visit_top) == SIZE_MAX)
		err(1, "%s", directory);
	return units;
}

void units_done(struct units *units)
{
	for (size_t i = 0; i < units->n; i++) {
		free(units->items[i].name);
		free(units->items[i].drop_in);
	}
	free(units->items);
	free(units->strange);
	*units = (struct units){};
}

const struct unit *find_unit(const struct units *units, const char *name)
{
	for (size_t i = 0; i < units->n; i++)
		if (!strcmp(units->items[i].name, name))
			return &units->items[i];
	return NULL;
}

bool is_whole(const struct unit *unit)
{
	return unit->drop_in && unit->linked == (strcmp(unit->name, UMBRELLA) != 0);
}

/* Where it is said why a file could not be read; NULL: nowhere. */
static const char *find_unreadable(const char *text)
{
	static const char *const begins[] = {"the file cannot be ", "the file does not answer",
					     "the file does not exist", "this is a link to "};

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		const char *found = strstr(text, begins[i]);

		if (found)
			return found;
	}
	return NULL;
}

bool is_same_text(const char *a, const char *b)
{
	const char *cut_a = find_unreadable(a), *cut_b = find_unreadable(b);

	if (!cut_a || !cut_b)
		return !strcmp(a, b);
	return cut_a - a == cut_b - b && !memcmp(a, b, (size_t)(cut_a - a)) &&
	       !strcmp(cut_a + strcspn(cut_a, "\n"), cut_b + strcspn(cut_b, "\n"));
}

/* The text without what says where its file is. The caller frees it. */
static char *without_file(const char *text)
{
	char *copy = format("%s", text), *to = copy;

	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		length += line[length] == '\n';
		if (strncmp(line, "SourcePath=", strlen("SourcePath=")) != 0 &&
		    strncmp(line, "AssertPathExists=", strlen("AssertPathExists=")) != 0) {
			memcpy(to, line, length);
			to += length;
		}
		line += length;
	}
	*to = 0;
	return copy;
}

bool is_same_drop_in(const char *drop_in, const char *wanted)
{
	bool silent = strstr(drop_in, "does not answer"), same;
	char *a, *b;

	if (silent != !strstr(drop_in, "\nSourcePath=") ||
	    silent != !!strstr(drop_in, "\nAssertPathExists=\n"))
		return false;
	a = without_file(drop_in);
	b = without_file(wanted);
	same = is_same_text(a, b);
	free(a);
	free(b);
	return same;
}
