#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Golden cases, one folder each:
#   about        what the case says, in a sentence
#   root/        the tree that is read
#   setup        run inside a copy of root/ before, for what no archive can hold (optional)
#   units/       the tree that sipis-generator writes, links included
#   diagnostics  what it says, with the root taken off
# UPDATE=1 rewrites units/ and diagnostics from what was seen: read the difference before you keep it.
#
# usage: run.sh [CASE...]; GENERATOR, SIPISCTL, UNITDIR and BINDIR come from the Makefile.
set -uo pipefail
export LC_ALL=C.UTF-8
read -r -a wrapper <<<"${TEST_WRAPPER:-}"
unset SYSTEMD_SCOPE SYSTEMD_IN_INITRD SYSTEMD_EXEC_PID

: "${GENERATOR:?}" "${SIPISCTL:?}" "${UNITDIR:?}" "${BINDIR:?}"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/sipis-golden.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
. "$here/../tap.sh"

# same NAME EXPECTED ACTUAL: two files
same() {
	local difference
	if difference=$(diff -uN "$2" "$3" 2>&1); then ok "$1"; else not_ok "$1" "$difference"; fi
}

# Paths that configure decides stand as placeholders in the expected files.
neutral() {
	sed -e "s|$root||g" -e "s|$UNITDIR/|@UNITDIR@/|g" -e "s|$BINDIR/|@BINDIR@/|g"
}

# A tree as text, sorted: a line for each file and link, a line for each line of content. A few
# processes a tree, as there are many trees.
as_text() {
	(cd "$1" 2>/dev/null && { find . -type f -printf '%P\n' -o -type l -printf '%P -> %l\n'; grep -r '' .; }) | sort
}

# What --dry-run prints, in the same form. A path stands behind a blank line, or at the beginning.
dry_run_as_text() {
	awk '
		function flush() { if (blank && path != "") print "./" path ":"; blank = 0 }
		/^# / && (NR == 1 || blank) {
			blank = 0; print substr($0, 3); path = index($0, " -> ") ? "" : substr($0, 3); next
		}
		/^$/ { flush(); blank = 1; next }
		{ flush(); print "./" path ":" $0 }' "$1" | sort
}

# Make what was seen what is expected.
update() {
	local link
	rm -rf "$case/units"
	cp "$seen/diagnostics" "$case/diagnostics"
	[ -n "$(ls "$out")" ] || return 0
	cp -r "$out" "$case/units"
	find "$case/units" -type f -exec sed -i "s|$BINDIR/|@BINDIR@/|g" {} +
	find "$case/units" -type l | while IFS= read -r link; do
		ln -sfn "$(readlink "$link" | neutral)" "$link"
	done
}

run_case() {
	local name=$1 status expected
	local case=$here/$name out=$work/$name/out seen=$work/$name/seen
	root=$work/$name/root
	mkdir -p "$out" "$seen"
	cp -a "$case/root" "$root" && chmod -R u+w "$root"
	if [ -x "$case/setup" ]; then (cd "$root" && sh "$case/setup") || { not_ok "$name: setup" ""; return; }; fi

	timeout 60 "${wrapper[@]}" "$GENERATOR" --root="$root" "$out" >"$seen/stdout" 2>"$seen/stderr"
	status=$?
	neutral <"$seen/stderr" >"$seen/diagnostics"
	as_text "$out" >"$seen/units"
	if [ -n "${UPDATE:-}" ]; then update; fi
	as_text "$case/units" >"$seen/units.expected"
	neutral <"$seen/units" >"$seen/units.neutral"
	same "$name: units" "$seen/units.expected" "$seen/units.neutral"
	same "$name: diagnostics" "$case/diagnostics" "$seen/diagnostics"

	expected=0; grep -q ': error: ' "$seen/stderr" && expected=1
	if [ "$status $(stat -c %s "$seen/stdout")" = "$expected 0" ]; then ok "$name: exit status $expected"
	else not_ok "$name: exit status $expected" "got $status and $(stat -c %s "$seen/stdout") bytes on standard output"; fi

	timeout 60 "${wrapper[@]}" "$GENERATOR" --root="$root" --dry-run >"$seen/dry-run" 2>"$seen/dry-run.stderr"
	dry_run_as_text "$seen/dry-run" >"$seen/dry-run.text"
	same "$name: --dry-run prints what would be written" "$seen/units" "$seen/dry-run.text"

	timeout 60 "${wrapper[@]}" "$SIPISCTL" --root="$root" check >"$seen/check" 2>&1
	status=$?
	if head -n -1 "$seen/check" | cmp -s - "$seen/stderr" && [ $status = $expected ]; then ok "$name: sipisctl check says the same"
	else not_ok "$name: sipisctl check says the same" "exit $status: $(diff "$seen/stderr" "$seen/check")"; fi

	# Every password in these trees has this word in it.
	if grep -rq hunter2 "$out" "$seen"; then not_ok "$name: no password is shown" "$(grep -rn hunter2 "$out" "$seen")"
	else ok "$name: no password is shown"; fi
	rm -rf "${work:?}/$name"
}

# Every code in the table has a case that shows it.
check_codes() {
	local code missing=''
	while read -r code; do
		grep -qs "\[$code\]\$" "$here"/*/diagnostics || missing="$missing $code"
	done < <(sed -n 's/^DIAGNOSTIC([A-Z0-9_]*, "\([a-z-]*\)".*/\1/p' "$here/../../src/document/diagnostic-codes.def")
	verdict "every diagnostic code has a golden case" "$missing"
}

if [ $# -gt 0 ]; then cases=("$@"); else
	cases=(); for about in "$here"/*/about; do cases+=("$(basename "$(dirname "$about")")"); done
fi
for case in "${cases[@]}"; do run_case "$case"; done
[ $# -gt 0 ] || check_codes
done_testing
