/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A systemd of another machine that says what it likes, for `sipisctl -H`: started in place of ssh,
 * it speaks D-Bus on standard input and output.
 *
 *     peer UNIT...     these units are loaded
 *     peer --many N    so many
 *
 * Every unit is active since the year 294247, uses all memory, and has control characters in every
 * text. PEER_SINCE and PEER_MEMORY are other microseconds since 1970 and bytes; with PEER_ASKED
 * only units are listed that are asked for, as systemd does it.
 */

#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#define HOSTILE "\x1b[31m\xe2\x80\xaeo\n"

struct peer {
	char **units;
	int n_units;
	unsigned n_many;
};

static int append_unit(sd_bus_message *reply, char **patterns, const char *name)
{
	bool wanted = !patterns || !getenv("PEER_ASKED");

	for (; patterns && *patterns && !wanted; patterns++)
		wanted = !fnmatch(*patterns, name, 0);
	if (!wanted)
		return 0;
	return sd_bus_message_append(reply, "(ssssssouso)", name, HOSTILE, "loaded", "active",
				     HOSTILE, "", "/", 0, "", "/");
}

static int answer_list(sd_bus_message *call, const struct peer *peer)
{
	sd_bus_message *reply = NULL;
	char name[64], **states = NULL, **patterns = NULL;
	int r = sd_bus_message_read_strv(call, &states);

	if (r >= 0)
		r = sd_bus_message_read_strv(call, &patterns);
	if (r >= 0)
		r = sd_bus_message_new_method_return(call, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(ssssssouso)");
	for (int i = 0; r >= 0 && i < peer->n_units; i++)
		r = append_unit(reply, patterns, peer->units[i]);
	for (unsigned i = 0; r >= 0 && i < peer->n_many; i++) {
		snprintf(name, sizeof(name), "sipis@%u.service", i);
		r = append_unit(reply, patterns, name);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static uint64_t number(const char *variable, uint64_t otherwise)
{
	const char *value = getenv(variable);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

static int append_text(sd_bus_message *reply, const char *name, const char *text)
{
	return sd_bus_message_append(reply, "{sv}", name, "s", text);
}

static int answer_properties(sd_bus_message *call)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(call, &reply);

	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "{sv}");
	if (r >= 0)
		r = append_text(reply, "LoadState", "loaded");
	if (r >= 0)
		r = append_text(reply, "ActiveState", "active");
	if (r >= 0)
		r = append_text(reply, "SubState", HOSTILE);
	if (r >= 0)
		r = append_text(reply, "Description", "SIPIS Settings1.xml, refused: " HOSTILE);
	if (r >= 0)
		r = append_text(reply, "Result", HOSTILE);
	if (r >= 0)
		r = sd_bus_message_append(reply, "{sv}", "ActiveEnterTimestamp", "t",
					  number("PEER_SINCE", INT64_MAX));
	if (r >= 0)
		r = sd_bus_message_append(reply, "{sv}", "MemoryCurrent", "t",
					  number("PEER_MEMORY", UINT64_MAX - 1));
	if (r >= 0)
		r = sd_bus_message_append(reply, "{sv}", "NRestarts", "u", UINT32_MAX);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static int answer(sd_bus_message *call, void *context, sd_bus_error *error)
{
	const char *member = sd_bus_message_get_member(call);

	(void)error;
	if (!member)
		return 0;
	if (!strcmp(member, "Hello"))
		return sd_bus_reply_method_return(call, "s", ":1.1");
	if (!strcmp(member, "ListUnitsByPatterns"))
		return answer_list(call, context);
	if (!strcmp(member, "GetAll"))
		return answer_properties(call);
	return sd_bus_reply_method_return(call, NULL);
}

static int serve(sd_bus *bus, struct peer *peer)
{
	sd_id128_t id;
	int r = sd_id128_randomize(&id);

	if (r >= 0)
		r = sd_bus_set_fd(bus, STDIN_FILENO, STDOUT_FILENO);
	if (r >= 0)
		r = sd_bus_set_server(bus, 1, id);
	if (r >= 0)
		r = sd_bus_set_anonymous(bus, 1);
	if (r >= 0)
		r = sd_bus_add_filter(bus, NULL, answer, peer);
	if (r >= 0)
		r = sd_bus_start(bus);
	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	return r;
}

int main(int argc, char **argv)
{
	struct peer peer = {.units = argv + 1, .n_units = argc - 1};
	sd_bus *bus = NULL;

	if (argc == 3 && !strcmp(argv[1], "--many"))
		peer = (struct peer){.n_many = (unsigned)strtoul(argv[2], NULL, 10)};
	if (sd_bus_new(&bus) < 0)
		return 1;
	(void)serve(bus, &peer);
	sd_bus_unref(bus);
	return 0;
}
