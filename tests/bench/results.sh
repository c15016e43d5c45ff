#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# results.sh RESULTS TABLE... - put what `make bench` measured into RESULTS: of each TABLE that run.sh wrote, where and when,
#                               the medians, the ratios to the floor and the memory. They take the place of all that follows
#                               the text at the beginning, whose lines are not indented.
set -euo pipefail
results=$1
shift

# The parts of a table that a reader wants; each begins with its title and ends with an empty line.
excerpt() {
	awk '
		NR <= 2 { print; next }
		NR == 3 { print "" }
		/^(ms, median|x floor, median|MiB, peak|sipisctl) / { shown = 1 }
		shown { print }
		/^$/ { shown = 0 }' "$1"
}

{
	awk '/^    / { exit } { print }' "$results"
	for table; do excerpt "$table"; done | sed 's/^./    &/' | sed '$ { /^$/d }'
} >"$results.new"
mv "$results.new" "$results"
