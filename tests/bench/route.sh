#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Benchmark, never part of a test: how long sipisctl route takes for a million selectors on standard
# input, with the guide's four backends and with 4,096 of them. Prints seconds.
#
# usage: SIPISCTL=PATH route.sh [SELECTORS]
set -uo pipefail
export LC_ALL=C
: "${SIPISCTL:?}"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/sipisctl-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
selectors=${1:-1000000}

# measure NAME ARGUMENTS...
measure() {
	local name=$1 start end status
	shift
	start=$(date +%s%N)
	"$SIPISCTL" "$@" <"$work/selectors" >"$work/seen"
	status=$?
	end=$(date +%s%N)
	printf '%-44s %6d.%03d s\n' "$name" $(((end - start) / 1000000000)) $(((end - start) / 1000000 % 1000))
	[ $status = 0 ] || { echo "exit status $status" >&2; exit 1; }
}

awk -v n="$selectors" '
	function next_digits() { seed = (seed * 16807) % 2147483647; return sprintf("%05X", seed % 1048576) }
	BEGIN {
		seed = 20240229
		for (i = 0; i < n; i++) {
			text = ""
			for (k = 0; k < 8; k++) text = text next_digits()
			print text (i % 2 ? ":7C3A0D14" : "")
		}
	}' >"$work/selectors"

four=$here/../golden/four-processes/root
many=$work/many
cp -R "$four" "$many" && chmod -R u+w "$many"
awk 'BEGIN {
	print "<LoadBalancer2><Backend>"
	for (i = 0; i < 4096; i++) printf "<Sipis Name=\"Sipis%d\" SelectorPrefix=\"%03X\"/>\n", i % 4 + 1, (i * 1733) % 4096
	print "</Backend></LoadBalancer2>"
}' >"$many/etc/acrobits/LoadBalancer2/Settings.xml"

for tree in "$four" "$many"; do
	name="$selectors selectors, $(grep -c '<Sipis ' "$tree/etc/acrobits/LoadBalancer2/Settings.xml") backends"
	measure "$name: route" --root="$tree" route
	measure "$name: route --count" --root="$tree" route --count
done
