/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit-log.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "escape.h"

/* --- reading ---------------------------------------------------------------------------------- */

static void close_journal(sd_journal **journal)
{
	sd_journal_close(*journal);
}

static int add_match(sd_journal *journal, const char *field, const char *unit)
{
	struct strbuf match = STRBUF_INIT;
	int r;

	strbuf_appendf(&match, "%s=%s", field, unit);
	r = strbuf_error(&match);
	if (r == 0)
		r = sd_journal_add_match(journal, match.text, match.length);
	strbuf_done(&match);
	return r;
}

/* What the unit's processes say, and what systemd says about it; of this boot. */
static int match_unit(sd_journal *journal, const char *unit)
{
	int r = add_match(journal, "_SYSTEMD_UNIT", unit);

	if (r >= 0)
		r = sd_journal_add_disjunction(journal);
	return r < 0 ? r : add_match(journal, "UNIT", unit);
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

/* --- writing ---------------------------------------------------------------------------------- */

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

void unit_log_write(enum unit_log_event event, const char *instance, const char *message)
{
	if (instance)
		sd_journal_send("MESSAGE=%s", message, "MESSAGE_ID=%s", events[event].message_id,
				"PRIORITY=%i", events[event].priority, "SIPIS_INSTANCE=%s",
				instance, NULL);
	else
		sd_journal_send("MESSAGE=%s", message, "MESSAGE_ID=%s", events[event].message_id,
				"PRIORITY=%i", events[event].priority, NULL);
}
