/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "document/value.h"

#include <errno.h>
#include <string.h>

#include "util/escape.h"
#include "util/pathname.h"

#define NAME_LENGTH_MAX 255

/* A finding about the value: LABEL "EXCERPT" FAULT. */
static int value_reject(struct value *value, enum diagnostic_code code,
			const struct value_label *label, const char *fault,
			struct diagnostics *diagnostics)
{
	struct strbuf excerpt = STRBUF_INIT;
	int r;

	value->bad = true;
	escape_append_excerpt(&excerpt, value->text);
	r = strbuf_error(&excerpt);
	if (r == 0)
		r = diagnostics_add(diagnostics, code, &value->place, NULL, "%s[%s] \"%s\" %s",
				    label->element, label->attribute, excerpt.text, fault);
	strbuf_done(&excerpt);
	return r;
}

static int judge_name(struct value *value, const struct value_label *label,
		      struct diagnostics *diagnostics)
{
	const char *fault = !value->text[0]                         ? "is empty"
			    : strlen(value->text) > NAME_LENGTH_MAX ? "is over 255 bytes long"
			    : text_has_control(value->text)         ? "has a control character"
								    : NULL;

	return fault ? value_reject(value, DIAGNOSTIC_BAD_NAME, label, fault, diagnostics) : 0;
}

static int judge_port(struct value *value, const struct value_label *label,
		      struct diagnostics *diagnostics)
{
	if (port_parse(value->text, &value->port))
		return 0;
	return value_reject(value, DIAGNOSTIC_BAD_PORT, label,
			    "is not a decimal number from 1 to 65535", diagnostics);
}

static int judge_address(struct value *value, const struct value_label *label,
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

static int judge_path(struct value *value, const struct value_label *label,
		      struct diagnostics *diagnostics)
{
	const char *fault = pathname_fault(value->text);
	struct strbuf text = STRBUF_INIT;
	int r;

	if (fault) {
		strbuf_appendf(&text, "is not an absolute path of a file: %s", fault);
		r = strbuf_error(&text);
		if (r == 0)
			r = value_reject(value, DIAGNOSTIC_BAD_PATH, label, text.text, diagnostics);
		strbuf_done(&text);
		return r;
	}
	pathname_normalize(value->text);
	return 0;
}

static int judge_boolean(struct value *value, const struct value_label *label,
			 struct diagnostics *diagnostics)
{
	value->yes = !strcmp(value->text, "Yes");
	if (value->yes || !strcmp(value->text, "No"))
		return 0;
	return value_reject(value, DIAGNOSTIC_BAD_BOOLEAN, label, "is neither Yes nor No",
			    diagnostics);
}

static int judge_endpoint(struct value *value, const struct value_label *label,
			  struct diagnostics *diagnostics)
{
	if (endpoint_parse(value->text, &value->address, &value->port))
		return 0;
	value->address.kind = ADDRESS_UNKNOWN;
	return value_reject(value, DIAGNOSTIC_BAD_ADDRESS, label,
			    "is not Host:Port (an IPv6 address stands in brackets)", diagnostics);
}

static int judge_optional_endpoint(struct value *value, const struct value_label *label,
				   struct diagnostics *diagnostics)
{
	if (value->text[0])
		return judge_endpoint(value, label, diagnostics);
	*value = (struct value){};
	return 0;
}

static int judge_prefix(struct value *value, const struct value_label *label,
			struct diagnostics *diagnostics)
{
	enum prefix_error error = prefix_parse(value->text, &value->prefix);
	char fault[PREFIX_ERROR_MAX];

	if (error == PREFIX_GOOD)
		return 0;
	return value_reject(value, DIAGNOSTIC_BAD_PREFIX, label,
			    prefix_strerror(error, value->text, fault), diagnostics);
}

static int judge_nothing(struct value *value, const struct value_label *label,
			 struct diagnostics *diagnostics)
{
	return 0;
}

int value_judge(struct value *value, enum value_type type, const struct value_label *label,
		struct diagnostics *diagnostics)
{
	static int (*const judges[])(struct value *, const struct value_label *,
				     struct diagnostics *) = {
		[VALUE_TEXT] = judge_nothing,
		[VALUE_NAME] = judge_name,
		[VALUE_PORT] = judge_port,
		[VALUE_ADDRESS] = judge_address,
		[VALUE_ENDPOINT] = judge_endpoint,
		[VALUE_OPTIONAL_ENDPOINT] = judge_optional_endpoint,
		[VALUE_PREFIX] = judge_prefix,
		[VALUE_PATH] = judge_path,
		[VALUE_BOOLEAN] = judge_boolean,
	};

	return judges[type](value, label, diagnostics);
}
