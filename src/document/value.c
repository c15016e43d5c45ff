/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/value.h"

#include <assert.h>
#include <string.h>

#include "util/escape.h"
#include "util/pathname.h"

#define NAME_LENGTH_MAX 255

/* Report a finding: LABEL "EXCERPT" FAULT. */
static int value_reject(struct value *value, enum diagnostic_code code,
			const struct value_label *label, const char *fault,
			struct diagnostics *diagnostics)
{
	value->bad = true;
	return diagnostics_add(diagnostics, code, &value->place, NULL, "%s[%s] \"%s\" %s",
			       label->element, label->attribute, excerpt(value->text).text, fault);
}

static int value_judge_name(struct value *value, const struct value_label *label,
			    struct diagnostics *diagnostics)
{
	const char *fault = NULL;

	if (!value->text[0])
		fault = "is empty";
	else if (strlen(value->text) > NAME_LENGTH_MAX)
		fault = "is over 255 bytes long";
	else if (text_has_control(value->text))
		fault = "has a control character";

	if (!fault)
		return 0;
	return value_reject(value, DIAGNOSTIC_BAD_NAME, label, fault, diagnostics);
}

static int value_judge_port(struct value *value, const struct value_label *label,
			    struct diagnostics *diagnostics)
{
	if (port_parse(value->text, &value->port))
		return 0;
	return value_reject(value, DIAGNOSTIC_BAD_PORT, label,
			    "is not a decimal number from 1 to 65535", diagnostics);
}

static int value_judge_address(struct value *value, const struct value_label *label,
			       struct diagnostics *diagnostics)
{
	if (!value->text[0]) {
		*value = (struct value){};
		return 0;
	}
	if (address_parse(value->text, &value->address))
		return 0;

	value->address.kind = ADDRESS_UNKNOWN;
	return value_reject(value, DIAGNOSTIC_BAD_ADDRESS, label,
			    "is not an IP address or host name", diagnostics);
}

static int value_judge_path(struct value *value, const struct value_label *label,
			    struct diagnostics *diagnostics)
{
	const char *fault = pathname_fault(value->text);

	if (!fault) {
		pathname_normalize(value->text);
		return 0;
	}

	value->bad = true;
	return diagnostics_add(diagnostics, DIAGNOSTIC_BAD_PATH, &value->place, NULL,
			       "%s[%s] \"%s\" is not an absolute path of a file: %s",
			       label->element, label->attribute, excerpt(value->text).text, fault);
}

static int value_judge_boolean(struct value *value, const struct value_label *label,
			       struct diagnostics *diagnostics)
{
	value->yes = !strcmp(value->text, "Yes");

	if (value->yes || !strcmp(value->text, "No"))
		return 0;
	return value_reject(value, DIAGNOSTIC_BAD_BOOLEAN, label, "is neither Yes nor No",
			    diagnostics);
}

static const char *endpoint_fault(const char *text)
{
	const char *colon = strrchr(text, ':');
	uint16_t port;

	if (!colon)
		return "is not Host:Port";
	if (!port_parse(colon + 1, &port))
		return "is not Host:Port: the port is not a decimal number from 1 to 65535";
	if (strchr(text, ':') != colon && text[0] != '[')
		return "is not Host:Port: an IPv6 address needs brackets";
	return "is not Host:Port: the host is not an IP address or host name";
}

static int value_judge_endpoint(struct value *value, const struct value_label *label,
				struct diagnostics *diagnostics)
{
	if (endpoint_parse(value->text, &value->address, &value->port))
		return 0;

	value->address.kind = ADDRESS_UNKNOWN;
	return value_reject(value, DIAGNOSTIC_BAD_ADDRESS, label, endpoint_fault(value->text),
			    diagnostics);
}

static int value_judge_optional_endpoint(struct value *value, const struct value_label *label,
					 struct diagnostics *diagnostics)
{
	if (value->text[0])
		return value_judge_endpoint(value, label, diagnostics);

	*value = (struct value){};
	return 0;
}

static int value_judge_prefix(struct value *value, const struct value_label *label,
			      struct diagnostics *diagnostics)
{
	enum prefix_error error = prefix_parse(value->text, &value->prefix);
	char fault[PREFIX_ERROR_MAX];

	if (error == PREFIX_GOOD)
		return 0;

	return value_reject(value, DIAGNOSTIC_BAD_PREFIX, label,
			    prefix_strerror(error, value->text, fault), diagnostics);
}

static int value_judge_text(struct value *value, const struct value_label *label,
			    struct diagnostics *diagnostics)
{
	return 0;
}

int value_judge(struct value *value, enum value_type type, const struct value_label *label,
		struct diagnostics *diagnostics)
{
	static int (*const judges[])(struct value *, const struct value_label *,
				     struct diagnostics *) = {
		[VALUE_TEXT] = value_judge_text,
		[VALUE_NAME] = value_judge_name,
		[VALUE_PORT] = value_judge_port,
		[VALUE_ADDRESS] = value_judge_address,
		[VALUE_PATH] = value_judge_path,
		[VALUE_BOOLEAN] = value_judge_boolean,
		[VALUE_ENDPOINT] = value_judge_endpoint,
		[VALUE_OPTIONAL_ENDPOINT] = value_judge_optional_endpoint,
		[VALUE_PREFIX] = value_judge_prefix,
	};

	assert(value->text);

	return judges[type](value, label, diagnostics);
}
