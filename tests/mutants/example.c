/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mutate.awk makes of this file is in example.expected. A comment: a < b. */
#include <errno.h>
/* clang-format off */
#define LIMIT \
	(1 << 10)
/* clang-format on */

static const struct row rows[4] = {
	{"a < b && 1", .minimum = 3, .wanted = true},
};

enum {
	SMALL,
	LARGE = 0x10,
};

static int example(const char *text, size_t n)
{
	_cleanup_free_ char *copy = NULL;
	struct item item = {.n = 1}, *next = &item;
	char buffer[64];
	int r;

	assert(n > 0);
	if (!text)
		return -EINVAL;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"' && (n & 1)) // a remark: x + 1
			continue;
		call(text + 1, -1, &item, (struct pair){1, 2});
		if (a || !b)
			break;
	}

	switch (n) {
	case 2:
		r = first(text, "/* no comment", false);
		if (r < 0)
			return r;
		break;
	default:
		item.bits |= 1U;
	}
	return 0;
}
