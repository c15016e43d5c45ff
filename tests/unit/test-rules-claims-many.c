/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* After the headers that it needs and does not include */
#include <cmocka.h>

#include "helper-installation.h"
#include "installation/rules-claims.h"

/*
 * Many files that claim few values, so that nearly everything clashes. The oracle compares each
 * claim with all before it.
 */
#define FILES 120

typedef int rule_function(const struct installation *, struct diagnostics *);

/* What one place in one file claims; `key` is made so that equal keys are equal values. */
struct expected {
	struct place place;
	char key[40];
	const struct address *address; /* NULL: the key alone decides */
};

static unsigned next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (unsigned)(*state >> 32);
}

static void random_text(struct strbuf *text, uint64_t *random)
{
	static const char *const addresses[] = {
		"",    "0",         "::",       "10.0.0.1", "::ffff:10.0.0.1", "10.0.0.2",
		"::1", "a.example", "10.0.0.3", "::2",      "10.0.0.4",        "::3"};
	unsigned few = next_random(random) % 40 + 1; /* most files avoid the wildcards */
	const char *server = addresses[few < 3 ? few : 3 + few % 9];
	const char *http = addresses[few == 39 ? 7 : 3 + few % 7];

	strbuf_appendf(text, "<Sipis><Server Name='n%u' Port='%u' Address='%s'/>",
		       next_random(random) % 60, next_random(random) % 20 + 1, server);
	strbuf_appendf(text, "<HttpServer Port='%u' Address='%s'/>", next_random(random) % 20 + 1,
		       http);
	strbuf_appendf(text, "<Lock FileName='/%u'/><Log FileName='//%u'/></Sipis>",
		       next_random(random) % 90, next_random(random) % 90);
}

static void install_random(struct installation *installation, uint64_t seed)
{
	struct settings_file files[FILES];
	struct strbuf texts[FILES];
	char names[FILES][40];

	for (size_t i = 0; i < FILES; i++) {
		texts[i] = (struct strbuf)STRBUF_INIT;
		random_text(&texts[i], &seed);
		snprintf(names[i], sizeof(names[i]), "Settings%zu.xml", i + 1);
		files[i] = (struct settings_file){names[i], texts[i].text};
	}
	install(installation, files, FILES);
	assert_int_equal(installation->diagnostics.n, 0);
	for (size_t i = 0; i < FILES; i++)
		strbuf_done(&texts[i]);
}

static bool can_meet(const struct expected *a, const struct expected *b)
{
	if (strcmp(a->key, b->key) != 0)
		return false;
	return !a->address || address_meets(a->address, b->address);
}

/* The claims stand in the order in which findings are listed. */
static void assert_found(rule_function *rule, const struct installation *installation,
			 const struct expected *claims, size_t n)
{
	struct diagnostics diagnostics = {};
	size_t found = 0, first;
	const char *file;

	assert_int_equal(rule(installation, &diagnostics), 0);
	diagnostics_sort(&diagnostics);
	for (size_t i = 0; i < n; i++) {
		for (first = 0; first < i && !can_meet(&claims[first], &claims[i]); first++)
			;
		if (first == i)
			continue;
		assert_true(found < diagnostics.n);
		assert_memory_equal(&diagnostics.items[found].place, &claims[i].place,
				    sizeof(struct place));
		assert_memory_equal(&diagnostics.items[found].related, &claims[first].place,
				    sizeof(struct place));
		if (claims[first].place.source == claims[i].place.source)
			file = "of this file too";
		else
			file = installation_at(installation, &claims[first].place)->file;
		assert_non_null(strstr(diagnostics.items[found].text, file));
		found++;
	}
	assert_int_equal(diagnostics.n, found);
	assert_true(found > 0);
	diagnostics_done(&diagnostics);
}

static void every_clash_of_many_names_is_found(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct installation installation;
		struct expected claims[FILES] = {};

		install_random(&installation, seed * 88172645463325252u);
		for (size_t i = 0; i < FILES; i++) {
			const struct value *name = &installation.instances[i].settings.name;

			claims[i].place = name->place;
			snprintf(claims[i].key, sizeof(claims[i].key), "%s", name->text);
		}
		assert_found(check_names, &installation, claims, FILES);
		installation_done(&installation);
	}
}

static void every_clash_of_many_ports_is_found(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct installation installation;
		struct expected claims[2 * FILES] = {};

		install_random(&installation, seed * 88172645463325252u);
		for (size_t i = 0; i < 2 * FILES; i++) {
			const struct listener *listener =
				&installation.instances[i / 2].settings.listeners[i % 2];

			claims[i].place = listener->port.place;
			claims[i].address = &listener->address.address;
			snprintf(claims[i].key, sizeof(claims[i].key), "%u", listener->port.port);
		}
		assert_found(check_ports, &installation, claims, 2 * FILES);
		installation_done(&installation);
	}
}

static void every_clash_of_many_paths_is_found(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct installation installation;
		struct expected claims[2 * FILES] = {};

		install_random(&installation, seed * 88172645463325252u);
		for (size_t i = 0; i < 2 * FILES; i++) {
			const struct value *path =
				&installation.instances[i / 2].settings.sinks[i % 2].path;

			claims[i].place = path->place;
			snprintf(claims[i].key, sizeof(claims[i].key), "%s", path->text);
		}
		assert_found(check_paths, &installation, claims, 2 * FILES);
		installation_done(&installation);
	}
}

/* Each claims what all others do; nothing here may take a time that grows with the square. */
static void all_clashes_of_ten_thousand_files_are_found(void **state)
{
	enum { N = 10000 };
	struct settings_file *files = calloc(N, sizeof(*files));
	char(*names)[24] = calloc(N, sizeof(*names));
	struct installation installation;

	assert_true(files && names);
	for (size_t i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "Settings%zu.xml", i);
		files[i] = (struct settings_file){names[i], GOOD_SETTINGS};
	}
	install(&installation, files, N);
	judge(&installation);
	assert_int_equal(diagnostics_count(&installation.diagnostics, SEVERITY_ERROR), 5 * (N - 1));
	assert_null(installation.instances[0].first_error);
	for (size_t i = 1; i < N; i++)
		assert_non_null(installation.instances[i].first_error);
	installation_done(&installation);
	free(files);
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_clash_of_many_names_is_found),
		cmocka_unit_test(every_clash_of_many_ports_is_found),
		cmocka_unit_test(every_clash_of_many_paths_is_found),
		cmocka_unit_test(all_clashes_of_ten_thousand_files_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
