# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Runs golden cases: folders that hold an input, and what the programs make of it. golden/run.sh and golden-split/run.sh
# source this; each has a function for one case, which uses these variables:
#   name   the name of the case
#   case   its folder
#   root   a writable copy of its tree, after its setup
#   seen   an empty directory for what the case produces
# Each case has `about` (what it shows, in a sentence or two) and `root/`. `setup` is optional: it runs inside the copy
# of root/, for what no archive can hold. A file in a case folder that has no meaning is an error.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# tree_matches NAME EXPECTED ACTUAL: compare names, bytes and link targets of two directories, or rewrite the first. An
# expected directory that does not exist is an empty one.
tree_matches() {
	local expected=$2 difference
	[ -e "$expected" ] || expected=$(mktemp -d "$work/empty.XXXXXX")
	if difference=$(diff -ru --no-dereference "$expected" "$3" 2>&1); then
		ok "$1"
	elif rewriting; then
		rm -rf "$2"
		[ -z "$(ls -A "$3")" ] || cp -rP "$3" "$2"
		not_ok "$1 - updated" ""
	else
		not_ok "$1" "$(head -n 100 <<<"$difference")"
	fi
}

# run_case FUNCTION NAME FILE...: a case may have these files
run_case() {
	local function=$1 file unexpected=''
	name=$2 case=$suite/$2 root=$work/case/root seen=$work/case/seen
	shift 2
	for file in "$case"/* "$case"/.[!.]*; do
		[ ! -e "$file" ] || [[ " about root setup $* " == *" ${file##*/} "* ]] || unexpected+=" ${file##*/}"
	done
	[ -s "$case/about" ] || unexpected+=" (no about)"
	[ -d "$case/root" ] || unexpected+=" (no root)"
	[ -z "$unexpected" ] || { not_ok "$name: the case has the files of a case" "unexpected:$unexpected"; return; }
	mkdir -p "$seen"
	copy_tree "$case/root" "$root"
	if [ ! -e "$case/setup" ] || (cd "$root" && sh -e "$case/setup"); then "$function"; else not_ok "$name: setup" ""; fi
	chmod -R u+rwX "$work/case"
	rm -rf "$work/case"
}

# run_cases FUNCTION "FILE..." [CASE...]: run these cases, or all of the folder of the script
run_cases() {
	local function=$1 files=$2 names=("${@:3}") name
	suite=$here
	if [ ${#names[@]} = 0 ]; then
		for name in "$suite"/*/; do names+=("$(basename "$name")"); done
	fi
	for name in "${names[@]}"; do
		# shellcheck disable=SC2086
		run_case "$function" "$name" $files
	done
}
