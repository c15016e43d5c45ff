#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl whose allocations fail, each of them in turn, and all from there on: it ends as if nothing had been, or says that
# there is no memory and leaves settings that are the old ones, the new ones, or an interrupted split. trial.c does that.
. "$(dirname "$0")/../lib.sh"
: "${SIPISCTL:?}" "${GENERATOR:?}" "${FAULT_SHIM:?}" "${FAULT_TRIAL:?}"
. "$here/lib.sh"

# take CASE: a copy of a golden tree that can be written
take() {
	copy_tree "$golden/$1/root" "$work/$1"
	mkdir -p "$(dirname "$work/$1$LOADBALANCER_SETTINGS")"
}

# change FROM TO ARGUMENTS...: the copy TO, changed by sipisctl
change() {
	cp -a "$work/$1" "$work/$2"
	"$SIPISCTL" --root="$work/$2" "${@:3}" --yes >"$work/output" 2>&1 || bail_out "${*:3}: $(<"$work/output")"
}

names=()

# trial START BEFORE AFTER ARGUMENTS...: begun beside the others
trial() {
	names+=("${*:4}, on $1")
	mkdir "$work/${#names[@]}"
	WORK=$work/${#names[@]} in_background "${#names[@]}" \
		"$FAULT_TRIAL" memory "$work/$1" "$work/$2" "$work/$3" "${@:4}"
}

# look TREE ARGUMENTS...: a command that changes nothing
look() { trial "$1" "$1" "$1" "${@:2}"; }

cases="four-processes four-processes-typo prefix-overlap prefix-gap-tiny copied-settings duplicate-address settings-differ near-names"
for case in $cases; do take "$case"; done
change four-processes six split 6
cp -a "$work/four-processes" "$work/drifted"
sed -i 's/Level="[^"]*"/Level="9"/' "$work/drifted$CONFDIR/Settings1.xml"
change drifted synced sync
cp -a "$work/six" "$work/closed"
chmod 600 "$work/closed$LOADBALANCER_SETTINGS"
"$FAULT_TRIAL" mark "$work/closed$LOADBALANCER_SETTINGS" || echo "# no extended attributes here"
change closed reopened split --undo

for case in $cases; do look "$case" check; done
for arguments in "check --json" "check --refused 2" "check 9" list "list --json" "list -o NAME,NOWHERE" map "map --json" "map --svg" \
	"route 4 0123456789ABCDEF0123456789ABCDEF01234567" "route --json 4 C" "route --count 4 C" "split --list" "split --list --json" \
	"split 3 --dry-run" "split 3 --dry-run --stat" "split --undo --dry-run" "edit 1" "edit --load-balancer" "chekc" "check --help"; do
	# shellcheck disable=SC2086 # several words
	look six $arguments
done
look drifted sync --dry-run --stat
trial four-processes four-processes six split 6 --yes
trial four-processes four-processes six split 6 --yes --json
trial six four-processes six split --undo --yes
trial closed reopened closed split --undo --yes
trial drifted drifted synced sync --yes
wait

total=0
for number in "${!names[@]}"; do
	read_result $((number + 1)) memory
	total=$((total + tried))
	verdict "each allocation fails, $tried ways: ${names[number]}" "$complaint"
done
echo "# tried $total points at which sipisctl can have no memory"
done_testing
