/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/apply/undo.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "sipisctl/apply/rolling.h"
#include "sipisctl/running/journal.h"
#include "sipisctl/running/loop.h"

/*
 * Set *ret_usec to the start of the oldest process that runs; UINT64_MAX: none runs. Returns 0 or a
 * negative errno.
 */
static int oldest_start(struct apply *apply, uint64_t *ret_usec)
{
	_cleanup_(unit_state_done) struct unit_state balancer = {};
	int r;

	*ret_usec = UINT64_MAX;
	r = systemd_unit_state(apply->systemd, LOAD_BALANCER_UNIT, &balancer);
	if (r < 0)
		return r;
	if (unit_text_is(balancer.active, "active") && balancer.started_usec)
		*ret_usec = balancer.started_usec;
	for (size_t i = 0; i < apply->n; i++) {
		const struct health *health = &apply->healths[i];

		if (health_runs(health) && health->state.started_usec &&
		    health->state.started_usec < *ret_usec)
			*ret_usec = health->state.started_usec;
	}
	return 0;
}

/* Returns 1 if the last change is a split that is complete, 0 if not, or a negative errno. */
static int find_record(const struct apply *apply, struct transaction_record *ret_record)
{
	_cleanup_(transaction_result_done) struct transaction_result result =
		TRANSACTION_RESULT_INIT;
	enum transaction_end end;

	end = transaction_find_undo(apply->options->root, ret_record, NULL, &result);
	if (end == TRANSACTION_ABSENT)
		return 0;
	if (end != TRANSACTION_DONE)
		return result.error ? result.error : -EBADMSG;
	return ret_record->origin == ORIGIN_SPLIT &&
	       !strcmp(ret_record->entry.state, SPLIT_COMPLETE);
}

/*
 * Compare the time of the record's directory, as the date in its name has whole seconds. It was
 * written before the files were replaced. Returns 1 if the split is newer, 0 if not, or a negative
 * errno.
 */
static int split_is_newer(const struct transaction_record *record, uint64_t usec)
{
	_cleanup_strbuf_ struct strbuf path = STRBUF_INIT;
	struct stat st;

	strbuf_appendf(&path, SPLIT_STATE_DIRECTORY "/%s", record->entry.name.text);
	if (strbuf_error(&path) < 0)
		return -ENOMEM;
	if (stat(path.text, &st) < 0)
		return -errno;
	return (uint64_t)st.st_mtim.tv_sec * USEC_PER_SEC + (uint64_t)st.st_mtim.tv_nsec / 1000 >
	       usec;
}

/* Report that --undo-on-failure is not possible. Returns 1. */
static int report_unreadable_split(int error)
{
	fprintf(stderr,
		"sipisctl: apply: " SPLIT_STATE_DIRECTORY ": the last split cannot be read (%s): "
		"correct this, or do not use --undo-on-failure; nothing was done\n",
		error == -EPERM     ? "others can write there"
		: error == -EBADMSG ? "its record is damaged"
				    : strerrordesc_np(-error));
	return 1;
}

int undo_find(struct apply *apply, struct apply_undo *ret_undo)
{
	_cleanup_strbuf_ struct strbuf reason = STRBUF_INIT;
	uint64_t oldest;
	int r;

	*ret_undo = (struct apply_undo){};
	r = apply_choose(apply);
	if (r < 0)
		return r;
	r = find_record(apply, &ret_undo->record);
	if (r < 0)
		return report_unreadable_split(r);
	ret_undo->has_split = r > 0;

	r = rolling_find_shape_change(apply, &reason);
	if (r < 0)
		return r;
	if (r > 0 && ret_undo->has_split) {
		r = oldest_start(apply, &oldest);
		if (r < 0)
			return r;
		r = split_is_newer(&ret_undo->record, oldest);
		if (r < 0)
			return report_unreadable_split(r);
		ret_undo->possible = r > 0;
	}
	apply_forget(apply);
	return 0;
}

bool undo_split(const struct apply *apply, const struct apply_undo *undo)
{
	_cleanup_(transaction_result_done) struct transaction_result result =
		TRANSACTION_RESULT_INIT;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	struct record_date date = record_date(&undo->record.entry.name);
	enum transaction_end end;
	bool undone;

	end = transaction_undo(apply->options->root, &undo->record, &result);
	undone = end == TRANSACTION_DONE || end == TRANSACTION_NOT_DURABLE;
	if (undone)
		strbuf_appendf(&text, "the split of %s is undone: %s", date.text,
			       apply->reason.length ? apply->reason.text
						    : "its settings do not serve");
	else
		strbuf_appendf(&text, "the split of %s cannot be undone: %s", date.text,
			       result.reason.length ? result.reason.text
			       : result.error       ? strerrordesc_np(-result.error)
						    : "a later change must be undone first");
	journal_write(undone ? JOURNAL_APPLY_UNDONE : JOURNAL_APPLY_FAILED, NULL, text.text);
	fprintf(stderr, "sipisctl: %s\n", text.text);
	return undone;
}
