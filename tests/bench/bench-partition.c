/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long a Backend section of 100,000 backends takes. To be read by a person: it never fails. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "selector/partition-shadow.h"
#include "selector/partition.h"
#include "selector/selector.h"
#include "util/macro.h"

#define BACKENDS 100000

struct backends {
	struct prefix prefixes[BACKENDS];
	unsigned groups[BACKENDS];
	const char *scopes[BACKENDS];
	char texts[BACKENDS][12];
	struct share shares[BACKENDS];
	size_t overlaps[BACKENDS];
	bool skip[BACKENDS]; /* none */
	size_t shadows[BACKENDS];
};

static uint64_t random_state = 88172645463325252;

static unsigned next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 32);
}

static struct prefix random_prefix(unsigned bits)
{
	struct prefix prefix = {.bits = (uint8_t)bits};

	for (unsigned bit = 0; bit < bits; bit++)
		if (next_random() % 2)
			prefix.first.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return prefix;
}

/* The first `bits` bits count upwards. */
static struct prefix counted_prefix(unsigned value, unsigned bits)
{
	struct prefix prefix = {.bits = (uint8_t)bits};

	for (unsigned bit = 0; bit < bits; bit++)
		if (value >> (bits - 1 - bit) & 1)
			prefix.first.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return prefix;
}

static void fill_disjoint(struct backends *backends, unsigned i)
{
	backends->prefixes[i] = counted_prefix(i, 17);
}

static void fill_random(struct backends *backends, unsigned i)
{
	backends->prefixes[i] = random_prefix(next_random() % (SELECTOR_BITS + 1));
}

static void fill_equal(struct backends *backends, unsigned i)
{
	backends->prefixes[i] = counted_prefix(i % 4, 2);
	backends->groups[i] = 0;
}

/* Half of them for every app, and half with an app of their own: a partition an app would never
 * end. */
static void fill_scopes(struct backends *backends, unsigned i)
{
	backends->prefixes[i] = random_prefix(8 + next_random() % 12);
	if (i % 2) {
		snprintf(backends->texts[i], sizeof(backends->texts[i]), "%u", i);
		backends->scopes[i] = backends->texts[i];
	}
}

static unsigned long microseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)((now.tv_sec - start->tv_sec) * 1000000 +
			       (now.tv_nsec - start->tv_nsec) / 1000);
}

static int measure(const char *name, struct backends *backends)
{
	_cleanup_(partition_freep) struct partition *partition = NULL;
	unsigned long built, overlaps, shadows;
	struct timespec start;
	struct share nobody;
	int r;

	clock_gettime(CLOCK_MONOTONIC, &start);
	r = partition_new(backends->prefixes, BACKENDS, &partition);
	if (r < 0)
		return r;
	partition_shares(partition, BACKENDS, backends->shares, &nobody);
	built = microseconds_since(&start);

	clock_gettime(CLOCK_MONOTONIC, &start);
	r = partition_overlaps(backends->prefixes, backends->groups, backends->skip, BACKENDS,
			       backends->overlaps);
	overlaps = microseconds_since(&start);
	if (r < 0)
		return r;

	clock_gettime(CLOCK_MONOTONIC, &start);
	r = partition_shadows(backends->prefixes, backends->scopes, BACKENDS, backends->shadows);
	shadows = microseconds_since(&start);
	printf("%-10s %8zu segments   partition and shares %7lu us   overlaps %7lu us   "
	       "shadows %7lu us\n",
	       name, partition->count, built, overlaps, shadows);
	return r;
}

int main(void)
{
	static const struct {
		const char *name;
		void (*reader)(struct backends *backends, unsigned i);
	} families[] = {
		{"disjoint", fill_disjoint},
		{"random", fill_random},
		{"equal", fill_equal},
		{"scopes", fill_scopes},
	};
	_cleanup_free_ struct backends *backends = malloc(sizeof(*backends));

	if (!backends)
		return EXIT_FAILURE;
	printf("%d backends:\n", BACKENDS);
	for (size_t f = 0; f < ELEMENTSOF(families); f++) {
		for (unsigned i = 0; i < BACKENDS; i++) {
			backends->groups[i] = i;
			backends->scopes[i] = "";
			families[f].reader(backends, i);
		}
		if (measure(families[f].name, backends) < 0)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
