/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installation/load.h"
#include "util/escape.h"
#include "util/strbuf.h"

int report_failure(const char *what, int error)
{
	fprintf(stderr, "sipisctl: %s: %s\n", what, strerrordesc_np(-error));
	return EXIT_FAILED;
}

/* What was typed may hold anything too. */
int report_usage(const char *format, ...)
{
	struct strbuf text = STRBUF_INIT, shown = STRBUF_INIT;
	va_list args;

	va_start(args, format);
	strbuf_appendv(&text, format, args);
	va_end(args);
	escape_append(&shown, text.text, text.length);
	fprintf(stderr, "sipisctl: %s\n", shown.text);
	strbuf_done(&text);
	strbuf_done(&shown);
	return EXIT_USAGE;
}

void report_diagnostic(const struct diagnostic *diagnostic)
{
	struct strbuf line = STRBUF_INIT;

	diagnostic_append(&line, diagnostic);
	fprintf(stderr, "%s\n", line.text);
	strbuf_done(&line);
}

size_t report_errors(const struct installation *installation)
{
	const struct diagnostics *diagnostics = &installation->diagnostics;

	for (size_t i = 0; i < diagnostics->n; i++)
		if (diagnostic_severity(&diagnostics->items[i]) == SEVERITY_ERROR)
			report_diagnostic(&diagnostics->items[i]);
	return diagnostics_count(diagnostics, SEVERITY_ERROR);
}

int command_load(const struct options *options, enum load_flags flags,
		 struct installation *ret_installation)
{
	int r = load_installation(&options->root, flags, ret_installation);

	if (r < 0)
		fprintf(stderr, "sipisctl: %s%s: %s\n", options->root.prefix, SIPIS_CONFDIR,
			strerrordesc_np(-r));
	return r < 0 ? EXIT_FAILED : EXIT_GOOD;
}

bool command_is_blind(const struct installation *installation)
{
	bool blind = false;

	for (size_t i = 0; geteuid() != 0 && i < installation->n_instances; i++) {
		const struct diagnostic *error = installation->instances[i].first_error;

		blind |= error && error->code == DIAGNOSTIC_FILE_UNREADABLE;
	}
	return blind;
}
