#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# seeds.sh DIRECTORY: where fuzzing begins: every golden installation as an input of each harness, in DIRECTORY/HARNESS.
set -euo pipefail
export LC_ALL=C
shopt -s nullglob
seeds=$1
golden=$(cd "$(dirname "$0")/../golden" && pwd)
record=$'\x1e' unit=$'\x1f'
mkdir -p "$seeds"/{edit,load-balancer,plan,settings,split}

# files TREE: those that can be read at once
files() {
	local file
	for file in "$1"/etc/sipis/Settings*.xml; do
		[ -f "$file" ] && [ "$(stat -L -c %s "$file")" -lt 20000 ] && echo "$file"
	done
	return 0
}

# name SETTINGS-FILE: what stands between Settings and .xml
name() {
	local file=${1##*/Settings}
	printf %s "${file%.xml}"
}

for tree in "$golden"/*/root; do
	case=$(basename "$(dirname "$tree")")
	balancer=$tree/etc/acrobits/LoadBalancer2/Settings.xml
	if [ ! -f "$balancer" ] || [ "$(stat -L -c %s "$balancer")" -gt 20000 ]; then balancer=/dev/null; else
		cp "$balancer" "$seeds/load-balancer/$case"
	fi
	{
		cat "$balancer"
		files "$tree" | sed -n 1,6p | while read -r file; do
			printf %s "$record$(name "$file")$unit"
			cat "$file"
		done
	} >"$seeds/plan/$case"
	{ printf '\x03\xf6\x01\x01%s' "$record"; cat "$seeds/plan/$case"; } >"$seeds/split/$case"
	files "$tree" | while read -r file; do
		cp "$file" "$seeds/settings/$case-$(name "$file")"
		{ printf '%b' "\\x0$((${#case} % 6))Sipis & \"1\"$record"; cat "$file"; } >"$seeds/edit/$case-$(name "$file")"
	done
done
