/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/diff.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "document/markup.h"
#include "util/escape.h"
#include "util/write.h"

/* Copy the bytes to an anonymous file: they hold passwords, so no directory gets a name for them.
 */
static int diff_copy(const struct file_state *state)
{
	_cleanup_close_ int fd = memfd_create("settings", 0);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, state->data, state->size);
	if (r < 0)
		return r;
	return TAKE_FD(fd);
}

static void diff_append_label(struct strbuf *buf, const char *side, const struct change *change,
			      const struct file_state *state)
{
	if (!state->data) {
		strbuf_append(buf, "/dev/null");
		return;
	}
	strbuf_append(buf, side);
	change_append_path(buf, change);
}

/* Run diff. Its exit status is 0 for equal files, 1 for different ones, 2 for trouble. */
static int diff_run(char **arguments)
{
	pid_t pid;
	int status, r;

	signal(SIGCHLD, SIG_DFL); /* if it is ignored, waitpid() cannot return a status */
	r = posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ);
	if (r != 0)
		return -r;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
		return -EPIPE;
	return WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? 0 : -EIO;
}

static int diff_print_change(const struct change *change, enum version from)
{
	const struct file_state *old = &change->states[from], *new = &change->states[from ^ 1];
	char old_path[sizeof("/proc/self/fd/") + 3 * sizeof(int)], new_path[sizeof(old_path)];
	char program[] = "diff", options[] = "-au", label[] = "--label";
	_cleanup_strbuf_ struct strbuf old_label = STRBUF_INIT, new_label = STRBUF_INIT;
	_cleanup_close_ int old_fd = -1, new_fd = -1;

	old_fd = diff_copy(old);
	if (old_fd < 0)
		return old_fd;
	new_fd = diff_copy(new);
	if (new_fd < 0)
		return new_fd;

	diff_append_label(&old_label, "a", change, old);
	diff_append_label(&new_label, "b", change, new);
	if (strbuf_error(&old_label) || strbuf_error(&new_label))
		return -ENOMEM;

	snprintf(old_path, sizeof(old_path), "/proc/self/fd/%d", old_fd);
	snprintf(new_path, sizeof(new_path), "/proc/self/fd/%d", new_fd);
	return diff_run((char *[]){program, options, label, old_label.text, label, new_label.text,
				   old_path, new_path, NULL});
}

int diff_print(const struct changes *changes, enum version from)
{
	int r;

	if (fflush(stdout) != 0)
		return -errno;

	for (size_t i = 0; i < changes->n; i++) {
		r = diff_print_change(&changes->items[i], from);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- which attributes -------------------------------------------------------------------- */

/* A walk over the start tags of a document that is well-formed, or nearly so. */
struct tag_walk {
	const char *at, *end;
};

/* Get the next start tag, from its name to the end of the document. Return false if there is none.
 */
static bool next_tag(struct tag_walk *walk, struct markup_cursor *ret_tag)
{
	while (walk->at < walk->end) {
		const char *after = markup_skip_opaque(walk->at, walk->end);

		if (after > walk->at) {
			walk->at = after;
			continue;
		}
		if (*walk->at++ != '<' || walk->at == walk->end || *walk->at == '/' ||
		    *walk->at == '!')
			continue;
		*ret_tag = (struct markup_cursor){.at = walk->at, .end = walk->end};
		return true;
	}
	return false;
}

/* Return the length of the name that the tag begins with. */
static size_t tag_name_length(struct markup_cursor tag)
{
	const char *name = tag.at;

	markup_skip_name(&tag);
	return (size_t)(tag.at - name);
}

/* Searches that fail cost time for every tag: after so many, tags are not paired any more. */
enum { SEARCHES_MAX = 1000 };

/* The tags of two documents, in pairs of the same name, as far as they are in the same order. */
struct tag_pairs {
	struct tag_walk own, other;
	unsigned n_failed;
};

/* Find the next tag of this name in the other document, and go on after it. */
static bool find_pair(struct tag_pairs *pairs, struct markup_cursor tag,
		      struct markup_cursor *ret_other)
{
	struct tag_walk walk = pairs->other;
	size_t length = tag_name_length(tag);

	if (pairs->n_failed > SEARCHES_MAX)
		return false;
	while (next_tag(&walk, ret_other))
		if (tag_name_length(*ret_other) == length &&
		    !memcmp(ret_other->at, tag.at, length)) {
			pairs->other = walk;
			return true;
		}
	pairs->n_failed++;
	return false;
}

static bool tag_has(struct markup_cursor tag, const struct markup_attribute *attribute)
{
	struct markup_attribute other;

	markup_skip_name(&tag);
	while (markup_next_attribute(&tag, &other))
		if (other.name_length == attribute->name_length &&
		    !memcmp(other.name, attribute->name, other.name_length))
			return other.value_length == attribute->value_length &&
			       !memcmp(other.value, attribute->value, other.value_length);
	return false;
}

/* Append `Element[Attribute]` to the list, once. */
static void append_attribute(struct strbuf *list, const char *element, size_t element_length,
			     const struct markup_attribute *attribute)
{
	_cleanup_strbuf_ struct strbuf item = STRBUF_INIT;

	strbuf_append_char(&item, ' ');
	escape_append(&item, element, element_length);
	strbuf_append_char(&item, '[');
	escape_append(&item, attribute->name, attribute->name_length);
	strbuf_append_char(&item, ']');
	if (strbuf_error(&item) < 0)
		list->error = strbuf_error(&item);
	else if (!strstr(list->text, item.text))
		strbuf_append(list, item.text);
}

/* Append the attributes of `state` that `other` does not have, or has with another value. */
static void append_attributes(struct strbuf *list, const struct file_state *state,
			      const struct file_state *other)
{
	struct tag_pairs pairs = {
		.own = {.at = state->data, .end = state->data + state->size},
		.other = {.at = other->data, .end = other->data + other->size},
	};
	struct markup_cursor tag, other_tag;

	while (next_tag(&pairs.own, &tag)) {
		struct markup_cursor cursor = tag;
		struct markup_attribute attribute;
		bool found = find_pair(&pairs, tag, &other_tag);

		markup_skip_name(&cursor);
		while (markup_next_attribute(&cursor, &attribute))
			if (!found || !tag_has(other_tag, &attribute))
				append_attribute(list, tag.at, tag_name_length(tag), &attribute);
	}
}

static int print_stat(const struct change *change, enum version from)
{
	const struct file_state *old = &change->states[from], *new = &change->states[from ^ 1];
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT, list = STRBUF_INIT;

	change_append_path(&line, change);
	if (!old->data) {
		strbuf_append(&line, ": created");
		if (change->made_from)
			strbuf_appendf(&line, ", from %s", change->made_from);
	} else if (!new->data) {
		strbuf_append(&line, ": removed");
	} else {
		append_attributes(&list, new, old);
		append_attributes(&list, old, new);
		strbuf_appendf(&line, ": changed%s%s", list.length ? ":" : "", list.text);
	}
	if (strbuf_error(&line) || strbuf_error(&list))
		return -ENOMEM;
	puts(line.text);
	return 0;
}

int diff_print_stat(const struct changes *changes, enum version from)
{
	int r;

	for (size_t i = 0; i < changes->n; i++) {
		r = print_stat(&changes->items[i], from);
		if (r < 0)
			return r;
	}
	return 0;
}
