/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/journal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <syslog.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "installation/unit-names.h"
#include "sipisctl/running/loop.h"
#include "util/escape.h"

#define SETTLE_USEC (1 * USEC_PER_SEC)

/* --- reading ----------------------------------------------------------------------------- */

static void close_journal(sd_journal **journal)
{
	sd_journal_close(*journal);
}

static int journal_match(sd_journal *journal, const char *field, const char *value)
{
	_cleanup_strbuf_ struct strbuf match = STRBUF_INIT;

	strbuf_appendf(&match, "%s=%s", field, value);
	if (strbuf_error(&match))
		return strbuf_error(&match);
	return sd_journal_add_match(journal, match.text, match.length);
}

/* Any process can log UNIT=: believe PID 1 alone. journald itself adds fields that begin with _. */
static int journal_match_unit(sd_journal *journal, const char *unit)
{
	int r;

	r = journal_match(journal, "_SYSTEMD_UNIT", unit);
	if (r < 0)
		return r;
	r = sd_journal_add_disjunction(journal);
	if (r < 0)
		return r;
	r = journal_match(journal, "UNIT", unit);
	if (r < 0)
		return r;
	r = journal_match(journal, "_PID", "1");
	if (r < 0)
		return r;
	return sd_journal_add_conjunction(journal);
}

static int journal_match_boot(sd_journal *journal)
{
	char id[SD_ID128_STRING_MAX];
	sd_id128_t boot;
	int r;

	r = sd_id128_get_boot(&boot);
	if (r < 0)
		return r;
	return journal_match(journal, "_BOOT_ID", sd_id128_to_string(boot, id));
}

static void append_time(struct strbuf *buf, sd_journal *journal)
{
	char text[sizeof("23:59:59 ")];
	uint64_t usec = 0;
	time_t seconds;
	struct tm tm;

	sd_journal_get_realtime_usec(journal, &usec);
	seconds = (time_t)(usec / 1000000);
	if (localtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%H:%M:%S ", &tm))
		strbuf_append(buf, text);
}

static int append_entry(struct strbuf *buf, sd_journal *journal, const char *indent)
{
	static const char field[] = "MESSAGE=";
	const char *data;
	size_t length;
	int r;

	r = sd_journal_get_data(journal, "MESSAGE", (const void **)&data, &length);
	if (r == -ENOENT)
		return 0;
	if (r < 0 || length < strlen(field))
		return r;
	strbuf_append(buf, indent);
	append_time(buf, journal);
	escape_append(buf, data + strlen(field), length - strlen(field));
	strbuf_append_char(buf, '\n');
	return strbuf_error(buf);
}

static int journal_open(sd_journal **ret_journal)
{
	return sd_journal_open(ret_journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
}

int journal_append(struct strbuf *buf, const char *unit, size_t n_lines, const char *indent)
{
	_cleanup_(close_journal) sd_journal *journal = NULL;
	int r;

	r = journal_open(&journal);
	if (r < 0)
		return r;
	r = journal_match_unit(journal, unit);
	if (r < 0)
		return r;
	r = journal_match_boot(journal);
	if (r < 0)
		return r;
	r = sd_journal_seek_tail(journal);
	if (r < 0)
		return r;

	r = sd_journal_previous_skip(journal, n_lines);
	while (r > 0) {
		r = append_entry(buf, journal, indent);
		if (r >= 0)
			r = sd_journal_next(journal);
	}
	return r;
}

/* --- writing ----------------------------------------------------------------------------- */

/* packaging/sipis-generator.catalog has the same identifiers. */
static const struct {
	const char *message_id;
	int priority;
} events[JOURNAL_EVENT_COUNT] = {
	[JOURNAL_APPLY_STARTED] = {"456fd94fde564256845708e920d5ad23", LOG_NOTICE},
	[JOURNAL_APPLY_FINISHED] = {"b866048cab1046688a0fee8b57c479dc", LOG_NOTICE},
	[JOURNAL_APPLY_FAILED] = {"666642f0946c4a4f90679630d4ed3fd1", LOG_ERR},
	[JOURNAL_APPLY_INTERRUPTED] = {"9d351f1324f34b6bab61adbcce554471", LOG_WARNING},
	[JOURNAL_APPLY_UNDONE] = {"5e3ff1b849d14239b25cada5b4e5e720", LOG_WARNING},
	[JOURNAL_RELOADED] = {"83fbde9f69d64303bbbd53426291ce94", LOG_NOTICE},
	[JOURNAL_INSTANCE_SERVES] = {"2f1d481056ea48dc87c55258d20915e5", LOG_INFO},
	[JOURNAL_INSTANCE_FAILED] = {"b013a816f37d43748f2ab29c1cc81bec", LOG_ERR},
	[JOURNAL_SETTINGS_REPLACED] = {"a2e97890a2674abda7960544ba8d9c7b", LOG_NOTICE},
	[JOURNAL_SETTINGS_NOT_REPLACED] = {"e7fecea056dd4057a4262f7b9cce96db", LOG_ERR},
	[JOURNAL_INSTANCE_CHANGED] = {"4ca846110a0b42f2bf441b13f2f5b59e", LOG_INFO},
	[JOURNAL_LOAD_BALANCER_CHANGED] = {"c3d9b924e0314f108e49f1e23f5b34b2", LOG_INFO},
};

/* A journal that does not read takes no more after this, for all entries of this program. */
#define SEND_SECONDS 2

static void ignore_alarm(int signal _unused_)
{
}

/*
 * Have calls that block return -EINTR after some seconds: libsystemd has no limit of its own. The
 * alarm is repeated, as the first one may come before the call.
 */
static void alarm_begin(struct sigaction *ret_action, struct itimerval *ret_timer)
{
	struct sigaction action = {.sa_handler = ignore_alarm};
	struct itimerval timer = {.it_value.tv_sec = SEND_SECONDS, .it_interval.tv_sec = 1};

	sigaction(SIGALRM, &action, ret_action);
	setitimer(ITIMER_REAL, &timer, ret_timer);
}

static void alarm_end(const struct sigaction *action, const struct itimerval *timer)
{
	setitimer(ITIMER_REAL, timer, NULL);
	sigaction(SIGALRM, action, NULL);
}

/* The entries of this program. */
static unsigned n_written;
static uint64_t first_usec; /* wall clock */
static bool is_deaf;        /* the journal does not read */

static int journal_send(enum journal_event event, const char *instance, const char *message)
{
	if (!instance)
		return sd_journal_send("MESSAGE=%s", message, "MESSAGE_ID=%s",
				       events[event].message_id, "PRIORITY=%i",
				       events[event].priority, NULL);
	return sd_journal_send("MESSAGE=%s", message, "MESSAGE_ID=%s", events[event].message_id,
			       "PRIORITY=%i", events[event].priority, "SIPIS_INSTANCE=%s", instance,
			       "UNIT=%s", instance_unit(instance).text, NULL);
}

void journal_write(enum journal_event event, const char *instance, const char *message)
{
	struct sigaction action;
	struct itimerval timer;

	if (is_deaf)
		return;
	if (!n_written++)
		first_usec = (uint64_t)time(NULL) * USEC_PER_SEC;
	alarm_begin(&action, &timer);
	is_deaf = journal_send(event, instance, message) == -EINTR;
	alarm_end(&action, &timer);
}

static int journal_open_own(sd_journal **ret_journal)
{
	char pid[sizeof("2147483647")];
	int r;

	r = journal_open(ret_journal);
	if (r < 0)
		return r;
	snprintf(pid, sizeof(pid), "%d", getpid());
	r = journal_match(*ret_journal, "_PID", pid);
	if (r < 0)
		return r;
	return sd_journal_seek_realtime_usec(*ret_journal, first_usec);
}

/* journald processes entries in order: once ours can be read, so can everything sent before. */
void journal_settle(void)
{
	_cleanup_(close_journal) sd_journal *journal = NULL;
	uint64_t now = now_usec(), deadline = now + SETTLE_USEC;
	int r;

	r = journal_open_own(&journal);
	for (unsigned seen = 0; r >= 0 && seen < n_written && now < deadline; now = now_usec()) {
		r = sd_journal_next(journal);
		if (r > 0)
			seen++;
		else if (r == 0)
			r = sd_journal_wait(journal, deadline - now);
	}
}
