#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# readme.sh README TABLE... - put what `make bench` measured into the section "What it costs" of README: of each TABLE
#                             that run.sh wrote, where and when, the medians, the ratios to the floor and the memory. They
#                             take the place of all indented lines behind the section's text.
set -euo pipefail
readme=$1
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

part=$(for table; do excerpt "$table"; done | sed 's/^./    &/')

# From the section's first indented line to the title of the next section, which is above an underline.
PART=$part awk '
	{ line[NR] = $0 }
	END {
		for (start = 1; start <= NR && line[start] != "What it costs"; start++);
		for (end = start + 2; end <= NR && line[end] !~ /^---+$/; end++);
		for (cut = start; cut < end && line[cut] !~ /^    /; cut++);
		if (start > NR || cut == end) exit 1
		for (i = 1; i < cut; i++) print line[i]
		print ENVIRON["PART"] "\n\n"
		for (i = end - 1; i <= NR; i++) print line[i]
	}' "$readme" >"$readme.new" || { rm -f "$readme.new"; echo "readme.sh: no such section, or nothing indented in it" >&2; exit 1; }
mv "$readme.new" "$readme"
