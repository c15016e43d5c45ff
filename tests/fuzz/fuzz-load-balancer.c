/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as the load balancer's settings: frontends and backends are those of libxml2's tree. */

#include <string.h>

#include "document.h"
#include "fuzz.h"
#include "installation/load-balancer.h"

static size_t n_frontends, n_backends; /* that were met in the tree */

static void done(void *document)
{
	load_balancer_done(document);
}

static void *next_record(void *document, size_t row)
{
	struct load_balancer *lb = document;

	if (!strcmp(load_balancer_grammar.elements[row].name, "Sipis"))
		return n_backends < lb->n_backends ? &lb->backends[n_backends++] : NULL;
	return n_frontends < lb->n_frontends ? &lb->frontends[n_frontends++] : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source = document_source(data, size);
	struct load_balancer lb = {};

	n_frontends = n_backends = 0;
	if (check_parse(source, &load_balancer_grammar, &lb, done) == 1) {
		check_document(source, &load_balancer_grammar, &lb, next_record);
		CHECK(n_frontends == lb.n_frontends && n_backends == lb.n_backends);
	}
	load_balancer_done(&lb);
	source_free(source);
	return 0;
}
