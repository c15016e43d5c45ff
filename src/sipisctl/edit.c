/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sipisctl edit: edit a copy of a file, check the installation with it, and save it. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sipisctl/command.h"
#include "sipisctl/transaction-report.h"
#include "util/escape.h"
#include "util/listing.h"

/* What is edited, and its copy in a directory that only the caller can enter. */
struct edit {
	const struct options *options;
	struct installation installation;
	const struct source *source; /* borrowed from the installation */
	enum split_directory split_directory;
	const char *name; /* base name; borrowed, or a constant */
	char *directory;  /* owned: path of the copy's directory; NULL: none yet */
	int fd;           /* the directory */
	char *path;       /* owned: of the copy */
	struct file copy;
	bool keep_copy; /* the user edited it, and it is neither saved nor discarded */
};

static void edit_done(struct edit *edit)
{
	if (edit->keep_copy) {
		fprintf(stderr, "sipisctl: the edited copy is kept in %s\n", edit->path);
	} else if (edit->directory) {
		_cleanup_listing_ DIR *listing = listing_open(edit->fd);
		const struct dirent *entry;

		/* On OOM there is no listing, and the copy has passwords. */
		(void)unlinkat(edit->fd, edit->name, 0);
		/* The editor may have left backups beside it. */
		while (listing && (entry = listing_next(listing)))
			(void)unlinkat(edit->fd, entry->d_name, 0);
		(void)unlinkat(AT_FDCWD, edit->directory, AT_REMOVEDIR);
	}
	closep(&edit->fd);
	free(edit->directory);
	free(edit->path);
	file_done(&edit->copy);
	installation_done(&edit->installation);
}

/* --- what is edited ---------------------------------------------------------------------- */

/* Choose the file. Returns EXIT_GOOD, or an exit status that has been explained. */
static int edit_choose(struct edit *edit, const char *word)
{
	const struct instance *instance;

	if (!word) {
		edit->source = edit->installation.load_balancer_source;
		edit->split_directory = SPLIT_DIRECTORY_LOAD_BALANCER;
		edit->name = load_balancer_file();
	} else {
		instance = command_find_instance(&edit->installation, word);
		if (!edit->installation.n_instances)
			report_no_instances(edit->options, &edit->installation);
		if (!instance)
			return report_usage("there is no instance \"%s\": sipisctl list shows them",
					    word);
		edit->source = instance->source;
		edit->split_directory = SPLIT_DIRECTORY_SETTINGS;
		edit->name = instance->file;
	}

	if (!edit->source || !edit->source->data) {
		(void)report_errors(&edit->installation);
		fprintf(stderr, "sipisctl: %s%s cannot be read; nothing was changed\n",
			word ? SIPIS_CONFDIR "/" : "",
			word ? excerpt(edit->name).text : LOADBALANCER_SETTINGS);
		return EXIT_FAILED;
	}
	return EXIT_GOOD;
}

/* Copy the file into a new directory, under its own name, as editors go by that. */
static int edit_copy(struct edit *edit)
{
	const char *temporary = getenv("TMPDIR");
	char *directory;

	if (!temporary || *temporary != '/')
		temporary = "/tmp";
	if (asprintf(&directory, "%s/sipisctl-edit.XXXXXX", temporary) < 0)
		return -ENOMEM;
	if (!mkdtemp(directory)) {
		int r = -errno;

		free(directory);
		return r;
	}
	edit->directory = directory;
	edit->fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (edit->fd < 0)
		return -errno;
	if (asprintf(&edit->path, "%s/%s", directory, edit->name) < 0) {
		edit->path = NULL;
		return -ENOMEM;
	}
	return file_create(edit->fd, edit->name, edit->source->data, edit->source->size, NULL);
}

/* --- the editor -------------------------------------------------------------------------- */

/* Wait for the editor. Signals of the terminal are for it, not for us. */
static int wait_for_editor(pid_t pid)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
	int status, r = 0;

	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			r = -errno;
			break;
		}
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	if (r < 0)
		return r;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECANCELED;
}

/* Run an editor. `command` may have arguments, as in EDITOR="vim -R", so a shell splits it. */
static int run_editor(const char *command, char *path)
{
	_cleanup_free_ char *script = NULL;
	char shell[] = "sh", option[] = "-c", name[] = "editor";
	pid_t pid;
	int r;

	if (asprintf(&script, "%s \"$@\"", command) < 0) {
		script = NULL;
		return -ENOMEM;
	}
	signal(SIGCHLD, SIG_DFL); /* if it is ignored, waitpid() cannot return a status */
	r = posix_spawnp(&pid, shell, NULL, NULL,
			 (char *[]){shell, option, script, name, path, NULL}, environ);
	return r != 0 ? -r : wait_for_editor(pid);
}

static int edit_run_editor(const struct edit *edit)
{
	static const char *const variables[] = {"SUDO_EDITOR", "VISUAL", "EDITOR"};

	for (size_t i = 0; i < ELEMENTSOF(variables); i++) {
		const char *command = getenv(variables[i]);

		if (command && *command)
			return run_editor(command, edit->path);
	}
	/* The first that is installed, as systemctl edit does. */
	return run_editor("e() { for i in editor nano vim vi; do command -v $i >/dev/null && "
			  "exec $i \"$@\"; done; exit 127; }; e",
			  edit->path);
}

/* --- checking and saving ----------------------------------------------------------------- */

static void add_planned(struct planned_file *planned, size_t *n, const struct edit *edit,
			const char *name, const struct source *source)
{
	if (!source || !source->data)
		return;
	planned[*n] =
		(struct planned_file){.name = name, .data = source->data, .size = source->size};
	if (source == edit->source) {
		planned[*n].data = edit->copy.data;
		planned[*n].size = edit->copy.size;
	}
	++*n;
}

/* Load the installation with the copy in place of the file. Returns 0 or a negative errno. */
static int edit_load_planned(const struct edit *edit, struct installation *ret_planned)
{
	const struct installation *installation = &edit->installation;
	_cleanup_free_ struct planned_file *planned =
		calloc(installation->n_instances + 1, sizeof(*planned));
	size_t n = 0;

	if (!planned)
		return -ENOMEM;
	for (size_t i = 0; i < installation->n_instances; i++)
		add_planned(planned, &n, edit, installation->instances[i].file,
			    installation->instances[i].source);
	add_planned(planned, &n, edit, NULL, installation->load_balancer_source);
	return load_planned(&edit->options->root, planned, n, ret_planned);
}

enum answer { ANSWER_EDIT, ANSWER_SAVE, ANSWER_DISCARD };

/* Without a terminal, and at the end of the input, the answer is to discard. */
static enum answer ask_what_now(void)
{
	char line[16];

	if (!isatty(STDIN_FILENO))
		return ANSWER_DISCARD;
	for (;;) {
		fputs("(e)dit again, (d)iscard, or (s)ave despite the errors? [e] ", stderr);
		if (!fgets(line, sizeof(line), stdin))
			return ANSWER_DISCARD;
		switch (line[0]) {
		case 'e':
		case 'E':
		case '\n':
			return ANSWER_EDIT;
		case 's':
		case 'S':
			return ANSWER_SAVE;
		case 'd':
		case 'D':
			return ANSWER_DISCARD;
		}
	}
}

/*
 * Return true if the diagnostic is about a file that could not be read: the planned installation
 * lacks it.
 */
static bool is_about_unread(const struct installation *installation,
			    const struct diagnostic *diagnostic)
{
	const struct source *source = diagnostic->place.source;

	return !source->data && (installation_at(installation, &diagnostic->place) ||
				 source == installation->load_balancer_source);
}

static size_t edit_report_one(const struct diagnostic *diagnostic)
{
	report_diagnostic(diagnostic);
	return diagnostic_severity(diagnostic) == SEVERITY_ERROR;
}

/* Report errors and warnings. Returns the number of errors. */
static size_t edit_report(const struct edit *edit, const struct installation *planned)
{
	const struct diagnostics *now = &edit->installation.diagnostics;
	const struct diagnostics *then = &planned->diagnostics;
	size_t n_errors = 0;

	for (size_t i = 0; i < now->n; i++)
		if (is_about_unread(&edit->installation, &now->items[i]))
			n_errors += edit_report_one(&now->items[i]);
	for (size_t i = 0; i < then->n; i++)
		if (then->items[i].code != DIAGNOSTIC_LOAD_BALANCER_MISSING ||
		    !edit->installation.has_load_balancer)
			n_errors += edit_report_one(&then->items[i]);
	return n_errors;
}

/* Check what was edited. Returns 0 or a negative errno. */
static int edit_judge(const struct edit *edit, enum answer *ret_answer)
{
	_cleanup_(installation_done) struct installation planned = {};
	int r;

	r = edit_load_planned(edit, &planned);
	if (r < 0)
		return r;
	*ret_answer = edit_report(edit, &planned) ? ask_what_now() : ANSWER_SAVE;
	return 0;
}

static bool edit_is_unchanged(const struct edit *edit)
{
	return edit->copy.size == edit->source->size &&
	       !memcmp(edit->copy.data, edit->source->data, edit->copy.size);
}

/* Read what was edited. Returns 0; -ECANCELED after a report; or another negative errno. */
static int edit_read_copy(struct edit *edit)
{
	int r;

	file_done(&edit->copy);
	edit->keep_copy = true;
	r = file_read(edit->fd, edit->name, &edit->copy);
	if (r < 0 || edit->copy.data)
		return r;
	if (edit->copy.fault == FILE_GOOD) {
		edit->keep_copy = false;
		fputs("sipisctl: edit: the editor failed; nothing was changed\n", stderr);
		return -ECANCELED;
	}
	fprintf(stderr, "sipisctl: %s %s; nothing was changed\n", edit->path,
		file_fault_texts[edit->copy.fault]);
	return -ECANCELED;
}

/* Run the editor until there is an answer. Returns 0; -ECANCELED after a report; or another error.
 */
static int edit_loop(struct edit *edit, enum answer *ret_answer)
{
	int r;

	do {
		r = edit_run_editor(edit);
		if (r == -ECANCELED)
			fputs("sipisctl: edit: the editor failed; nothing was changed\n", stderr);
		if (r < 0)
			return r;
		r = edit_read_copy(edit);
		if (r < 0)
			return r;
		*ret_answer = ANSWER_SAVE;
		if (edit_is_unchanged(edit))
			return 0;
		r = edit_judge(edit, ret_answer);
	} while (r == 0 && *ret_answer == ANSWER_EDIT);
	return r;
}

/* The only change: the copy instead of the file. */
static int edit_make_changes(const struct edit *edit, struct changes *changes)
{
	struct change *change;
	int r;

	r = changes_add(changes, edit->split_directory, edit->name, &change);
	if (r < 0)
		return r;
	r = file_state_set(&change->states[VERSION_OLD], edit->source->data, edit->source->size);
	if (r < 0)
		return r;
	return file_state_set(&change->states[VERSION_NEW], edit->copy.data, edit->copy.size);
}

/* Write the copy in place of the file. */
static int edit_save(struct edit *edit, bool *ret_changed)
{
	_cleanup_(changes_done) struct changes changes = {.origin = ORIGIN_EDIT};
	int r, status;

	r = edit_make_changes(edit, &changes);
	if (r < 0)
		return report_unchanged("edit", r);

	status = carry_out(edit->options, "edit", &edit->installation, &changes, ret_changed);
	edit->keep_copy = status != EXIT_GOOD && !*ret_changed;
	return status;
}

static int edit_run(const struct options *options, const char *word, bool *ret_changed)
{
	_cleanup_(edit_done) struct edit edit = {.options = options, .fd = -1};
	enum answer answer;
	int r, status;

	if (command_load(options, LOAD_BALANCER_ALONE, &edit.installation) != EXIT_GOOD ||
	    report_unreadable(&edit.installation))
		return EXIT_FAILED;
	if (report_interrupted_split(&edit.installation))
		return EXIT_ERRORS;
	status = edit_choose(&edit, word);
	if (status != EXIT_GOOD)
		return status;

	r = edit_copy(&edit);
	if (r < 0)
		return report_unchanged("edit", r);
	r = edit_loop(&edit, &answer);
	if (r < 0)
		return r == -ECANCELED ? EXIT_FAILED : report_unchanged("edit", r);

	edit.keep_copy = answer != ANSWER_DISCARD && !edit_is_unchanged(&edit);
	if (answer == ANSWER_DISCARD) {
		fputs("sipisctl: discarded; nothing was changed\n", stderr);
		return EXIT_ERRORS;
	}
	if (edit_is_unchanged(&edit)) {
		if (!options->style.json)
			puts("Nothing was edited: there is nothing to do.");
		return EXIT_GOOD;
	}
	return edit_save(&edit, ret_changed);
}

int command_edit(const struct options *options, int argc, char **argv)
{
	bool changed = false;
	int status;

	if (argc != !options->load_balancer)
		return report_usage("edit needs one INSTANCE, or --load-balancer");

	status = edit_run(options, options->load_balancer ? NULL : argv[0], &changed);
	return end_with_json(options, changed, status);
}
