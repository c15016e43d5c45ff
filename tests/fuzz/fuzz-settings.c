/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as a settings file: what is read of it is what libxml2's tree has. */

#include "document.h"
#include "fuzz.h"
#include "installation/settings.h"

static void done(void *document)
{
	*(struct settings *)document = (struct settings){};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source = document_source(data, size);
	struct settings settings = {};

	if (check_parse(source, &settings_grammar, &settings, done) == 1)
		check_document(source, &settings_grammar, &settings, NULL);
	source_free(source);
	return 0;
}
