/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "sipisctl/running/jobs.h"
#include "util/escape.h"

#define SETTLE_USEC (UINT64_C(1) * 1000 * 1000)

/* --- reading ----------------------------------------------------------------------------- */

static void close_journal(sd_journal **journal)
{
	sd_journal_close(*journal);
}

static int add_match(sd_journal *journal, const char *field, const char *value)
{
	struct strbuf match = STRBUF_INIT;
	int r;

	strbuf_appendf(&match, "%s=%s", field, value);
	r = strbuf_error(&match);
	if (r == 0)
		r = sd_journal_add_match(journal, match.text, match.length);
	strbuf_done(&match);
	return r;
}

/* What the unit's processes say, and what systemd says about it; of this boot. */
static int match_unit(sd_journal *journal, const char *unit)
{
	char id[SD_ID128_STRING_MAX];
	sd_id128_t boot;
	int r = add_match(journal, "_SYSTEMD_UNIT", unit);

	if (r >= 0)
		r = sd_journal_add_disjunction(journal);
	if (r >= 0)
		r = add_match(journal, "UNIT", unit);
	if (r >= 0)
		r = sd_journal_add_conjunction(journal);
	if (r >= 0)
		r = sd_id128_get_boot(&boot);
	return r < 0 ? r : add_match(journal, "_BOOT_ID", sd_id128_to_string(boot, id));
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
	const void *data;
	size_t length;
	int r = sd_journal_get_data(journal, "MESSAGE", &data, &length);

	if (r < 0 || length < strlen(field))
		return r == -ENOENT ? 0 : r;
	strbuf_append(buf, indent);
	append_time(buf, journal);
	escape_append(buf, (const char *)data + strlen(field), length - strlen(field));
	strbuf_append_char(buf, '\n');
	return strbuf_error(buf);
}

int unit_log_append(struct strbuf *buf, const char *unit, size_t n_lines, const char *indent)
{
	_cleanup_(close_journal) sd_journal *journal = NULL;
	int r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);

	if (r >= 0)
		r = match_unit(journal, unit);
	if (r >= 0)
		r = sd_journal_seek_tail(journal);
	if (r >= 0)
		r = sd_journal_previous_skip(journal, n_lines);
	while (r > 0) {
		r = append_entry(buf, journal, indent);
		if (r >= 0)
			r = sd_journal_next(journal);
	}
	return r < 0 ? r : 0;
}

/* --- writing ----------------------------------------------------------------------------- */

/* The identifiers stand in packaging/sipis-generator.catalog too. */
static const struct {
	const char *message_id;
	int priority;
} events[LOG_EVENT_COUNT] = {
	[LOG_APPLY_STARTED] = {"456fd94fde564256845708e920d5ad23", LOG_NOTICE },
	[LOG_APPLY_FINISHED] = {"b866048cab1046688a0fee8b57c479dc", LOG_NOTICE },
	[LOG_APPLY_FAILED] = {"666642f0946c4a4f90679630d4ed3fd1", LOG_ERR    },
	[LOG_APPLY_INTERRUPTED] = {"9d351f1324f34b6bab61adbcce554471", LOG_WARNING},
	[LOG_INSTANCE_SERVES] = {"2f1d481056ea48dc87c55258d20915e5", LOG_INFO   },
	[LOG_INSTANCE_FAILED] = {"b013a816f37d43748f2ab29c1cc81bec", LOG_ERR    },
};

/* Of this run. */
static unsigned n_written;
static uint64_t first_usec; /* of the wall clock */

void unit_log_write(enum unit_log_event event, const char *instance, const char *message)
{
	if (!n_written++)
		first_usec = (uint64_t)time(NULL) * 1000000;
	if (instance)
		sd_journal_send("MESSAGE=%s", message, "MESSAGE_ID=%s", events[event].message_id,
				"PRIORITY=%i", events[event].priority, "SIPIS_INSTANCE=%s",
				instance, NULL);
	else
		sd_journal_send("MESSAGE=%s", message, "MESSAGE_ID=%s", events[event].message_id,
				"PRIORITY=%i", events[event].priority, NULL);
}

static int open_own(sd_journal **ret_journal)
{
	char pid[sizeof("2147483647")];
	int r = sd_journal_open(ret_journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);

	snprintf(pid, sizeof(pid), "%d", getpid());
	if (r >= 0)
		r = add_match(*ret_journal, "_PID", pid);
	return r < 0 ? r : sd_journal_seek_realtime_usec(*ret_journal, first_usec);
}

/* The journal takes in turn what is sent to it, so it is enough to wait for our own. */
void unit_log_settle(void)
{
	_cleanup_(close_journal) sd_journal *journal = NULL;
	uint64_t now = now_usec(), deadline = now + SETTLE_USEC;
	int r = open_own(&journal);

	for (unsigned seen = 0; r >= 0 && seen < n_written && now < deadline; now = now_usec()) {
		r = sd_journal_next(journal);
		if (r > 0)
			seen++;
		else if (r == 0)
			r = sd_journal_wait(journal, deadline - now);
	}
}
