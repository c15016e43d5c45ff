/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/transaction.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "document/reason.h"
#include "installation/load.h"
#include "installation/split-state.h"
#include "sipisctl/transaction/directories.h"
#include "sipisctl/transaction/replace.h"
#include "sipisctl/transaction/store.h"

/* The states that a split goes through while its files are put into version `to`. */
struct transition {
	const char *from, *through, *end;
	enum version to;
};

static const struct transition transition_begin = {
	.from = SPLIT_PREPARING,
	.through = SPLIT_PENDING,
	.end = SPLIT_COMPLETE,
	.to = VERSION_NEW,
};

static const struct transition transitions_resume[] = {
	{
		.from = SPLIT_PENDING,
		.through = SPLIT_PENDING,
		.end = SPLIT_COMPLETE,
		.to = VERSION_NEW,
	},
	{
		.from = SPLIT_UNDOING,
		.through = SPLIT_UNDOING,
		.end = SPLIT_UNDONE,
		.to = VERSION_OLD,
	},
};

static const struct transition transitions_undo[] = {
	{
		.from = SPLIT_PENDING,
		.through = SPLIT_UNDOING,
		.end = SPLIT_UNDONE,
		.to = VERSION_OLD,
	},
	{
		.from = SPLIT_UNDOING,
		.through = SPLIT_UNDOING,
		.end = SPLIT_UNDONE,
		.to = VERSION_OLD,
	},
	{
		.from = SPLIT_COMPLETE,
		.through = SPLIT_UNDOING,
		.end = SPLIT_UNDONE,
		.to = VERSION_OLD,
	},
};

/* The open directories, the locked store, and the result of one run. */
struct split_context {
	const struct root *root;
	struct split_directories directories;
	struct split_store store; /* open and locked */
	struct transaction_result *result;
};

#define SPLIT_CONTEXT_INIT .directories = SPLIT_DIRECTORIES_INIT, .store = STORE_INIT

static void split_context_done(struct split_context *context)
{
	store_done(&context->store);
	split_directories_done(&context->directories);
}

void transaction_result_done(struct transaction_result *result)
{
	strbuf_done(&result->reason);
}

static enum transaction_end transaction_end_with(const struct split_context *context,
						 enum transaction_end end, int error)
{
	context->result->error = error;
	return end;
}

static enum transaction_end transaction_denied(const struct split_context *context,
					       const char *path, int error)
{
	context->result->path = path;
	return transaction_end_with(context, TRANSACTION_DENIED, error);
}

/* Turn 1, 0 with a reason, or a negative errno into the end of a transaction. */
static enum transaction_end transaction_judged(const struct split_context *context, int r)
{
	if (r < 0)
		return transaction_end_with(context, TRANSACTION_FAILED, r);
	return r > 0 ? TRANSACTION_DONE : TRANSACTION_REJECTED;
}

static enum transaction_end split_context_open_directories(struct split_context *context)
{
	const char *path;
	int r;

	r = split_directories_open(context->root, &context->directories, &path);
	return r < 0 ? transaction_denied(context, path, r) : TRANSACTION_DONE;
}

/* A missing store is TRANSACTION_ABSENT, unless it is created. */
static enum transaction_end split_context_open_store(struct split_context *context,
						     enum store_access access)
{
	int r;

	r = store_open(&context->directories, access, &context->store);
	if (r == -ENOENT && access != STORE_CREATE)
		return TRANSACTION_ABSENT;
	if (r < 0)
		return transaction_denied(context, SPLIT_STATE_DIRECTORY, r);
	return TRANSACTION_DONE;
}

/* --- from state to state ----------------------------------------------------------------- */

/* Block signals: the renames take milliseconds and should complete. */
static void block_signals(sigset_t *ret_before)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGQUIT);
	sigprocmask(SIG_BLOCK, &signals, ret_before);
}

/*
 * Put all files back because someone else changed one of them, which keeps what it has now. Then
 * the state is as before.
 */
static enum transaction_end transition_roll_back(const struct split_context *context,
						 const struct split_name *name,
						 struct changes *changes,
						 const struct transition *transition)
{
	_cleanup_strbuf_ struct strbuf another = STRBUF_INIT;
	enum version back = transition->to ^ 1;
	int r;

	/* 0: one more file was changed by someone else, and is kept from now on. */
	do {
		r = replace_prepare(&context->directories, changes, back, &another);
		if (r > 0)
			r = replace_commit(&context->directories, changes, back, &another);
		else if (r == 0)
			return TRANSACTION_STUCK;
	} while (r == 0);
	if (r < 0)
		return transaction_end_with(context, TRANSACTION_INTERRUPTED, r);

	r = store_set_state(&context->store, name, transition->through, transition->from);
	if (r < 0)
		return transaction_end_with(context, TRANSACTION_INTERRUPTED, r);
	r = store_synchronize(&context->store);
	if (r < 0)
		return transaction_end_with(context, TRANSACTION_NOT_DURABLE, r);
	return TRANSACTION_REJECTED;
}

/* Return true if all files were in one version before the transition. */
static bool transition_is_whole(const struct transition *transition)
{
	return !strcmp(transition->from, SPLIT_PREPARING) ||
	       !strcmp(transition->from, SPLIT_COMPLETE);
}

static enum transaction_end transition_replace(const struct split_context *context,
					       const struct split_name *name,
					       struct changes *changes,
					       const struct transition *transition)
{
	int r;

	r = replace_commit(&context->directories, changes, transition->to,
			   &context->result->reason);
	if (r < 0)
		return transaction_end_with(context, TRANSACTION_INTERRUPTED, r);
	if (r > 0)
		return TRANSACTION_DONE;
	return transition_is_whole(transition)
		       ? transition_roll_back(context, name, changes, transition)
		       : TRANSACTION_STUCK;
}

/*
 * Replace the files and set the states around it. The first state must be durable before the first
 * file changes, otherwise a power cut could leave a mixture that is not reported; the last state is
 * set after the files are durable.
 */
static enum transaction_end transition_commit(const struct split_context *context,
					      const struct split_name *name,
					      struct changes *changes,
					      const struct transition *transition)
{
	enum transaction_end end;
	int r;

	if (strcmp(transition->from, transition->through) != 0) {
		r = store_set_state(&context->store, name, transition->from, transition->through);
		if (r < 0) {
			(void)replace_discard(&context->directories);
			return transaction_end_with(context, TRANSACTION_FAILED, r);
		}
	}

	r = store_synchronize(&context->store);
	if (r < 0)
		return transaction_end_with(context, TRANSACTION_INTERRUPTED, r);
	end = transition_replace(context, name, changes, transition);
	if (end != TRANSACTION_DONE)
		return end;
	r = store_set_state(&context->store, name, transition->through, transition->end);
	if (r < 0)
		return transaction_end_with(context, TRANSACTION_INTERRUPTED, r);

	r = store_synchronize(&context->store);
	if (r < 0)
		return transaction_end_with(context, TRANSACTION_NOT_DURABLE, r);
	context->result->name = *name;
	context->result->origin = changes->origin;
	context->result->taken_back = transition->to == VERSION_OLD;
	return TRANSACTION_DONE;
}

static int check_directories(const struct split_context *context, const struct changes *changes)
{
	int r;

	for (size_t i = 0; i < changes->n; i++) {
		r = split_directory_check(&context->directories, changes->items[i].split_directory,
					  &context->result->reason);
		if (r <= 0)
			return r;
	}
	return 1;
}

/* Remove the record of an edit, which has no undo, and records that are too old. */
static void forget_records(const struct split_context *context, const struct split_name *name,
			   const struct changes *changes, const struct transition *transition)
{
	if (changes->origin == ORIGIN_EDIT)
		(void)store_set_state(&context->store, name, transition->end, SPLIT_PREPARING);
	(void)store_clean(&context->store);
	(void)store_prune(&context->store);
}

static enum transaction_end transition_run(const struct split_context *context,
					   const struct split_name *name, struct changes *changes,
					   const struct transition *transition)
{
	enum transaction_end end;
	sigset_t before;
	int r;

	block_signals(&before);
	r = check_directories(context, changes);
	if (r > 0)
		r = replace_prepare(&context->directories, changes, transition->to,
				    &context->result->reason);
	end = transaction_judged(context, r);
	if (end == TRANSACTION_FAILED)
		context->result->path = changes->failed;
	if (end == TRANSACTION_DONE)
		end = transition_commit(context, name, changes, transition);
	if (end == TRANSACTION_DONE)
		forget_records(context, name, changes, transition);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return end;
}

/* Find the first transition that a split waits for. Returns 1, 0 if none, or a negative errno. */
static int transition_find(const struct split_context *context,
			   const struct transition *transitions, size_t n,
			   struct split_name *ret_name, const struct transition **ret_transition)
{
	int r;

	for (size_t i = 0; i < n; i++) {
		r = store_find(&context->store, transitions[i].from, ret_name);
		if (r == 0)
			continue;
		*ret_transition = &transitions[i];
		return r;
	}
	return 0;
}

/* --- an old one -------------------------------------------------------------------------- */

/*
 * Find what a transition waits for, and read it. With `access` STORE_LOCK this also removes the
 * leftovers of a run that was killed while preparing.
 */
static enum transaction_end transaction_find(struct split_context *context,
					     enum store_access access,
					     const struct transition *transitions, size_t n,
					     struct split_name *ret_name,
					     const struct transition **ret_transition,
					     struct changes *ret_changes)
{
	enum transaction_end end;
	int r;

	end = split_context_open_directories(context);
	if (end != TRANSACTION_DONE)
		return end;
	end = split_context_open_store(context, access);
	if (end != TRANSACTION_DONE)
		return end;

	r = access == STORE_READ ? 0 : store_clean(&context->store);
	if (r < 0)
		return transaction_denied(context, SPLIT_STATE_DIRECTORY, r);
	r = transition_find(context, transitions, n, ret_name, ret_transition);
	if (r < 0)
		return transaction_denied(context, SPLIT_STATE_DIRECTORY, r);
	if (r == 0)
		return TRANSACTION_ABSENT;

	assert(*ret_transition);
	r = store_read(&context->store, ret_name, (*ret_transition)->from, ret_changes);
	if (r == -EBADMSG) {
		context->result->name = *ret_name;
		context->result->state = (*ret_transition)->from;
	}
	return r < 0 ? transaction_denied(context, SPLIT_STATE_DIRECTORY, r) : TRANSACTION_DONE;
}

/* `expected` NULL: whatever is found. */
static enum transaction_end transaction_continue(const struct root *root,
						 const struct transition *transitions, size_t n,
						 const struct store_entry *expected,
						 struct transaction_result *result)
{
	_cleanup_(split_context_done) struct split_context context = {
		SPLIT_CONTEXT_INIT,
		.root = root,
		.result = result,
	};
	_cleanup_(changes_done) struct changes changes = {};
	const struct transition *transition = NULL;
	enum transaction_end end;
	struct split_name name;

	end = transaction_find(&context, STORE_LOCK, transitions, n, &name, &transition, &changes);
	if (end != TRANSACTION_DONE)
		return end;
	assert(transition);
	if (expected && (strcmp(name.text, expected->name.text) != 0 ||
			 strcmp(transition->from, expected->state) != 0))
		return transaction_judged(
			&context,
			reason_set(&result->reason, NULL, "the settings were changed meanwhile"));
	return transition_run(&context, &name, &changes, transition);
}

enum transaction_end transaction_resume(const struct root *root, struct transaction_result *result)
{
	return transaction_continue(root, transitions_resume, ELEMENTSOF(transitions_resume), NULL,
				    result);
}

enum transaction_end transaction_undo(const struct root *root,
				      const struct transaction_record *record,
				      struct transaction_result *result)
{
	return transaction_continue(root, transitions_undo, ELEMENTSOF(transitions_undo),
				    &record->entry, result);
}

static void record_fill(struct transaction_record *record, const struct changes *changes)
{
	record->origin = changes->origin;
	for (size_t i = 0; i < VERSION_COUNT; i++)
		record->n_instances[i] = changes->n_instances[i];
}

enum transaction_end transaction_find_undo(const struct root *root,
					   struct transaction_record *ret_record,
					   struct changes *ret_changes,
					   struct transaction_result *result)
{
	_cleanup_(split_context_done) struct split_context context = {
		SPLIT_CONTEXT_INIT,
		.root = root,
		.result = result,
	};
	_cleanup_(changes_done) struct changes changes = {};
	const struct transition *transition = NULL;
	enum transaction_end end;
	struct split_name name;
	int r;

	end = transaction_find(&context, STORE_READ, transitions_undo, ELEMENTSOF(transitions_undo),
			       &name, &transition, &changes);
	if (end != TRANSACTION_DONE)
		return end;
	assert(transition);

	*ret_record = (struct transaction_record){
		.entry = {.name = name, .state = transition->from},
	};
	record_fill(ret_record, &changes);
	if (!ret_changes)
		return TRANSACTION_DONE;
	r = check_directories(&context, &changes);
	if (r > 0)
		r = replace_inspect(&context.directories, &changes, VERSION_OLD, &result->reason);
	*ret_changes = TAKE_STRUCT(changes);
	return transaction_judged(&context, r);
}

static bool is_listed(const struct store_entry *entry)
{
	return strcmp(entry->state, SPLIT_PREPARING) != 0 &&
	       strcmp(entry->state, SPLIT_UNDONE) != 0;
}

/* Returns 0 or a negative errno. */
static int list_records(const struct split_context *context,
			struct transaction_record **ret_records, size_t *ret_n)
{
	_cleanup_free_ struct transaction_record *records = NULL;
	_cleanup_free_ struct store_entry *entries = NULL;
	size_t n_entries, n = 0;
	int r;

	r = store_list(&context->store, &entries, &n_entries);
	if (r < 0)
		return r;
	records = calloc(n_entries + 1, sizeof(*records));
	if (!records)
		return -ENOMEM;

	for (size_t i = 0; i < n_entries; i++) {
		_cleanup_(changes_done) struct changes changes = {};

		if (!is_listed(&entries[i]))
			continue;
		r = store_read(&context->store, &entries[i].name, entries[i].state, &changes);
		if (r < 0 && r != -EBADMSG)
			return r;
		records[n].damaged = r < 0;
		records[n].entry = entries[i];
		record_fill(&records[n++], &changes);
	}
	*ret_records = TAKE_PTR(records);
	*ret_n = n;
	return 0;
}

enum transaction_end transaction_list(const struct root *root,
				      struct transaction_record **ret_records, size_t *ret_n,
				      struct transaction_result *result)
{
	_cleanup_(split_context_done) struct split_context context = {
		SPLIT_CONTEXT_INIT,
		.root = root,
		.result = result,
	};
	enum transaction_end end;
	int r;

	*ret_records = NULL;
	*ret_n = 0;
	end = split_context_open_directories(&context);
	if (end != TRANSACTION_DONE)
		return end;
	end = split_context_open_store(&context, STORE_READ);
	if (end != TRANSACTION_DONE)
		return end == TRANSACTION_ABSENT ? TRANSACTION_DONE : end;

	r = list_records(&context, ret_records, ret_n);
	return r < 0 ? transaction_denied(&context, SPLIT_STATE_DIRECTORY, r) : TRANSACTION_DONE;
}

/* --- a new one --------------------------------------------------------------------------- */

/*
 * Read everything again under the lock: the prompt may have been open for hours. Unchanged files
 * count too, as the plan was checked together with them. Returns 1, 0 with a reason, or a negative
 * errno.
 */
static int is_as_planned(const struct split_context *context, const struct installation *planned_on)
{
	_cleanup_(installation_done) struct installation installation = {};
	int r;

	r = load_installation(context->root, LOAD_BALANCER_ALONE, &installation);
	if (r < 0)
		return r;
	if (installation_is_same(&installation, planned_on))
		return 1;
	return reason_set(&context->result->reason, NULL, "the settings were changed meanwhile");
}

/* Find out whether something was interrupted; if not, remove what killed runs have left. */
static int prepare_store(const struct split_context *context, bool *ret_blocked)
{
	const struct transition *transition;
	struct split_name name;
	int r;

	r = transition_find(context, transitions_resume, ELEMENTSOF(transitions_resume), &name,
			    &transition);
	*ret_blocked = r > 0;
	if (r != 0)
		return r;
	r = store_clean(&context->store);
	if (r < 0)
		return r;
	return replace_discard(&context->directories);
}

static enum transaction_end transaction_prepare(struct split_context *context,
						const struct installation *installation,
						struct changes *changes)
{
	enum transaction_end end;
	bool blocked;
	int r;

	end = split_context_open_directories(context);
	if (end != TRANSACTION_DONE)
		return end;
	r = check_directories(context, changes);
	if (r <= 0)
		return transaction_judged(context, r);
	end = split_context_open_store(context, STORE_CREATE);
	if (end != TRANSACTION_DONE)
		return end;

	r = prepare_store(context, &blocked);
	if (r < 0)
		return transaction_end_with(context, TRANSACTION_FAILED, r);
	if (blocked)
		return TRANSACTION_BLOCKED;

	r = is_as_planned(context, installation);
	if (r == 1)
		r = changes_take_attributes(changes, &context->directories,
					    &context->result->reason);
	return transaction_judged(context, r);
}

enum transaction_end transaction_begin(const struct root *root,
				       const struct installation *installation,
				       struct changes *changes, struct transaction_result *result)
{
	_cleanup_(split_context_done) struct split_context context = {
		SPLIT_CONTEXT_INIT,
		.root = root,
		.result = result,
	};
	enum transaction_end end;
	struct split_name name;
	int r;

	end = transaction_prepare(&context, installation, changes);
	if (end != TRANSACTION_DONE)
		return end;

	r = store_add(&context.store, changes, &name);
	if (r < 0)
		return transaction_end_with(&context, TRANSACTION_FAILED, r);
	end = transition_run(&context, &name, changes, &transition_begin);
	if (end != TRANSACTION_DONE)
		(void)store_clean(&context.store);
	return end;
}

enum transaction_end transaction_check(const struct root *root, struct changes *changes,
				       struct transaction_result *result)
{
	_cleanup_(split_context_done) struct split_context context = {
		SPLIT_CONTEXT_INIT,
		.root = root,
		.result = result,
	};
	enum transaction_end end;
	int r;

	end = split_context_open_directories(&context);
	if (end != TRANSACTION_DONE)
		return end;
	r = check_directories(&context, changes);
	if (r > 0)
		r = changes_take_attributes(changes, &context.directories, &result->reason);
	return transaction_judged(&context, r);
}
