#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Golden cases of sipisctl split, one folder each (see also ../golden.sh):
#   arguments    the arguments of split, in one line, separated by blanks
#   output       the commands that ran, with standard output, standard error and exit status of each
#   expected/    the tree after the split, byte for byte; missing if nothing changes
# Each case also runs split --dry-run, which must show exactly what split does. Where files changed, check must find no
# error in them, and split --undo must restore every byte. Where none changed, output lists what is left of the state
# of splits.
# SIPIS_REWRITE_GOLDEN=1 rewrites output and expected/. Each rewritten case fails.
#
# usage: run.sh [CASE...]; SIPISCTL comes from the Makefile.
# shellcheck disable=SC2154 # run, in lib.sh, sets status, stdout and stderr
. "$(dirname "$0")/../golden.sh"
: "${SIPISCTL:?}"
make_work sipis-golden-split 16

# Remove the root from paths, and what differs from one run to the next: dates, and times in names.
neutral() {
	local day='((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?[0-9]{4}-[0-9]{2}-[0-9]{2}'
	sed -E -e "s|--root=$root\b|--root=ROOT|g" -e "s|$root||g" \
		-e "s/$day([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?(UTC|Z|[+-][0-9]{2}:?[0-9]{2}|[A-Z]{2,5}))?)?/DATE/g"
}

# print_run ARGUMENTS...: what run has seen of this command, as output has it
print_run() {
	printf '$ sipisctl %s\n' "$*"
	cat "$work/stdout"
	[ ! -s "$work/stderr" ] || { echo "--- standard error"; cat "$work/stderr"; }
	[ "$status" = 0 ] || echo "--- exit status $status"
}

# copy_content FROM TO: copy a tree without the state of splits
copy_content() {
	cp -a "$1" "$2"
	find "$2" -name .sipisctl-split -prune -exec rm -r {} +
}

# content_differences A B: between two trees: names, bytes, links, modes, owners
content_differences() {
	diff -r --no-dereference -x .sipisctl-split "$1" "$2"
	diff <(list_tree "$1") <(list_tree "$2")
}

list_tree() {
	(cd "$1" && find . -name .sipisctl-split -prune -o -printf '%P %y %m %U:%G %n %l\n' | sed '/ d /s/ [0-9]* $//' | sort)
}

# check_dry_run ARGUMENTS...: --dry-run changes nothing, and its differences lead to $seen/tree
check_dry_run() {
	local complaint
	run --root="$root" split "$@" --dry-run
	complaint=$(content_differences "$before" "$root")
	[ -z "$(find "$root" -name .sipisctl-split)" ] || complaint+="it left a state"
	[ "$status" = "$split_status" ] || complaint+="exit status $status"
	[ "$status" = 0 ] || complaint+=$stdout
	if [ "$status" = 0 ]; then complaint+=$stderr; else complaint+=$(diff "$seen/stderr" "$work/stderr"); fi
	if [ -s "$work/stdout" ]; then
		cp -a "$before" "$work/case/patched"
		complaint+=$(patch -d "$work/case/patched" -s -p1 <"$work/stdout" 2>&1)
		complaint+=$(diff -r --no-dereference "$seen/tree" "$work/case/patched")
	else
		complaint+=$(diff -r --no-dereference "$seen/tree" "$before")
	fi
	verdict "$name: --dry-run shows what split does, and changes nothing" "$complaint"
}

split_case() {
	local arguments before=$work/case/before split_status
	read -r -a arguments <"$case/arguments" || [ ${#arguments[@]} -gt 0 ] || { not_ok "$name: arguments" ""; return; }
	cp -a "$root" "$before"

	run --root="$root" split "${arguments[@]}"
	split_status=$status
	print_run split "${arguments[@]}" >"$seen/raw"
	cp "$work/stderr" "$seen/stderr"
	copy_content "$root" "$seen/tree"

	if [ -z "$(content_differences "$before" "$root")" ]; then
		if [ ! -e "$case/expected" ]; then ok "$name: nothing changes"
		elif rewriting; then rm -rf "$case/expected"; not_ok "$name: nothing changes - updated" ""
		else not_ok "$name: nothing changes" "expected/ exists"; fi
		find "$root" -path '*/.sipisctl-split*' -printf '--- left /%P\n' | sort >>"$seen/raw"
	else
		tree_matches "$name: files" "$case/expected" "$seen/tree"
		run --root="$root" check
		print_run check >>"$seen/raw"
		is "$name: exit status 0, and check finds no error" "0 0" "$split_status $status"
		run --root="$root" split --undo --yes
		print_run split --undo --yes >>"$seen/raw"
		verdict "$name: --undo restores every byte" \
			"$([ "$status$stderr" = 0 ] || echo "exit status $status, $stderr")$(content_differences "$before" "$root")"
	fi
	neutral <"$seen/raw" >"$seen/output"
	matches "$name: output" "$case/output" "$seen/output"

	rm -rf "$root"
	cp -a "$before" "$root"
	check_dry_run "${arguments[@]}"
}

run_cases split_case "arguments output expected" "$@"
done_testing
