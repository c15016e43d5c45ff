/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checks of the settings files: who can read them, and who can write them. */

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "sipisctl/host/checks.h"
#include "util/escape.h"
#include "util/pathname.h"

/* --- read by SIPIS ----------------------------------------------------------------------- */

static int report_unreadable(const struct host *host, struct source *source)
{
	_cleanup_free_ char *barrier = access_barrier(&host->user, source->path);

	if (barrier)
		return host_add(host, DIAGNOSTIC_SETTINGS_NOT_READABLE, source,
				"the user " SIPIS_USER " can't read this file, as it can't pass "
				"%s: chgrp %s and chmod g+x that directory",
				barrier, host->group);
	return host_add(host, DIAGNOSTIC_SETTINGS_NOT_READABLE, source,
			"the user " SIPIS_USER " can't read this file: chgrp %s and chmod g+r it",
			host->group);
}

/* The load balancer's settings too: a process finds its own prefixes in them. */
int check_settings_readable(const struct host *host)
{
	_cleanup_free_ struct access_question *questions = NULL;
	int r;

	if (!host->has_user)
		return host_add(host, DIAGNOSTIC_SETTINGS_NOT_READABLE, &host_confdir,
				"there is no user " SIPIS_USER " that could read the settings: "
				"create it with systemd-sysusers or useradd --system " SIPIS_USER);
	questions = calloc(host->n_documents + 1, sizeof(*questions));
	if (!questions)
		return -ENOMEM;
	for (size_t i = 0; i < host->n_documents; i++)
		questions[i] = (struct access_question){
			.path = host->documents[i]->path,
			.mode = R_OK,
		};
	r = access_ask(&host->user, questions, host->n_documents);
	for (size_t i = 0; r >= 0 && i < host->n_documents; i++)
		if (questions[i].error == EACCES)
			r = report_unreadable(host, host->documents[i]);
	return r;
}

/* --- read by everybody ------------------------------------------------------------------- */

/* May those who are neither owner nor group pass every directory on the way? */
static bool is_reachable_by_others(const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	struct stat st;

	for (char *slash = real ? strchr(real + 1, '/') : NULL; slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (stat(real, &st) < 0 || !(st.st_mode & S_IXOTH))
			return false;
		*slash = '/';
	}
	return real;
}

int check_secrets(const struct host *host)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < host->n_documents; i++) {
		struct source *source = host->documents[i];
		struct stat st;

		if (source == host->installation->load_balancer_source ||
		    stat(source->path, &st) < 0 || !(st.st_mode & S_IROTH) ||
		    !is_reachable_by_others(source->path))
			continue;
		r = host_add(host, DIAGNOSTIC_READABLE_SECRETS, source,
			     "everybody on this machine can read this file and its passwords: "
			     "chown root:%s and chmod 640 it",
			     host->group);
	}
	return r;
}

/* --- written by others than root --------------------------------------------------------- */

static void append_writer(struct strbuf *buf, const char *what, const char *name, unsigned id)
{
	_cleanup_free_ char *shown = name ? escape_excerpt(name) : NULL;

	if (buf->length)
		strbuf_append(buf, ", ");
	if (shown)
		strbuf_appendf(buf, "%s %s", what, shown);
	else
		strbuf_appendf(buf, "%s %u", what, id);
}

/*
 * Who can write it: an owner can always give himself the right. Where there is an ACL the bits of
 * the group are its mask: somebody has the right, whatever the group is.
 */
static void append_writers(struct strbuf *buf, const char *path, const struct stat *st)
{
	bool has_acl = getxattr(path, "system.posix_acl_access", NULL, 0) > 0;

	if (st->st_uid != 0) {
		const struct passwd *owner = getpwuid(st->st_uid);

		append_writer(buf, "its owner", owner ? owner->pw_name : NULL, st->st_uid);
	}
	if (st->st_mode & S_IWGRP && has_acl) {
		strbuf_append(buf, buf->length ? ", " : "");
		strbuf_append(buf, "those in its ACL");
	} else if (st->st_mode & S_IWGRP && st->st_gid != 0) {
		const struct group *group = getgrgid(st->st_gid);

		append_writer(buf, "its group", group ? group->gr_name : NULL, st->st_gid);
	}
	if (st->st_mode & S_IWOTH) {
		strbuf_append(buf, buf->length ? ", " : "");
		strbuf_append(buf, "everybody");
	}
}

/* `what` is how the finding calls the file or directory at `path`. */
static int check_writers(const struct host *host, struct source *source, const char *path,
			 const char *what)
{
	struct strbuf writers = STRBUF_INIT;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return 0;
	append_writers(&writers, path, &st);
	r = strbuf_error(&writers);
	if (r == 0 && writers.length)
		r = host_add(host, DIAGNOSTIC_WRITABLE_SETTINGS, source,
			     "%s can be written by others than root (%s): chown root:%s and "
			     "chmod %s it",
			     what, writers.text, host->group, S_ISDIR(st.st_mode) ? "750" : "640");
	strbuf_done(&writers);
	return r;
}

static int check_load_balancer_directory(const struct host *host)
{
	_cleanup_free_ char *directory = pathname_directory(LOADBALANCER_SETTINGS);

	if (!directory)
		return -ENOMEM;
	return check_writers(host, host->installation->load_balancer_source, directory,
			     "the directory of this file");
}

int check_settings_writable(const struct host *host)
{
	int r = check_writers(host, &host_confdir, SIPIS_CONFDIR, "this directory");

	for (size_t i = 0; r >= 0 && i < host->n_documents; i++)
		r = check_writers(host, host->documents[i], host->documents[i]->path, "this file");
	if (r >= 0 && host->installation->load_balancer_usable)
		r = check_load_balancer_directory(host);
	return r;
}
