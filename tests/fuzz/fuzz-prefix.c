/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any text as a prefix and as a selector: what must hold whatever it says. */

#include <ctype.h>
#include <string.h>

#include "fuzz.h"
#include "selector/selector.h"
#include "selector/share.h"
#include "util/macro.h"

static bool same(const struct prefix *a, const struct prefix *b)
{
	return prefix_compare(a, b) == 0;
}

static void check_refused(enum prefix_error error, const char *text, const struct prefix *prefix)
{
	struct prefix untouched = {.bits = 0xff};
	char message[PREFIX_ERROR_MAX];
	size_t length;

	CHECK(same(prefix, &untouched));
	CHECK(prefix_strerror(error, text, message) == message);
	length = strlen(message);
	CHECK(length > 0 && length < PREFIX_ERROR_MAX - 1);
	for (size_t i = 0; i < length; i++)
		CHECK(message[i] >= ' ' && message[i] <= '~');
}

/* The canonical text reads back the same, and a text with a / is canonical but for its case. */
static void check_notation(const char *text, const struct prefix *prefix)
{
	char canonical[PREFIX_TEXT_MAX];
	struct prefix again = {};

	CHECK(prefix_format(prefix, canonical) == canonical);
	CHECK(prefix_parse(canonical, &again) == PREFIX_GOOD && same(prefix, &again));
	CHECK(!strchr(text, '/') || strcasecmp(text, canonical) == 0);
	for (const char *c = canonical; *c; c++)
		CHECK(!islower((unsigned char)*c));
}

static void check_space(const struct prefix *prefix)
{
	struct range range = prefix_range(prefix);
	struct share share = share_of_range(&range), of_prefix = share_of_prefix(prefix);
	struct prefix prefixes[RANGE_PREFIXES_MAX];

	CHECK(prefix->bits <= SELECTOR_BITS);
	CHECK(prefix_contains_prefix(prefix, prefix));
	CHECK(prefix_contains_selector(prefix, &range.first));
	CHECK(prefix_contains_selector(prefix, &range.last));
	if (selector_decrement(&range.first))
		CHECK(!prefix_contains_selector(prefix, &range.first));
	if (selector_increment(&range.last))
		CHECK(!prefix_contains_selector(prefix, &range.last));

	range = prefix_range(prefix);
	CHECK(range_prefixes(&range, prefixes) == 1 && same(&prefixes[0], prefix));
	CHECK(share_compare(&share, &of_prefix) == 0 && !share_is_zero(&share));
}

static void check_selector(const char *text, size_t length)
{
	struct prefix selector = {.bits = 0xff}, prefix;
	char digits[SELECTOR_DIGITS + 1] = "";

	if (!selector_parse(text, length, &selector)) {
		CHECK(selector.bits == 0xff);
		return;
	}
	CHECK(selector.bits > 0 && selector.bits <= SELECTOR_BITS && selector.bits % 4 == 0);
	CHECK(selector.bits == SELECTOR_BITS || length == selector.bits / 4U);
	memcpy(digits, text, selector.bits / 4U);
	CHECK(prefix_parse(digits, &prefix) == PREFIX_GOOD && same(&prefix, &selector));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	struct prefix prefix = {.bits = 0xff};
	enum prefix_error error;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = 0;

	check_selector(text, size);
	error = prefix_parse(text, &prefix);
	if (error) {
		check_refused(error, text, &prefix);
		return 0;
	}
	check_notation(text, &prefix);
	check_space(&prefix);
	return 0;
}
