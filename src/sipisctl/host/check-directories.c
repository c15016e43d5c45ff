/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks of where SIPIS writes: the directories of its locks and logs. */

#include <errno.h>
#include <string.h>

#include "installation/sink-directory.h"
#include "sipisctl/host/checks.h"
#include "util/escape.h"

/* One lock or log, and what SIPIS may do there. */
struct place_of_work {
	const struct value *path;
	enum sink_kind kind;
	char *directory; /* owned */
	const struct access_question *file_answer, *directory_answer;
};

/* Those it creates when the unit starts. */
static bool is_made_by_systemd(const char *directory)
{
	const char *name;

	return directory_kind(directory, &name) != DIRECTORY_OTHER;
}

static const char *better_directory(enum sink_kind kind)
{
	return kind == SINK_LOCK ? RUNTIME_DIRECTORY : LOGS_DIRECTORY;
}

static int report_missing(const struct host *host, const struct place_of_work *work,
			  const char *shown)
{
	return diagnostics_add(host->diagnostics, DIAGNOSTIC_DIRECTORY_MISSING, &work->path->place,
			       NULL,
			       "the directory of the %s, %s, is not there: create it with "
			       "install -d -o " SIPIS_USER ", or use %s, which systemd creates",
			       sink_words[work->kind], shown, better_directory(work->kind));
}

static int report_not_writable(const struct host *host, const struct place_of_work *work,
			       const char *shown)
{
	return diagnostics_add(
		host->diagnostics, DIAGNOSTIC_DIRECTORY_NOT_WRITABLE, &work->path->place, NULL,
		"the user " SIPIS_USER " can't write to the directory of the %s, "
		"%s (%s): chown it to " SIPIS_USER
		" if it is SIPIS's own, or use %s, which systemd creates",
		sink_words[work->kind], shown, strerrordesc_np(work->directory_answer->error),
		better_directory(work->kind));
}

/* It was made by somebody else, most likely by root, who started SIPIS by hand. */
static int report_file(const struct host *host, const struct place_of_work *work)
{
	return diagnostics_add(host->diagnostics, DIAGNOSTIC_DIRECTORY_NOT_WRITABLE,
			       &work->path->place, NULL,
			       "the user " SIPIS_USER " can't write to the %s that is there (%s): "
			       "chown it to " SIPIS_USER ", or remove it",
			       sink_words[work->kind], strerrordesc_np(work->file_answer->error));
}

static int judge(const struct host *host, const struct place_of_work *work)
{
	int file = work->file_answer->error, directory = work->directory_answer->error;
	_cleanup_free_ char *shown = escape_excerpt(work->directory);

	if (!shown)
		return -ENOMEM;
	if (file == 0)
		return 0;
	if (file != ENOENT && file != ENOTDIR && directory == 0)
		return report_file(host, work);
	if (is_made_by_systemd(work->directory))
		return 0;
	if (directory == ENOENT || file == ENOTDIR)
		return report_missing(host, work, shown);
	return directory ? report_not_writable(host, work, shown) : 0;
}

/* --- all of them ------------------------------------------------------------------------- */

struct places_of_work {
	struct place_of_work *items;       /* owned */
	struct access_question *questions; /* owned; two for each item */
	size_t n;
};

static void places_of_work_done(struct places_of_work *places)
{
	for (size_t i = 0; places->items && i < places->n; i++)
		free(places->items[i].directory);
	free(places->items);
	free(places->questions);
}

static int add_place(struct places_of_work *places, const struct value *path, enum sink_kind kind)
{
	struct place_of_work *work = &places->items[places->n];
	struct access_question *questions = &places->questions[places->n * 2];

	if (!value_is_good(path) || !strcmp(path->text, "/dev/null"))
		return 0;
	work->directory = pathname_directory(path->text);
	if (!work->directory)
		return -ENOMEM;
	questions[0] = (struct access_question){.path = path->text, .mode = W_OK};
	questions[1] = (struct access_question){.path = work->directory, .mode = W_OK | X_OK};
	work->path = path;
	work->kind = kind;
	work->file_answer = &questions[0];
	work->directory_answer = &questions[1];
	places->n++;
	return 0;
}

static int collect(const struct host *host, struct places_of_work *places)
{
	size_t max = host->installation->n_instances * SINK_COUNT;
	int r = 0;

	places->items = calloc(max, sizeof(*places->items));
	places->questions = calloc(max * 2, sizeof(*places->questions));
	if (!places->items || !places->questions)
		return -ENOMEM;
	for (size_t i = 0; i < host->installation->n_instances; i++)
		for (enum sink_kind kind = 0; r >= 0 && kind < SINK_COUNT; kind++)
			r = add_place(places,
				      &host->installation->instances[i].settings.sinks[kind].path,
				      kind);
	return r;
}

int check_directories(const struct host *host)
{
	_cleanup_(places_of_work_done) struct places_of_work places = {};
	int r;

	if (!host->has_user)
		return 0;
	r = collect(host, &places);
	if (r >= 0)
		r = access_ask(&host->user, places.questions, places.n * 2);
	for (size_t i = 0; r >= 0 && i < places.n; i++)
		r = judge(host, &places.items[i]);
	return r;
}
