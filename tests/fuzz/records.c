/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "records.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define RECORD_SEPARATOR '\x1e'
#define UNIT_SEPARATOR   '\x1f'

bool record_next(struct record *rest, struct record *ret_record)
{
	const char *end;

	if (!rest->data)
		return false;
	end = memchr(rest->data, RECORD_SEPARATOR, rest->size);
	*ret_record = (struct record){rest->data, end ? (size_t)(end - rest->data) : rest->size};
	*rest = end ? (struct record){end + 1, rest->size - ret_record->size - 1}
		    : (struct record){};
	return true;
}

/* Takes the name off the record. NULL: it can be no file's name. */
static char *file_name(struct record *record, const char *separator)
{
	size_t length = (size_t)(separator - record->data);
	char *name = NULL;

	if (length < 200 && !memchr(record->data, '/', length) && !memchr(record->data, 0, length))
		CHECK(asprintf(&name, "Settings%.*s.xml", (int)length, record->data) >= 0);
	record->data += length + 1;
	record->size -= length + 1;
	return name;
}

static bool has_file(const struct record_files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++) {
		const char *other = files->files[i].name;

		if (name && other ? !strcmp(name, other) : name == other)
			return true;
	}
	return false;
}

void record_files_make(struct record rest, struct record_files *ret)
{
	struct record record;

	*ret = (struct record_files){};
	while (ret->n < RECORD_FILES_MAX && record_next(&rest, &record)) {
		const char *separator = memchr(record.data, UNIT_SEPARATOR, record.size);
		char *name = separator ? file_name(&record, separator) : NULL;

		if ((separator && !name) || has_file(ret, name)) {
			free(name);
			continue;
		}
		ret->files[ret->n++] = (struct planned_file){name, record.data, record.size};
	}
}

void record_files_done(struct record_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free((char *)files->files[i].name);
	*files = (struct record_files){};
}
