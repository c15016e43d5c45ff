#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Files that change while sipis-generator reads them. race.c changes them, before each of its calls, and says
# what must be true then; here are the files with which it does it.
. "$(dirname "$0")/../lib.sh"
: "${GENERATOR:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}" "${FAULT_SHIM:?}" "${FAULT_RACE:?}"
. "$here/lib.sh"

# --- once ---------------------------------------------------------------------------------------------------

# calls TREE: how often it makes each of its calls; their order stays in TREE.count
calls() {
	mkdir "$1.units"
	LD_PRELOAD=$FAULT_SHIM SIPIS_FAULT_COUNT=$1.count "$GENERATOR" --root="$1" "$1.units" >/dev/null 2>&1
	awk '$3 == "r" && $2 != "end" { n[$2]++ } END { for (f in n) print f, n[f] }' "$1.count" | sort
}

cp -a "$golden/four-processes/root" "$work/four"
cp -a "$work/four" "$work/five"
cp "$work/five$CONFDIR/Settings1.xml" "$work/five$CONFDIR/Settings5.xml"
# openat() is that of the unit's directory, and one close() that of the drop-in
is "a settings file is opened once, without another look, and read by one call" \
	"close 2 fstat 1 openat 1 openat2 1 read 1 readdir 1 " \
	"$(join <(calls "$work/four") <(calls "$work/five") | awk '$3 != $2 { printf "%s %d ", $1, $3 - $2 }')"
is "the load balancer's is read by one call too, and nothing else is" 5 "$(grep -c ' read ' "$work/four.count")"
is "when something is written, everything has been read" "" \
	"$(awk '$3 == "c" { writes = 1 } writes && $2 ~ /^(openat2|read|readdir|fstat|stat)$/' "$work/four.count")"

# --- the trials -----------------------------------------------------------------------------------------------

names=()

# trial NAME GOLDEN FILE SED [storm|own]: a copy of a golden tree whose file becomes what sed(1) makes of it; `own` is as
# PID 1 does it, without --root
trial() {
	local name=$1 tree=$work/$((${#names[@]} + 1)).tree storm=${5:-} OWN
	[ "$storm" != own ] || export OWN=1 storm=
	cp -a "$golden/$2/root" "$tree"
	chmod -R u+w "$tree"
	# longer and shorter contents have other bytes in the same places
	sed "$4" "$tree$3" >"$tree.other"
	! cmp -s "$tree.other" "$tree$3" || bail_out "$1: nothing would change"
	names+=("$name")
	mkdir "$work/${#names[@]}"
	# shellcheck disable=SC2086
	WORK=$work/${#names[@]} in_background "${#names[@]}" "$FAULT_RACE" $storm "$tree" "$tree$3" "$tree.other"
	origins+=("$golden/$2/root")
}

origins=()
longer='s/14988/14989/; s/$/   /'
trial "one of four settings files" four-processes "$CONFDIR/Settings2.xml" "$longer"
trial "the only settings file, which gets an error" single-catch-all "$CONFDIR/Settings.xml" \
	's/ Port="[0-9]*"/ Port="x"/; s/^[[:space:]]*//'
trial "the load balancer's" single-catch-all "$LOADBALANCER_SETTINGS" 's/SelectorPrefix=""/SelectorPrefix="0\/1"/'
trial "the load balancer's, without --root," single-catch-all "$LOADBALANCER_SETTINGS" 's/SelectorPrefix=""/SelectorPrefix="0\/1"/' own
trial "a storm around a settings file" four-processes "$CONFDIR/Settings2.xml" "$longer" storm
trial "a storm around the load balancer's" single-catch-all "$LOADBALANCER_SETTINGS" 's/SelectorPrefix=""/SelectorPrefix="0\/1"/' storm
wait

total=0
for number in "${!names[@]}"; do
	read_result $((number + 1))
	total=$((total + tried))
	verdict "${names[number]} changes in $tried runs: before, after, or can't be read, and nothing else is touched" "$complaint"
	is "${names[number]}: and the tree is as it was" "" \
		"$(diff -r --no-dereference "${origins[number]}" "$work/$((number + 1)).tree" 2>&1)"
done
echo "# tried $total changes while sipis-generator ran"
done_testing
