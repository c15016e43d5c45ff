/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/host/bounded.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "sipisctl/running/loop.h"
#include "util/close-others.h"
#include "util/macro.h"

/* All questions together. */
#define DEADLINE_USEC (4 * USEC_PER_SEC)

/* When nothing was answered for so long, another child asks the next questions. */
#define STALL_MSEC 200

#define WORKERS_MAX 16

/* What a child writes for each answer, or if it cannot ask. */
#define BYTE_GIVEN  'g'
#define BYTE_DENIED 'd'

/* Shared with the children. The answers and the flags of `given` follow. */
struct board {
	atomic_size_t next; /* the question that is asked next */
};

struct session {
	const struct bounded *bounded;
	struct board *board;
	size_t board_size;
	char *answers;
	bool *given;
	int read_fd, write_fd; /* a pipe with the bytes above */
	pid_t workers[WORKERS_MAX];
	size_t n_workers, n_given;
};

/* --- in a child -------------------------------------------------------------------------- */

static _Noreturn void worker_run(struct session *session)
{
	const struct bounded *bounded = session->bounded;
	size_t at;

	close_others(session->write_fd, -1);
	if (bounded->enter && !bounded->enter(bounded->context))
		_exit(write(session->write_fd, &(char){BYTE_DENIED}, 1) < 0);
	/* After enter(): a change of the user clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);

	while ((at = atomic_fetch_add(&session->board->next, 1)) < bounded->n) {
		bounded->answer(at, session->answers + at * bounded->size, bounded->context);
		session->given[at] = true;
		if (write(session->write_fd, &(char){BYTE_GIVEN}, 1) < 0)
			_exit(1);
	}
	_exit(0);
}

/* --- in the parent ----------------------------------------------------------------------- */

static int worker_start(struct session *session)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		worker_run(session);
	session->workers[session->n_workers++] = pid;
	return 0;
}

static int session_open(struct session *session)
{
	const struct bounded *bounded = session->bounded;
	int pipe_fds[2];

	session->board_size =
		sizeof(*session->board) + bounded->n * (bounded->size + sizeof(*session->given));
	session->board = mmap(NULL, session->board_size, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (session->board == MAP_FAILED) {
		session->board = NULL;
		return -ENOMEM;
	}
	session->answers = (char *)(session->board + 1);
	session->given = (bool *)(session->answers + bounded->n * bounded->size);

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	session->read_fd = pipe_fds[0];
	session->write_fd = pipe_fds[1];
	return worker_start(session);
}

/* A child that hangs in the kernel ends later than its SIGKILL: do not wait for it. */
static void session_close(struct session *session)
{
	bool complete = session->n_given == session->bounded->n;

	for (size_t i = 0; i < session->n_workers; i++) {
		if (!complete)
			kill(session->workers[i], SIGKILL);
		while (waitpid(session->workers[i], NULL, complete ? 0 : WNOHANG) < 0 &&
		       errno == EINTR)
			;
	}
	closep(&session->read_fd);
	closep(&session->write_fd);
	if (session->board)
		munmap(session->board, session->board_size);
}

/* Count the answers that have come. Returns 0, or -EPERM if a child cannot ask. */
static int session_count(struct session *session)
{
	char bytes[4096];
	ssize_t length = read(session->read_fd, bytes, sizeof(bytes));

	if (length < 0)
		return errno == EINTR ? 0 : -errno;
	if (memchr(bytes, BYTE_DENIED, (size_t)length))
		return -EPERM;
	session->n_given += (size_t)length;
	return 0;
}

/* Wait until all answers are given or the deadline has passed. */
static int session_wait(struct session *session)
{
	uint64_t deadline = now_usec() + DEADLINE_USEC;
	struct pollfd poll_fd = {.fd = session->read_fd, .events = POLLIN};

	while (session->n_given < session->bounded->n && now_usec() < deadline) {
		int r = poll(&poll_fd, 1, STALL_MSEC);

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r > 0) {
			r = session_count(session);
			if (r < 0)
				return r;
		}
		/* The other children go on if no other one can be started. */
		if (r == 0 && poll_fd.revents == 0 && session->n_workers < WORKERS_MAX &&
		    session->board->next < session->bounded->n)
			(void)worker_start(session);
	}
	return 0;
}

int bounded_ask(const struct bounded *bounded)
{
	_cleanup_(session_close) struct session session = {
		.bounded = bounded,
		.read_fd = -1,
		.write_fd = -1,
	};
	int r;

	if (!bounded->n)
		return 0;
	r = session_open(&session);
	if (r < 0)
		return r;
	r = session_wait(&session);
	if (r < 0)
		return r;

	for (size_t i = 0; i < bounded->n; i++) {
		bounded->given[i] = session.given[i];
		if (bounded->given[i])
			memcpy((char *)bounded->answers + i * bounded->size,
			       session.answers + i * bounded->size, bounded->size);
	}
	return 0;
}
