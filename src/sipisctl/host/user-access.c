/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/host/user-access.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "util/macro.h"

/* --- users ------------------------------------------------------------------------------- */

static int find_groups(const char *name, struct user *user)
{
	int n = 16;

	for (;;) {
		int room = n;
		gid_t *grown = reallocarray(user->groups, (size_t)n, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		user->groups = grown;
		if (getgrouplist(name, user->gid, user->groups, &n) >= 0)
			break;
		if (n <= room)
			return -EIO;
	}
	user->n_groups = n;
	return 0;
}

int user_find(const char *name, struct user *ret_user)
{
	_cleanup_(user_done) struct user user = {};
	const struct passwd *entry;
	int r;

	errno = 0;
	entry = getpwnam(name);
	if (!entry)
		return errno == ENOMEM ? -ENOMEM : -ESRCH;
	user.uid = entry->pw_uid;
	user.gid = entry->pw_gid;
	r = find_groups(name, &user);
	if (r < 0)
		return r;
	*ret_user = user;
	user = (struct user){};
	return 0;
}

void user_done(struct user *user)
{
	free(user->groups);
	*user = (struct user){};
}

static bool user_has_group(const struct user *user, gid_t group)
{
	for (int i = 0; i < user->n_groups; i++)
		if (user->groups[i] == group)
			return true;
	return false;
}

/* --- asking the kernel ------------------------------------------------------------------- */

static void ask_directly(struct access_question *questions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		questions[i].error = access(questions[i].path, questions[i].mode) < 0 ? errno : 0;
}

/* In a process that becomes the user: whoever it can't become is not judged. */
static _Noreturn void answer_as(const struct user *user, struct access_question *answers, size_t n)
{
	if (setgroups((size_t)user->n_groups, user->groups) < 0 ||
	    setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		_exit(1);
	ask_directly(answers, n);
	_exit(0);
}

static int ask_as(const struct user *user, struct access_question *questions, size_t n)
{
	size_t size = n * sizeof(*questions);
	struct access_question *shared;
	int status = 1; /* so they stay unanswered where there can be no such process */
	pid_t child;

	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -ENOMEM;
	memcpy(shared, questions, size);
	child = fork();
	if (child == 0)
		answer_as(user, shared, n);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	for (size_t i = 0; status == 0 && i < n; i++)
		questions[i].error = shared[i].error;
	munmap(shared, size);
	return 0;
}

/* --- judging by modes -------------------------------------------------------------------- */

static bool has_acl(const char *path)
{
	return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

/* One file, whatever the way to it is. 0, EACCES, or why it can't be seen. */
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
	int r = 0;

	if (!real)
		return errno == EACCES || errno == ENOMEM ? 0 : errno;
	for (char *slash = strchr(real + 1, '/'); r == 0 && slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		r = judge_file(user, real, X_OK);
		*slash = '/';
	}
	return r ? r : judge_file(user, real, mode);
}

static void judge(const struct user *user, struct access_question *questions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		questions[i].error = judge_path(user, questions[i].path, questions[i].mode);
}

int access_ask(const struct user *user, struct access_question *questions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		questions[i].error = 0;
	if (!n)
		return 0;
	if (geteuid() == user->uid)
		ask_directly(questions, n);
	else if (geteuid() == 0)
		return ask_as(user, questions, n);
	else
		judge(user, questions, n);
	return 0;
}

char *access_barrier(const struct user *user, const char *path)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *directory = strndup(path, (size_t)(slash - path));
		struct access_question question = {.path = directory, .mode = X_OK};

		if (!directory || access_ask(user, &question, 1) < 0)
			return NULL;
		if (question.error == EACCES)
			return TAKE_PTR(directory);
	}
	return NULL;
}
