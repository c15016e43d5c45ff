#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Golden cases of the generator and of check, one folder each (see also ../golden.sh):
#   units/       the tree that sipis-generator writes, links included; missing if it writes nothing
#   diagnostics  what it prints, without the path of the root
#   check        what sipisctl check prints, if it differs from what sipis-generator prints (optional)
# SIPIS_REWRITE_GOLDEN=1 rewrites units/, diagnostics and check. Each rewritten case fails.
#
# usage: run.sh [CASE...]; GENERATOR, SIPISCTL, UNITDIR and BINDIR come from the Makefile.
. "$(dirname "$0")/../golden.sh"
: "${GENERATOR:?}" "${SIPISCTL:?}" "${UNITDIR:?}" "${BINDIR:?}"
make_work sipis-golden 80

# Remove the root from paths; replace paths that configure decides by placeholders.
neutral() {
	sed -e "s|$root||g" -e "s|$UNITDIR/|@UNITDIR@/|g" -e "s|$BINDIR/|@BINDIR@/|g"
}

# neutral_tree FROM TO: copy a tree of units, neutral
neutral_tree() {
	local path
	cp -rP "$1" "$2"
	find "$2" -type f -exec sed -i -e "s|$root||g" -e "s|$BINDIR/|@BINDIR@/|g" {} +
	find "$2" -type l -printf '%p\n' | while IFS= read -r path; do
		ln -sfn "$(readlink "$path" | neutral)" "$path"
	done
}

# A tree as text, sorted: a line for each file and link, a line for each line of content.
as_text() {
	(cd "$1" && { find . -type f -printf '%P\n' -o -type l -printf '%P -> %l\n'; grep -r '' .; }) | sort
}

# Print the output of --dry-run in the same form. A path follows a blank line, or begins the output.
dry_run_as_text() {
	awk '
		function flush() { if (blank && path != "") print "./" path ":"; blank = 0 }
		/^# / && (NR == 1 || blank) {
			blank = 0; print substr($0, 3); path = index($0, " -> ") ? "" : substr($0, 3); next
		}
		/^$/ { flush(); blank = 1; next }
		{ flush(); print "./" path ":" $0 }' "$1" | sort
}

# Compare the output of check with `check`, or with `diagnostics` if there is no `check`.
check_matches() {
	local expected=$case/check
	[ -e "$expected" ] || ! cmp -s "$case/diagnostics" "$seen/check.neutral" || expected=$case/diagnostics
	[ -e "$expected" ] || rewriting || expected=$case/diagnostics
	matches "$name: diagnostics of sipisctl check" "$expected" "$seen/check.neutral"
}

passwords=0

generator_case() {
	local out=$work/case/out status expected=0
	mkdir "$out"
	generate --root="$root" "$out" >"$seen/stdout" 2>"$seen/stderr"
	status=$?
	neutral <"$seen/stderr" >"$seen/diagnostics"
	neutral_tree "$out" "$seen/units"
	tree_matches "$name: units" "$case/units" "$seen/units"
	matches "$name: diagnostics" "$case/diagnostics" "$seen/diagnostics"

	grep -q ': error: ' "$seen/stderr" && expected=1
	is "$name: exit status $expected, nothing on standard output" "$expected 0" "$status $(stat -c %s "$seen/stdout")"

	generate --root="$root" --dry-run >"$seen/dry-run" 2>"$seen/dry-run.stderr"
	as_text "$out" >"$seen/units.text"
	dry_run_as_text "$seen/dry-run" >"$seen/dry-run.text"
	same "$name: --dry-run prints what would be written" "$seen/units.text" "$seen/dry-run.text"

	ctl --root="$root" check >"$seen/check" 2>&1
	status=$?
	head -n -1 "$seen/check" | neutral >"$seen/check.neutral"
	check_matches
	is "$name: exit status of sipisctl check" "$expected" "$status"

	ctl --root="$root" --color=always check >"$seen/check.color" 2>&1

	# Every password in these trees has this word in it.
	grep -rq hunter2 "$root" || return 0
	passwords=$((passwords + 1))
	verdict "$name: no password is shown" "$(grep -rn hunter2 "$out" "$seen")"
}

# Require a case for every code in the table.
check_codes() {
	local code missing='' codes=0
	while read -r code; do
		codes=$((codes + 1))
		grep -qs "\[$code\]\$" "$here"/*/diagnostics "$here"/*/check || missing="$missing $code"
	done < <(sed -n 's/^DIAGNOSTIC([A-Z0-9_]*, "\([a-z-]*\)".*/\1/p' "$here/../../src/document/diagnostic-codes.def")
	[ $codes -gt 0 ] || missing="the table of codes was not found"
	verdict "every diagnostic code has a golden case" "$missing"
}

run_cases generator_case "units diagnostics check" "$@"
if [ $# = 0 ]; then
	check_codes
	is "some cases have passwords" yes "$([ $passwords -gt 0 ] && echo yes)"
fi
done_testing
