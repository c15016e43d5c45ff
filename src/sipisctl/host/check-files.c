/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks of the settings files: who can read them, and who can write them. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sipisctl/host/checks.h"
#include "util/escape.h"
#include "util/pathname.h"

/* --- users ------------------------------------------------------------------------------- */

static int report_user(const struct host *host, const struct host_user *user)
{
	const char *name = user->names.user;

	if (user->error == -ESRCH)
		return host_add(host, DIAGNOSTIC_SETTINGS_NOT_READABLE, &host_confdir,
				"instances run as the user %s, which does not exist, or in a group "
				"that does not: create it with systemd-sysusers",
				excerpt(name).text);
	return host_add(host, DIAGNOSTIC_SETTINGS_NOT_READABLE, &host_confdir,
			"instances run as the user %s, which cannot be looked up (%s): see "
			"getent passwd",
			excerpt(name).text, strerrordesc_np(-user->error));
}

int check_users(const struct host *host)
{
	for (size_t i = 0; i < host->n_users; i++) {
		int r;

		if (!host->users[i].error)
			continue;
		r = report_user(host, &host->users[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- read by SIPIS ----------------------------------------------------------------------- */

static int report_unreadable(const struct host *host, const struct user *user,
			     struct source *source, int error)
{
	_cleanup_free_ char *barrier = NULL;
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;

	if (error != EACCES)
		return host_add(host, DIAGNOSTIC_SETTINGS_NOT_READABLE, source,
				"the user %s cannot read this file (%s)", user->name.text,
				access_error_text(error));
	barrier = user_access_barrier(user, source->path);
	if (!barrier)
		return host_add(host, DIAGNOSTIC_SETTINGS_NOT_READABLE, source,
				"the user %s cannot read this file: chgrp %s and chmod g+r it",
				user->name.text, user->group.text);

	escape_append(&shown, barrier, strlen(barrier));
	if (host_is_shared(barrier))
		return host_add(host, DIAGNOSTIC_SETTINGS_NOT_READABLE, source,
				"the user %s cannot read this file, because it cannot pass %s: "
				"keep the file elsewhere",
				user->name.text, shown.text);
	return host_add(host, DIAGNOSTIC_SETTINGS_NOT_READABLE, source,
			"the user %s cannot read this file, because it cannot pass %s: chgrp %s "
			"and chmod g+x that directory",
			user->name.text, shown.text, user->group.text);
}

/* Files that a user has to read, and the questions about them. */
struct reading {
	struct source **sources;
	struct user_access_question *questions;
	size_t n;
};

static void reading_done(struct reading *reading)
{
	free(reading->sources);
	free(reading->questions);
}

static void reading_add(struct reading *reading, struct source *source)
{
	reading->questions[reading->n] = (struct user_access_question){
		.path = source->path,
		.mode = R_OK,
	};
	reading->sources[reading->n++] = source;
}

/* The load balancer's settings too: SIPIS finds its prefixes in them. */
static int check_readable_by(const struct host *host, size_t at)
{
	size_t max = host->installation->n_instances + 1;
	_cleanup_(reading_done) struct reading reading = {
		.sources = calloc(max, sizeof(*reading.sources)),
		.questions = calloc(max, sizeof(*reading.questions)),
	};
	const struct user *user = &host->users[at].user;
	int r;

	if (!reading.sources || !reading.questions)
		return -ENOMEM;
	for (size_t i = 0; i < host->installation->n_instances; i++)
		if (host->instances[i].is_checked && host->instances[i].user == at &&
		    host->instances[i].instance->source->data)
			reading_add(&reading, host->instances[i].instance->source);
	if (host_load_balancer_source(host))
		reading_add(&reading, host_load_balancer_source(host));

	r = user_access_ask(user, reading.questions, reading.n);
	for (size_t i = 0; r >= 0 && i < reading.n; i++)
		if (reading.questions[i].error)
			r = report_unreadable(host, user, reading.sources[i],
					      reading.questions[i].error);
	return r;
}

int check_settings_readable(const struct host *host)
{
	for (size_t i = 0; i < host->n_users; i++) {
		int r;

		if (host->users[i].error)
			continue;
		r = check_readable_by(host, i);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- read or written by others ----------------------------------------------------------- */

/* Return the group that should own the settings of an instance, or of all of them. */
static const char *group_name(const struct host *host, size_t user)
{
	return user < host->n_users && !host->users[user].error ? host->users[user].user.group.text
								: SIPIS_USER;
}

static void append_writer(struct strbuf *buf, const char *what, const char *name)
{
	strbuf_appendf(buf, "%s%s%s%s", buf->length ? ", " : "", what, *name ? " " : "", name);
}

/*
 * Append the users who can write the file. An owner can always give himself the right. If there is
 * an ACL, the bits of the group are its mask: some user has the right.
 */
static void append_writers(struct strbuf *buf, const struct file_facts *facts)
{
	struct excerpt name;

	if (facts->uid != 0) {
		user_id_name(facts->uid, &name);
		append_writer(buf, "its owner", name.text);
	}
	if (facts->mode & S_IWGRP && facts->has_acl) {
		append_writer(buf, "those in its ACL", "");
	} else if (facts->mode & S_IWGRP && facts->gid != 0) {
		group_id_name(facts->gid, &name);
		append_writer(buf, "its group", name.text);
	}
	if (facts->mode & S_IWOTH)
		append_writer(buf, "everybody", "");
}

/* `what` is how the message calls the file or directory at `path`. */
static int check_writers(const struct host *host, struct source *source, const char *path,
			 const struct file_facts *facts, const char *what, const char *group)
{
	_cleanup_strbuf_ struct strbuf writers = STRBUF_INIT;

	if (facts->error)
		return 0;
	append_writers(&writers, facts);
	if (strbuf_error(&writers) < 0 || !writers.length)
		return strbuf_error(&writers);
	if (host_is_shared(path))
		return host_add(host, DIAGNOSTIC_WRITABLE_SETTINGS, source,
				"%s can be written by others than root (%s): keep the settings in "
				"a directory of their own",
				what, writers.text);
	return host_add(host, DIAGNOSTIC_WRITABLE_SETTINGS, source,
			"%s can be written by others than root (%s): chown root:%s and chmod %s it",
			what, writers.text, group, S_ISDIR(facts->mode) ? "750" : "640");
}

static int check_secret(const struct host *host, struct source *source,
			const struct file_facts *facts, const char *group)
{
	if (facts->error || !(facts->mode & S_IROTH) || !facts->is_reachable)
		return 0;
	return host_add(host, DIAGNOSTIC_READABLE_SECRETS, source,
			"everybody on this machine can read this file and its passwords: chown "
			"root:%s and chmod 640 it",
			group);
}

/* What was read of one instance, or of LoadBalancer2. */
struct document {
	struct source *source;
	const char *group;
	bool is_secret;
};

static size_t list_documents(const struct host *host, struct document *documents)
{
	size_t n = 0;

	for (size_t i = 0; i < host->installation->n_instances; i++)
		if (host->instances[i].is_checked && host->instances[i].instance->source->data)
			documents[n++] = (struct document){
				.source = host->instances[i].instance->source,
				.group = group_name(host, host->instances[i].user),
				.is_secret = true,
			};
	if (host_load_balancer_source(host))
		documents[n++] = (struct document){
			.source = host_load_balancer_source(host),
			.group = group_name(host, 0),
		};
	return n;
}

static int check_documents(const struct host *host,
			   int (*check)(const struct host *host, const struct document *document,
					const struct file_facts *facts))
{
	size_t max = host->installation->n_instances + 1, n;
	_cleanup_free_ struct document *documents = calloc(max, sizeof(*documents));
	_cleanup_free_ const char **paths = calloc(max, sizeof(*paths));
	_cleanup_free_ struct file_facts *facts = calloc(max, sizeof(*facts));
	int r;

	if (!documents || !paths || !facts)
		return -ENOMEM;
	n = list_documents(host, documents);
	for (size_t i = 0; i < n; i++)
		paths[i] = documents[i].source->path;
	r = file_facts_ask(paths, facts, n);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = check(host, &documents[i], &facts[i]);
	return r;
}

static int check_document_secret(const struct host *host, const struct document *document,
				 const struct file_facts *facts)
{
	if (!document->is_secret)
		return 0;
	return check_secret(host, document->source, facts, document->group);
}

int check_secrets(const struct host *host)
{
	return check_documents(host, check_document_secret);
}

static int check_document_writers(const struct host *host, const struct document *document,
				  const struct file_facts *facts)
{
	return check_writers(host, document->source, document->source->path, facts, "this file",
			     document->group);
}

static int check_directory_writers(const struct host *host, struct source *source,
				   const char *directory, const char *what)
{
	struct file_facts facts;
	int r;

	r = file_facts_ask(&directory, &facts, 1);
	return r < 0 ? r
		     : check_writers(host, source, directory, &facts, what, group_name(host, 0));
}

int check_settings_writable(const struct host *host)
{
	_cleanup_free_ char *directory = pathname_directory(LOADBALANCER_SETTINGS);
	int r;

	if (!directory)
		return -ENOMEM;
	r = check_directory_writers(host, &host_confdir, SIPIS_CONFDIR, "this directory");
	if (r < 0)
		return r;
	r = check_documents(host, check_document_writers);
	if (r < 0 || !host_load_balancer_source(host))
		return r;
	return check_directory_writers(host, host_load_balancer_source(host), directory,
				       "the directory of this file");
}
