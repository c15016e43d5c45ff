# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the tests that are written in bash share: they speak TAP.

tap_number=0
tap_failed=0

ok() {
	tap_number=$((tap_number + 1))
	echo "ok $tap_number - $1"
}

# not_ok NAME [WHAT WAS SEEN]
not_ok() {
	tap_number=$((tap_number + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_number - $1"
	[ -z "${2:-}" ] || echo "# ${2//$'\n'/$'\n'# }"
}

# verdict NAME COMPLAINT: good where there is nothing to complain about
verdict() {
	if [ -z "$2" ]; then ok "$1"; else not_ok "$1" "$2"; fi
}

# is NAME EXPECTED ACTUAL
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected: $2"$'\n'"got: $3"; fi
}

# make_work NAME MIB: leaves work, a directory until the test ends. In memory, where so much of it is free: containers
# have little of it.
make_work() {
	local directory free
	for directory in "${TMPDIR:-/dev/shm}" /tmp; do
		free=$(df -Pk "$directory" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }')
		[ "${free:-0}" -ge "$2" ] && work=$(mktemp -d "$directory/$1.XXXXXX" 2>/dev/null) && break
	done
	[ -n "${work:-}" ] || bail_out "no $2 MiB for $1: TMPDIR=DIRECTORY says where they are"
	trap 'rm -rf "$work"' EXIT
}

# skip NAME REASON: one test that cannot run here
skip() {
	tap_number=$((tap_number + 1))
	echo "ok $tap_number - $1 # SKIP $2"
}

# skip_all REASON: end a script that cannot test anything here
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# bail_out REASON: end a script whose preparations failed
bail_out() {
	echo "Bail out! $1"
	exit 99
}

# Print the plan. A script that tested nothing fails.
done_testing() {
	[ "$tap_number" -gt 0 ] || not_ok "at least one test ran" ""
	echo "1..$tap_number"
}
