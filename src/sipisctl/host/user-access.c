/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/host/user-access.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "sipisctl/host/bounded.h"
#include "util/macro.h"

/* Ask one question. Returns 0, -ETIMEDOUT without an answer, or another negative errno. */
static int ask_once(void (*answer)(size_t at, void *answer, const void *context),
		    const void *context, void *ret_answer, size_t size)
{
	bool given = false;
	int r;

	r = bounded_ask(&(const struct bounded){
		.n = 1,
		.size = size,
		.answers = ret_answer,
		.given = &given,
		.answer = answer,
		.context = context,
	});
	if (r < 0)
		return r;
	return given ? 0 : -ETIMEDOUT;
}

/* --- users ------------------------------------------------------------------------------- */

struct found_user {
	int r;
	struct excerpt name, group;
	uid_t uid;
	gid_t gid;
	int n_groups;
	gid_t groups[NGROUPS_MAX];
};

static bool number_parse(const char *text, unsigned *ret_number)
{
	char *end;
	unsigned long number;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || number >= UINT_MAX)
		return false;
	*ret_number = (unsigned)number;
	return true;
}

/*
 * Return -ESRCH for an errno that getpwnam(3) lists for a name that does not exist, and otherwise
 * the error of the name service.
 */
static int lookup_error(void)
{
	switch (errno) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return -ESRCH;
	default:
		return -errno;
	}
}

static int find_gid(const char *name, gid_t *ret_gid)
{
	const struct group *group;

	if (number_parse(name, ret_gid))
		return 0;
	errno = 0;
	group = getgrnam(name);
	if (!group)
		return lookup_error();
	*ret_gid = group->gr_gid;
	return 0;
}

static const struct passwd *find_passwd(const char *name)
{
	unsigned uid;

	return number_parse(name, &uid) ? getpwuid(uid) : getpwnam(name);
}

static int found_add_groups(struct found_user *found, const char *const *names)
{
	for (; names && *names; names++) {
		int r;

		if (found->n_groups == NGROUPS_MAX)
			return -E2BIG;
		r = find_gid(*names, &found->groups[found->n_groups]);
		if (r < 0)
			return r;
		found->n_groups++;
	}
	return 0;
}

static int find_user(const struct user_names *names, struct found_user *found)
{
	const char *name = names->user && *names->user ? names->user : "root";
	const struct passwd *entry;
	const struct group *group;
	int r;

	found->name = excerpt(name);
	errno = 0;
	entry = find_passwd(name);
	if (!entry)
		return lookup_error();
	found->uid = entry->pw_uid;
	found->gid = entry->pw_gid;
	if (names->group && *names->group) {
		r = find_gid(names->group, &found->gid);
		if (r < 0)
			return r;
	}

	found->n_groups = NGROUPS_MAX;
	if (getgrouplist(entry->pw_name, found->gid, found->groups, &found->n_groups) < 0)
		return -E2BIG;
	group = getgrgid(found->gid);
	if (group)
		found->group = excerpt(group->gr_name);
	else
		snprintf(found->group.text, sizeof(found->group.text), "%u", found->gid);
	return found_add_groups(found, names->supplementary);
}

static void answer_user(size_t at _unused_, void *answer, const void *context)
{
	struct found_user *found = answer;

	found->r = find_user(context, found);
}

int user_find(const struct user_names *names, struct user *ret_user)
{
	_cleanup_free_ struct found_user *found = calloc(1, sizeof(*found));
	_cleanup_(user_done) struct user user = {};
	int r;

	if (!found)
		return -ENOMEM;
	r = ask_once(answer_user, names, found, sizeof(*found));
	if (r < 0)
		return r;
	if (found->r < 0)
		return found->r;

	user = (struct user){
		.name = found->name,
		.group = found->group,
		.uid = found->uid,
		.gid = found->gid,
		.n_groups = (size_t)found->n_groups,
		.groups = calloc((size_t)found->n_groups + 1, sizeof(*user.groups)),
	};
	if (!user.groups)
		return -ENOMEM;
	memcpy(user.groups, found->groups, user.n_groups * sizeof(*user.groups));
	*ret_user = TAKE_STRUCT(user);
	return 0;
}

void user_done(struct user *user)
{
	free(user->groups);
	*user = (struct user){};
}

static void answer_user_name(size_t at _unused_, void *answer, const void *context)
{
	const struct passwd *entry = getpwuid(*(const uid_t *)context);

	if (entry)
		*(struct excerpt *)answer = excerpt(entry->pw_name);
}

static void answer_group_name(size_t at _unused_, void *answer, const void *context)
{
	const struct group *entry = getgrgid(*(const gid_t *)context);

	if (entry)
		*(struct excerpt *)answer = excerpt(entry->gr_name);
}

static void id_name(void (*answer)(size_t at, void *answer, const void *context), unsigned id,
		    struct excerpt *ret_name)
{
	*ret_name = (struct excerpt){};
	if (ask_once(answer, &id, ret_name, sizeof(*ret_name)) < 0 || !ret_name->text[0])
		snprintf(ret_name->text, sizeof(ret_name->text), "%u", id);
}

void user_id_name(uid_t uid, struct excerpt *ret_name)
{
	id_name(answer_user_name, uid, ret_name);
}

void group_id_name(gid_t gid, struct excerpt *ret_name)
{
	id_name(answer_group_name, gid, ret_name);
}

/* --- access ------------------------------------------------------------------------------ */

struct access_context {
	const struct user *user;
	const struct user_access_question *questions;
};

static bool become_user(const void *context)
{
	const struct user *user = ((const struct access_context *)context)->user;

	return setgroups(user->n_groups, user->groups) >= 0 &&
	       setresgid(user->gid, user->gid, user->gid) >= 0 &&
	       setresuid(user->uid, user->uid, user->uid) >= 0;
}

static void answer_access(size_t at, void *answer, const void *context)
{
	const struct access_context *access_context = context;
	const struct user_access_question *question = &access_context->questions[at];

	*(int *)answer = access(question->path, question->mode) < 0 ? errno : 0;
}

static bool has_acl(const char *path)
{
	return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

static bool user_has_group(const struct user *user, gid_t group)
{
	for (size_t i = 0; i < user->n_groups; i++)
		if (user->groups[i] == group)
			return true;
	return user->gid == group;
}

/* Judge one file, whatever the way to it is. Returns 0, EACCES, or why it cannot be seen. */
static int judge_file(const struct user *user, const char *path, int mode)
{
	unsigned granted;
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == EACCES ? 0 : errno;
	granted = st.st_mode & 7;
	if (user->uid == 0)
		granted = 7;
	else if (st.st_uid == user->uid)
		granted = st.st_mode >> 6 & 7;
	else if (user_has_group(user, st.st_gid))
		granted = st.st_mode >> 3 & 7;
	if (((unsigned)mode & ~granted) == 0 || has_acl(path))
		return 0;
	return EACCES;
}

static int judge_path(const struct user *user, const char *path, int mode)
{
	_cleanup_free_ char *real = realpath(path, NULL);

	if (!real)
		return errno == EACCES || errno == ENOMEM ? 0 : errno;
	for (char *slash = strchr(real + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int error;

		*slash = 0;
		error = judge_file(user, real, X_OK);
		*slash = '/';
		if (error)
			return error;
	}
	return judge_file(user, real, mode);
}

static void answer_judged(size_t at, void *answer, const void *context)
{
	const struct access_context *access_context = context;
	const struct user_access_question *question = &access_context->questions[at];

	*(int *)answer = judge_path(access_context->user, question->path, question->mode);
}

int user_access_ask(const struct user *user, struct user_access_question *questions, size_t n)
{
	_cleanup_free_ int *errors = calloc(n + 1, sizeof(*errors));
	_cleanup_free_ bool *given = calloc(n + 1, sizeof(*given));
	const struct access_context context = {.user = user, .questions = questions};
	bool is_other = geteuid() != user->uid;
	struct bounded bounded = {
		.n = n,
		.size = sizeof(*errors),
		.answers = errors,
		.given = given,
		.enter = is_other && geteuid() == 0 ? become_user : NULL,
		.answer = is_other && geteuid() != 0 ? answer_judged : answer_access,
		.context = &context,
	};
	int r;

	if (!errors || !given)
		return -ENOMEM;
	r = bounded_ask(&bounded);
	/* In a container, root may be unable to become another user. */
	if (r == -EPERM) {
		bounded.enter = NULL;
		bounded.answer = answer_judged;
		r = bounded_ask(&bounded);
	}
	for (size_t i = 0; i < n; i++)
		questions[i].error = given[i] ? errors[i] : ETIMEDOUT;
	return r;
}

const char *access_error_text(int error)
{
	return error == ETIMEDOUT ? "the file system does not answer" : strerrordesc_np(error);
}

/* --- the way to a file ------------------------------------------------------------------- */

static void answer_real_path(size_t at _unused_, void *answer, const void *context)
{
	if (!realpath(context, answer))
		*(char *)answer = 0;
}

int file_real_path(const char *path, char ret_real[PATH_MAX])
{
	*ret_real = 0;
	return ask_once(answer_real_path, path, ret_real, PATH_MAX);
}

char *user_access_barrier(const struct user *user, const char *path)
{
	char real[PATH_MAX];

	if (file_real_path(path, real) < 0)
		return NULL;
	for (const char *slash = strchr(real, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = slash == real ? 1 : (size_t)(slash - real);
		_cleanup_free_ char *directory = strndup(real, length);
		struct user_access_question question = {.path = directory, .mode = X_OK};

		if (!directory || user_access_ask(user, &question, 1) < 0)
			return NULL;
		if (question.error == EACCES)
			return TAKE_PTR(directory);
	}
	return NULL;
}

/* --- facts ------------------------------------------------------------------------------- */

/* Return true if users who are neither owner nor group may pass every directory on the way. */
static bool is_reachable(const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	struct stat st;

	if (!real)
		return false;
	for (char *slash = strchr(real + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (stat(real, &st) < 0 || !(st.st_mode & S_IXOTH))
			return false;
		*slash = '/';
	}
	return true;
}

static void answer_facts(size_t at, void *answer, const void *context)
{
	const char *path = ((const char *const *)context)[at];
	struct file_facts *facts = answer;
	struct stat st;

	facts->is_link = lstat(path, &st) >= 0 && S_ISLNK(st.st_mode);
	if (stat(path, &st) < 0) {
		facts->error = errno;
		return;
	}
	facts->mode = st.st_mode;
	facts->uid = st.st_uid;
	facts->gid = st.st_gid;
	facts->device = st.st_dev;
	facts->inode = st.st_ino;
	facts->changed_usec =
		(uint64_t)st.st_ctim.tv_sec * 1000000 + (uint64_t)st.st_ctim.tv_nsec / 1000;
	facts->has_acl = has_acl(path);
	facts->is_reachable = is_reachable(path);
}

int file_facts_ask(const char *const *paths, struct file_facts *facts, size_t n)
{
	_cleanup_free_ bool *given = calloc(n + 1, sizeof(*given));
	int r;

	if (!given)
		return -ENOMEM;
	memset(facts, 0, n * sizeof(*facts));
	r = bounded_ask(&(const struct bounded){
		.n = n,
		.size = sizeof(*facts),
		.answers = facts,
		.given = given,
		.answer = answer_facts,
		.context = paths,
	});
	for (size_t i = 0; i < n; i++)
		if (!given[i])
			facts[i].error = ETIMEDOUT;
	return r;
}
