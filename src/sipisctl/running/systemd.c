/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/running/systemd.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "installation/unit-names.h"
#include "sipisctl/running/loop.h"
#include "util/array.h"
#include "util/escape.h"

#define UNITS_PATH     SYSTEMD_PATH "/unit"
#define PRIVATE_SOCKET "unix:path=/run/systemd/private"

/* For one try of a question, and for connecting. */
#define QUESTION_USEC (10 * USEC_PER_SEC)

/* Before another machine answers, ssh may ask for a password. */
#define REMOTE_USEC (60 * USEC_PER_SEC)

/* Where the deadline is near or has passed. */
#define LEAST_USEC (1 * USEC_PER_SEC)

/* Between two tries. */
#define RETRY_USEC (50 * USEC_PER_MSEC)

/* PID 1 replaces its socket in an instant: if there is none for longer, systemd does not run. */
#define ABSENT_USEC RETRY_USEC

struct systemd {
	struct systemd_target target; /* borrowed */
	sd_bus *bus;                  /* NULL: not connected */
	char *complaint;              /* owned */
	uint64_t deadline;
	bool silent; /* the last call was not answered */
	int (*connected)(sd_bus *bus, void *context);
	void *context;
};

static bool systemd_is_remote(const struct systemd *systemd)
{
	return systemd->target.host || systemd->target.container;
}

static uint64_t systemd_question_usec(const struct systemd *systemd)
{
	return systemd_is_remote(systemd) ? REMOTE_USEC : QUESTION_USEC;
}

/* --- connecting -------------------------------------------------------------------------- */

static void systemd_disconnect(struct systemd *systemd)
{
	if (!systemd->bus)
		return;
	/* Never flush: that waits for a peer that may not answer. */
	(void)sd_bus_detach_event(systemd->bus);
	systemd->bus = sd_bus_close_unref(systemd->bus);
}

static int bus_open_private(sd_bus **ret_bus)
{
	_cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
	int r;

	r = sd_bus_new(&bus);
	if (r < 0)
		return r;
	r = sd_bus_set_address(bus, PRIVATE_SOCKET);
	if (r < 0)
		return r;
	r = sd_bus_start(bus);
	if (r < 0)
		return r;
	*ret_bus = TAKE_PTR(bus);
	return 0;
}

static int bus_open(const struct systemd_target *target, sd_bus **ret_bus)
{
	if (target->host)
		return sd_bus_open_system_remote(ret_bus, target->host);
	if (target->container)
		return sd_bus_open_system_machine(ret_bus, target->container);
	return sd_bus_open_system(ret_bus);
}

static bool bus_is_ready_or_closed(void *context)
{
	sd_bus *bus = context;

	return sd_bus_is_ready(bus) != 0 || sd_bus_is_open(bus) <= 0;
}

/* Wait until the bus has authenticated the caller: libsystemd's own limit for this is 90 s. */
static int systemd_attach(struct systemd *systemd)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	int r;

	r = sd_event_default(&event);
	if (r < 0)
		return r;
	r = sd_bus_attach_event(systemd->bus, event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		return r;
	r = loop_wait(bus_is_ready_or_closed, systemd->bus,
		      now_usec() + systemd_question_usec(systemd));
	if (r == -ETIME)
		return -ETIMEDOUT;
	if (r < 0)
		return r;
	if (sd_bus_is_ready(systemd->bus) <= 0)
		return -ECONNREFUSED;
	return systemd->connected ? systemd->connected(systemd->bus, systemd->context) : 0;
}

static int systemd_connect(struct systemd *systemd)
{
	bool private_first =
		!systemd_is_remote(systemd) && geteuid() == 0 && !getenv("DBUS_SYSTEM_BUS_ADDRESS");
	int r = -ENOENT;

	systemd_disconnect(systemd);
	if (private_first)
		r = bus_open_private(&systemd->bus);
	if (r < 0)
		r = bus_open(&systemd->target, &systemd->bus);
	if (r < 0)
		return r;
	r = systemd_attach(systemd);
	if (r < 0)
		systemd_disconnect(systemd);
	return r;
}

int systemd_open(const struct systemd_target *target, struct systemd **ret_systemd)
{
	_cleanup_(systemd_closep) struct systemd *systemd = calloc(1, sizeof(*systemd));
	int r;

	if (!systemd)
		return -ENOMEM;
	if (target)
		systemd->target = *target;
	r = systemd_connect(systemd);
	if (r < 0)
		return r;
	*ret_systemd = TAKE_PTR(systemd);
	return 0;
}

/* Return true for errors of connecting that pass when PID 1 has executed itself again. */
static bool error_may_pass(int error)
{
	static const int errors[] = {ENOENT, ECONNREFUSED, ECONNRESET, EPIPE, ENOTCONN, ETIMEDOUT};

	for (size_t i = 0; i < ELEMENTSOF(errors); i++)
		if (error == -errors[i])
			return true;
	return false;
}

int systemd_open_until(uint64_t deadline, struct systemd **ret_systemd)
{
	uint64_t absent_until = now_usec() + ABSENT_USEC;
	int r;

	for (;;) {
		r = systemd_open(NULL, ret_systemd);
		if (r >= 0 || !error_may_pass(r) || now_usec() + RETRY_USEC >= deadline)
			break;
		if (r == -ENOENT && now_usec() >= absent_until)
			break;
		r = loop_wait(NULL, NULL, now_usec() + RETRY_USEC);
		if (r != -ETIME)
			break;
	}
	if (r >= 0)
		systemd_set_deadline(*ret_systemd, deadline);
	return r;
}

void systemd_close(struct systemd *systemd)
{
	if (!systemd)
		return;
	systemd_disconnect(systemd);
	free(systemd->complaint);
	free(systemd);
}

void systemd_set_deadline(struct systemd *systemd, uint64_t deadline)
{
	systemd->deadline = deadline;
}

int systemd_on_connect(struct systemd *systemd, int (*connected)(sd_bus *bus, void *context),
		       void *context)
{
	systemd->connected = connected;
	systemd->context = context;
	return systemd->connected && systemd->bus ? connected(systemd->bus, context) : 0;
}

/* --- calls ------------------------------------------------------------------------------- */

bool systemd_was_silent(const struct systemd *systemd)
{
	return systemd->silent;
}

const char *systemd_complaint(const struct systemd *systemd)
{
	return systemd->complaint;
}

static void systemd_set_complaint(struct systemd *systemd, const char *text)
{
	_cleanup_strbuf_ struct strbuf shown = STRBUF_INIT;

	freep(&systemd->complaint);
	systemd->complaint = NULL;
	if (!text)
		return;
	escape_append(&shown, text, strlen(text));
	(void)strbuf_take(&shown, &systemd->complaint);
}

static int append_patterns(sd_bus_message *message, const char *const *patterns)
{
	int r;

	r = sd_bus_message_append(message, "as", 0); /* in any state */
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(message, 'a', "s");
	for (; r >= 0 && *patterns; patterns++)
		r = sd_bus_message_append_basic(message, 's', *patterns);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int call_make_message(const struct systemd_call *call, sd_bus *bus,
			     sd_bus_message **ret_message)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	r = sd_bus_message_new_method_call(
		bus, &message, SYSTEMD_DESTINATION, call->path ? call->path : SYSTEMD_PATH,
		call->interface ? call->interface : SYSTEMD_MANAGER, call->member);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ELEMENTSOF(call->texts) && call->texts[i]; i++) {
		r = sd_bus_message_append_basic(message, 's', call->texts[i]);
		if (r < 0)
			return r;
	}
	if (call->patterns) {
		r = append_patterns(message, call->patterns);
		if (r < 0)
			return r;
	}
	*ret_message = TAKE_PTR(message);
	return 0;
}

static int reply_arrived(sd_bus_message *message, void *context, sd_bus_error *error _unused_)
{
	sd_bus_message **reply = context;

	*reply = sd_bus_message_ref(message);
	return 0;
}

static bool has_reply(void *context)
{
	sd_bus_message **reply = context;

	return *reply != NULL;
}

/*
 * Return true if an error reply was not made by systemd, but in its place: by libsystemd when the
 * connection was lost or the time was up, or by the D-Bus daemon while nothing has systemd's name.
 */
static bool error_is_silence(const sd_bus_error *error)
{
	static const char *const names[] = {
		SD_BUS_ERROR_NO_REPLY,        SD_BUS_ERROR_TIMEOUT,
		SD_BUS_ERROR_DISCONNECTED,    SD_BUS_ERROR_NAME_HAS_NO_OWNER,
		SD_BUS_ERROR_SERVICE_UNKNOWN,
	};
	static const char spawn[] = "org.freedesktop.DBus.Error.Spawn.";

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (sd_bus_error_has_name(error, names[i]))
			return true;
	return !strncmp(error->name, spawn, strlen(spawn));
}

/* The time for one try ends at the deadline, but is never too short for an answer. */
static uint64_t systemd_call_usec(const struct systemd *systemd, const struct systemd_call *call)
{
	uint64_t timeout = call->timeout ? call->timeout : systemd_question_usec(systemd);
	uint64_t now = now_usec(), left = systemd->deadline > now ? systemd->deadline - now : 0;

	if (!systemd->deadline || left >= timeout)
		return timeout;
	return left > LEAST_USEC ? left : LEAST_USEC;
}

/*
 * Make a call once, over a connection that is there. Returns 0; -ETIMEDOUT if systemd did not
 * answer; or another negative errno.
 */
static int systemd_call_once(struct systemd *systemd, const struct systemd_call *call,
			     sd_bus_message **ret_reply)
{
	const sd_bus_error *error;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	uint64_t timeout = systemd_call_usec(systemd, call);
	int r;

	r = call_make_message(call, systemd->bus, &message);
	if (r < 0)
		return r;
	r = sd_bus_call_async(systemd->bus, &slot, message, reply_arrived, &reply, timeout);
	if (r < 0)
		return r;
	r = loop_wait(has_reply, &reply, now_usec() + timeout);
	if (r < 0)
		return r == -ETIME ? -ETIMEDOUT : r;

	error = sd_bus_message_get_error(reply);
	if (error && error_is_silence(error))
		return -ETIMEDOUT;
	if (error) {
		systemd_set_complaint(systemd, error->message);
		r = -sd_bus_message_get_errno(reply);
		return r == -ETIMEDOUT ? -EIO : r;
	}
	if (ret_reply)
		*ret_reply = TAKE_PTR(reply);
	return 0;
}

/* Connect where that is needed, and make a call. */
static int systemd_try(struct systemd *systemd, const struct systemd_call *call,
		       sd_bus_message **ret_reply)
{
	int r = 0;

	systemd->silent = true;
	if (!systemd->bus || sd_bus_is_ready(systemd->bus) <= 0)
		r = systemd_connect(systemd);
	if (r < 0)
		return r;
	r = systemd_call_once(systemd, call, ret_reply);
	systemd->silent = r == -ETIMEDOUT || r == -ENOTCONN || r == -ECONNRESET || r == -EPIPE;
	return r;
}

int systemd_call(struct systemd *systemd, const struct systemd_call *call,
		 sd_bus_message **ret_reply)
{
	int r;

	for (;;) {
		systemd_set_complaint(systemd, NULL);
		r = systemd_try(systemd, call, ret_reply);
		if (r >= 0 || !systemd->silent || r == -EINTR || r == -ENOMEM ||
		    now_usec() + RETRY_USEC >= systemd->deadline)
			return r;
		r = loop_wait(NULL, NULL, now_usec() + RETRY_USEC);
		if (r != -ETIME)
			return r;
	}
}

/* --- a unit ------------------------------------------------------------------------------ */

void unit_state_done(struct unit_state *state)
{
	free(state->load);
	free(state->active);
	free(state->sub);
	free(state->description);
	free(state->fragment);
	names_free(state->drop_ins);
	names_free(state->wants);
	free(state->freezer);
	free(state->result);
	free(state->program);
	free(state->control_group);
	free(state->user);
	free(state->group);
	names_free(state->supplementary_groups);
	names_free(state->after);
	free(state->network_path);
	*state = (struct unit_state){};
}

bool unit_text_is(const char *text, const char *word)
{
	return text && !strcmp(text, word);
}

void unit_append_unmask(struct strbuf *buf, const struct unit_state *state, const char *unit)
{
	const char *file = state->fragment ? state->fragment : "";
	const char *slash = strrchr(file, '/');
	bool is_template = slash && !strcmp(slash + 1, TEMPLATE_UNIT);

	strbuf_appendf(buf, "systemctl unmask %s%s",
		       !strncmp(file, "/run/", strlen("/run/")) ? "--runtime " : "",
		       is_template ? TEMPLATE_UNIT : unit);
}

bool unit_is_frozen(const struct unit_state *state)
{
	return state->freezer && (!strncmp(state->freezer, "frozen", strlen("frozen")) ||
				  !strncmp(state->freezer, "freezing", strlen("freezing")));
}

bool unit_wants(const struct unit_state *state, const char *other)
{
	for (char **wanted = state->wants; wanted && *wanted; wanted++)
		if (!strcmp(*wanted, other))
			return true;
	return false;
}

static int read_text(sd_bus_message *message, void *target)
{
	char **owner = target;
	const char *text;
	int r;

	r = sd_bus_message_read_basic(message, 's', &text);
	if (r <= 0)
		return r;
	free(*owner);
	*owner = strdup(text);
	return *owner ? 0 : -ENOMEM;
}

static int read_texts(sd_bus_message *message, void *target)
{
	char ***owner = target;

	names_free(*owner);
	*owner = NULL;
	return sd_bus_message_read_strv(message, owner);
}

static int read_time(sd_bus_message *message, void *target)
{
	return sd_bus_message_read_basic(message, 't', target);
}

static int read_count(sd_bus_message *message, void *target)
{
	return sd_bus_message_read_basic(message, 'u', target);
}

static int read_pid(sd_bus_message *message, void *target)
{
	uint32_t pid = 0;
	int r = sd_bus_message_read_basic(message, 'u', &pid);

	*(pid_t *)target = (pid_t)pid;
	return r;
}

static int read_boolean(sd_bus_message *message, void *target)
{
	int boolean = 0;
	int r = sd_bus_message_read_basic(message, 'b', &boolean);

	*(bool *)target = boolean;
	return r;
}

/* The property has the number of the job, or 0, and its path. */
static int read_job(sd_bus_message *message, void *target)
{
	uint32_t job = 0;
	int r = sd_bus_message_read(message, "(uo)", &job, NULL);

	*(bool *)target = job != 0;
	return r;
}

/* Read the path of the first program of ExecStart=, and skip the rest. */
static int read_program(sd_bus_message *message, void *target)
{
	static const char command[] = "sasbttttuii";
	char **program = target;
	int r;

	r = sd_bus_message_enter_container(message, 'a', "(sasbttttuii)");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(message, 'r', command)) > 0) {
		bool first = !*program;

		if (first)
			r = read_text(message, program);
		if (r >= 0)
			r = sd_bus_message_skip(message, first ? command + 1 : command);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* The properties that are read; all others are skipped. */
static const struct {
	const char *name, *type;
	size_t offset; /* in struct unit_state */
	int (*read)(sd_bus_message *message, void *target);
} properties[] = {
#define PROPERTY(text, signature, field, function)                                                 \
	{                                                                                          \
		.name = (text), .type = (signature), .offset = offsetof(struct unit_state, field), \
		.read = (function),                                                                \
	}
	PROPERTY("LoadState", "s", load, read_text),
	PROPERTY("ActiveState", "s", active, read_text),
	PROPERTY("SubState", "s", sub, read_text),
	PROPERTY("Description", "s", description, read_text),
	PROPERTY("FragmentPath", "s", fragment, read_text),
	PROPERTY("DropInPaths", "as", drop_ins, read_texts),
	PROPERTY("Wants", "as", wants, read_texts),
	PROPERTY("NeedDaemonReload", "b", need_daemon_reload, read_boolean),
	PROPERTY("Job", "(uo)", has_job, read_job),
	PROPERTY("ActiveEnterTimestamp", "t", active_usec, read_time),
	PROPERTY("FreezerState", "s", freezer, read_text),
	PROPERTY("Result", "s", result, read_text),
	PROPERTY("ExecStart", "a(sasbttttuii)", program, read_program),
	PROPERTY("ControlGroup", "s", control_group, read_text),
	PROPERTY("User", "s", user, read_text),
	PROPERTY("Group", "s", group, read_text),
	PROPERTY("SupplementaryGroups", "as", supplementary_groups, read_texts),
	PROPERTY("After", "as", after, read_texts),
	PROPERTY("NetworkNamespacePath", "s", network_path, read_text),
	PROPERTY("PrivateNetwork", "b", private_network, read_boolean),
	PROPERTY("MainPID", "u", main_pid, read_pid),
	PROPERTY("MemoryCurrent", "t", memory, read_time),
	PROPERTY("ExecMainStartTimestamp", "t", started_usec, read_time),
	PROPERTY("NRestarts", "u", restarts, read_count),
#undef PROPERTY
};

static int read_property(sd_bus_message *reply, struct unit_state *state)
{
	const char *name;
	int r;

	r = sd_bus_message_read_basic(reply, 's', &name);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ELEMENTSOF(properties); i++) {
		if (strcmp(properties[i].name, name) != 0)
			continue;
		r = sd_bus_message_enter_container(reply, 'v', properties[i].type);
		if (r < 0)
			return r;
		r = properties[i].read(reply, (char *)state + properties[i].offset);
		return r < 0 ? r : sd_bus_message_exit_container(reply);
	}
	return sd_bus_message_skip(reply, "v");
}

static int read_properties(sd_bus_message *reply, struct unit_state *state)
{
	int r;

	r = sd_bus_message_enter_container(reply, 'a', "{sv}");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		r = read_property(reply, state);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
		if (r < 0)
			return r;
	}
	return r;
}

int systemd_unit_state(struct systemd *systemd, const char *unit, struct unit_state *ret_state)
{
	_cleanup_(unit_state_done) struct unit_state state = {.memory = UNKNOWN_MEMORY};
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_free_ char *path = NULL;
	struct systemd_call call = {
		.interface = "org.freedesktop.DBus.Properties",
		.member = "GetAll",
		.texts = {""}, /* of all interfaces */
	};
	int r;

	r = sd_bus_path_encode(UNITS_PATH, unit, &path);
	if (r < 0)
		return r;
	call.path = path;
	r = systemd_call(systemd, &call, &reply);
	if (r < 0)
		return r;
	r = read_properties(reply, &state);
	if (r < 0)
		return r;
	*ret_state = TAKE_STRUCT(state);
	return 0;
}

/* --- lists ------------------------------------------------------------------------------- */

static void listed_unit_done(struct listed_unit *unit)
{
	free(unit->name);
	free(unit->load);
	free(unit->active);
	free(unit->job);
	*unit = (struct listed_unit){};
}

void unit_list_done(struct unit_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		listed_unit_done(&list->items[i]);
	free(list->items);
	*list = (struct unit_list){};
}

const struct listed_unit *unit_list_find(const struct unit_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

bool listed_unit_is_up(const struct listed_unit *unit)
{
	return strcmp(unit->active, "inactive") != 0 && strcmp(unit->active, "failed") != 0;
}

static int unit_list_add(struct unit_list *list, const char *name, const char *load,
			 const char *active, const char *job)
{
	_cleanup_(listed_unit_done) struct listed_unit unit = {
		.name = strdup(name),
		.load = strdup(load),
		.active = strdup(active),
		.job = job ? strdup(job) : NULL,
	};

	if (!unit.name || !unit.load || !unit.active || (job && !unit.job))
		return -ENOMEM;
	if (list->n >= UNITS_MAX)
		return -E2BIG;
	if (ARRAY_RESERVE(list->items, list->n, list->capacity) < 0)
		return -ENOMEM;
	list->items[list->n++] = TAKE_STRUCT(unit);
	return 0;
}

static int read_list(sd_bus_message *reply, struct unit_list *list)
{
	const char *name, *load, *active, *job;
	uint32_t job_id;
	int r;

	r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(reply, "(ssssssouso)", &name, NULL, &load, &active, NULL,
					NULL, NULL, &job_id, NULL, &job)) > 0) {
		r = unit_list_add(list, name, load, active, job_id ? job : NULL);
		if (r < 0)
			return r;
	}
	return r;
}

/* Copy the instance of a unit. Returns false if the unit is not an instance. */
static bool copy_instance(const char *unit, char ret[INSTANCE_LENGTH_MAX + 1])
{
	size_t length;
	const char *instance = unit_instance(unit, &length);

	if (!instance)
		return false;
	memcpy(ret, instance, length);
	ret[length] = 0;
	return true;
}

/* Compare in the order in which instances are shown everywhere; other units come first. */
static int listed_unit_compare(const void *a, const void *b)
{
	const struct listed_unit *one = a, *other = b;
	char x[INSTANCE_LENGTH_MAX + 1], y[INSTANCE_LENGTH_MAX + 1];
	bool x_is = copy_instance(one->name, x), y_is = copy_instance(other->name, y);

	if (x_is != y_is)
		return x_is ? 1 : -1;
	return x_is ? instance_compare(x, y) : strverscmp(one->name, other->name);
}

int systemd_list(struct systemd *systemd, const char *const *patterns, struct unit_list *ret_list)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(unit_list_done) struct unit_list list = {};
	struct systemd_call call = {.member = "ListUnitsByPatterns", .patterns = patterns};
	int r;

	r = systemd_call(systemd, &call, &reply);
	if (r < 0)
		return r;
	r = read_list(reply, &list);
	if (r < 0)
		return r;
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), listed_unit_compare);
	*ret_list = TAKE_STRUCT(list);
	return 0;
}

void names_free(char **names)
{
	for (char **name = names; name && *name; name++)
		free(*name);
	free(names);
}
