#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipis-settings(5) explains every diagnostic code that there is, once, below a heading of its
# severity, and no other.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 99

page=src/sipis-settings.5.in table=src/document/diagnostic-codes.def

. tests/tap.sh

# Each as SEVERITY CODE
known=$(sed -n 's/^\(HOST_\)\{0,1\}DIAGNOSTIC([A-Z0-9_]*, "\([a-z-]*\)", \([A-Z]*\),.*/\3 \2/p' "$table" | sort)
entries=$(awk '
	/^\.SH/ { inside = /^\.SH DIAGNOSTICS$/ }
	/^\.SS/ { severity = /"Errors / ? "ERROR" : /"Warnings / ? "WARNING" : "NONE" }
	inside && tag { sub(/^\.[A-Z]+ /, ""); gsub(/\\/, ""); print severity, $0 }
	{ tag = /^\.TP/ }' "$page" | sort)

is "every code of the table was read" "$(grep -cE '^(HOST_)?DIAGNOSTIC\(' "$table")" "$(grep -c . <<<"$known")"
verdict "every code has an entry" "$(comm -23 <(echo "$known") <(sort -u <<<"$entries"))"
verdict "every entry is a code" "$(comm -13 <(echo "$known") <(sort -u <<<"$entries"))"
verdict "no code has two entries" "$(uniq -d <<<"$entries")"
done_testing
