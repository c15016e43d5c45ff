#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipis-settings(5) explains every diagnostic code that there is, once, below a heading of its severity, and no other.
# Each code has an example: a change of the settings in the section EXAMPLES, and what `sipisctl check` says about it.
# Those of the machine are tried in tests/sipisctl/host.sh and tests/boot/checks/38-manual-codes.sh.
#
# usage: manual-codes.sh; SIPISCTL, MANUALS, CONFDIR and LOADBALANCER_SETTINGS come from the Makefile.
. "$(dirname "$0")/../lib.sh"
. "$here/manual.sh"
: "${SIPISCTL:?}" "${MANUALS:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}"
make_work sipis-codes 80

page=$(manual sipis-settings.5) table=$tests/../src/document/diagnostic-codes.def

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

# What `check` prints, without the root and the summary
check_tree() { ctl --root="$tree" check 2>&1 | sed -e '$d' -e "s|$tree||g"; }

# Another name leaves the backend of the old name without an instance.
without_companions() {
	case $1 in
	duplicate-name | not-in-backend) grep -v '\[dangling-backend\]$' ;;
	*) cat ;;
	esac
}

tree=$work/good
page_installation "$page" "$tree" "$CONFDIR" "$LOADBALANCER_SETTINGS"
is "the settings in EXAMPLES have no error and no warning" "" "$(check_tree)"

mapfile -t codes < <(sed -n 's/^DIAGNOSTIC([A-Z0-9_]*, "\([a-z-]*\)".*/\1/p' "$table")
for code in "${codes[@]}"; do
	example=$(code_example "$page" "$code")
	expected=$(example_messages <<<"$example")
	tree=$work/tree
	rm -rf "$tree"
	page_installation "$page" "$tree" "$CONFDIR" "$LOADBALANCER_SETTINGS"
	change_installation "$tree" "$CONFDIR" "$LOADBALANCER_SETTINGS" <<<"$example"
	verdict "the example of $code has its message" "$([[ $expected == *"[$code]" ]] || echo "$example")"
	is "the example of $code" "$expected" "$(check_tree | without_companions "$code")"
done

# One for every code of the machine
host=$(sed -n 's/^HOST_DIAGNOSTIC([A-Z0-9_]*, "\([a-z-]*\)".*/\1/p' "$table")
verdict "every code of the machine has an example" "$(for code in $host; do
	[[ $(code_example "$page" "$code" | example_messages) == *"[$code]" ]] || echo "$code"
done)"
done_testing
