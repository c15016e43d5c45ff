#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a settings file costs, in instructions that callgrind counts: no noise of a machine is in them, so a bound can be
# near. The difference between an installation of 120 files and one of 20 is what 100 files cost.
#
# Instructions of our own code were MEASURED once, and may be 15 % more before this fails: then something has become
# slower, or it is worth that and the number below is changed with a reason. What libxml2 and libc need for us differs
# between their versions and processors, so all together is bound at 50 % more than what was measured on Debian 12.
set -uo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"
: "${INSTRUCTIONS:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}"

own_measured=44200 # gcc 12, -O2, x86-64; 20,000 of them are the digest of the file
all_measured=162000 # with libxml2 2.9.14 and glibc 2.36

command -v valgrind >/dev/null || { echo "1..0 # SKIP valgrind is not installed"; exit 0; }

# Not optimized, or of another kind, code is bound too, at three times as much.
factor=3
case "$(uname -m) ${CFLAGS:-}" in x86_64*-O[23]*) factor=1 ;; esac

work=$(mktemp -d "${TMPDIR:-/tmp}/instructions.XXXXXX")
trap 'rm -rf "$work"' EXIT

# count N: OWN ALL, the instructions of a whole run
count() {
	"$here/installation.sh" "$work/$1" "$1"
	mkdir "$work/$1/out"
	valgrind -q --tool=callgrind --callgrind-out-file="$work/$1/counted" "$INSTRUCTIONS" --root="$work/$1" "$work/$1/out" \
		>"$work/log" 2>&1 || { echo "the generator failed: $(<"$work/log")" >&2; return 1; }
	[ "$(find "$work/$1/out" -type l | wc -l)" = "$1" ] || { echo "not every file became an instance" >&2; return 1; }
	# The format is callgrind's own: an object is named once, where it is (ob) or is called (cob), and numbered from then
	# on. The line below `calls=` is what the called function costs, which is counted where it is.
	awk -v own="${INSTRUCTIONS##*/}" '
		/^c?ob=/ { split($0, part, /[()]/); if (/\) /) name[part[2]] = $0 }
		/^ob=/ { object = name[part[2]]; next }
		/^calls=/ { getline; next }
		/^[-+*0-9]/ { all += $2; if (object ~ "/" own "$") mine += $2 }
		END { printf "%d %d\n", mine, all }' "$work/$1/counted"
}

if ! { few=$(count 20) && many=$(count 120); }; then
	not_ok "instructions are counted"
	done_testing
	exit 1
fi
read -r own_few all_few <<<"$few"
read -r own_many all_many <<<"$many"
own=$(((own_many - own_few) / 100)) all=$(((all_many - all_few) / 100))
echo "# a settings file costs $own instructions of our own, $all with those of libraries"

# is_about NAME COUNT MEASURED PERCENT
is_about() {
	local bound=$(($3 * (100 + $4) * factor / 100))
	verdict "$1: at most $bound instructions a file" "$([ "$2" -le $bound ] || echo "$2, and $3 were measured once")"
}

verdict "something was counted" "$([ "$own" -gt 1000 ] || echo "$own instructions")"
is_about "our own code" "$own" $own_measured 15
is_about "libraries too" "$all" $all_measured 50
done_testing
[ "$tap_failed" = 0 ]
