#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Change the programs in one place, run the tests that enter this place, and see whether one of them fails. `make mutants`
# runs this with the sources in DIRECTORY/tree; README says what it does. Variables:
#   MUTANTS_SEED    which mutants are taken [1]
#   MUTANTS_COUNT   how many [400]
#   MUTANTS_JOBS    how many copies of the tree work side by side [1]
#   MUTANTS_FILES   an extended regular expression for the files, as src/selector/ [all]
# Usage: run.sh DIRECTORY; TESTS, CONFIGURE_ARGUMENTS and MAKE come from the Makefile.
set -uo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"

seed=${MUTANTS_SEED:-1} count=${MUTANTS_COUNT:-400} jobs=${MUTANTS_JOBS:-1} files=${MUTANTS_FILES:-}
programs=(generator/sipis-generator src/sipisctl/sipisctl)

die() { echo "mutants: $1" >&2; exit 1; }
say() { echo "mutants: $1"; }

# --- copies of the tree --------------------------------------------------------------------------------------------

# configure_copy NAME CFLAGS [ARGUMENT]: make a copy of the tree that builds with these flags, unless there is one of the
# same tree
configure_copy() {
	if [ -e "$1/of" ] && [ "$(<"$1/of")" = "$tree" ]; then
		restore_sources "$1"
		return
	fi
	rm -rf "$1"
	mkdir -p "$1/build"
	cp -a tree "$1/source"
	(cd "$1/build" && eval "../source/configure -q $CONFIGURE_ARGUMENTS --disable-werror ${3:-}" "CFLAGS='$2'") \
		>"$1/configure.out" 2>&1 || die "configure failed, see $PWD/$1/configure.out"
}

# restore_sources COPY: put back what a run that was killed left changed
restore_sources() {
	local file
	(cd tree && find src generator -type f) | while read -r file; do
		cmp -s "tree/$file" "$1/source/$file" || cp "tree/$file" "$1/source/$file"
	done
}

build_copy() {
	configure_copy "$@"
	# One after the other: "all" is a make of its own.
	{ make_in "$1" -j"$jobs" all && make_in "$1" -j"$jobs" check-tools; } >"$1/make.out" 2>&1 ||
		die "make failed, see $PWD/$1/make.out"
	echo "$tree" >"$1/of"
}

# make_in COPY ARGUMENT...
make_in() { "${MAKE:-make}" -s -C "$1/build" "${@:2}"; }

# --- tests -----------------------------------------------------------------------------------------------------------

# Source and packages are not what mutants change.
list_tests() {
	local test
	for test in ${TESTS:?}; do
		case $test in
		tests/source/* | tests/packaging/* | tests/mutants/*) ;;
		*) echo "$test" ;;
		esac
	done
}

# isolated COMMAND...: as root, let a mutant write to nothing but the copies and temporary files, and kill what it leaves
isolated() {
	if [ "$isolation" = no ]; then "$@"; else unshare --mount --pid --fork --kill-child --mount-proc "$here/isolated.sh" "$@"; fi
}

# build_test COPY TEST: link what it runs
build_test() {
	local what=check-tools
	[[ $2 == *.sh ]] || what=$2
	make_in "$1" "$what" >"$1/make.out" 2>&1
}

# run_test COPY TEST SECONDS: succeed if the test passes. With "stop" it ends soon after its first failure.
run_test() {
	local name=$2 temporary=$work/$1 verdict
	[[ $name != *.sh ]] || name=../source/$name
	mkdir -p "$temporary"
	TMPDIR=$temporary isolated timeout -k 5 "$3" "${MAKE:-make}" -s -C "$1/build" run-test TEST="$name" 2>&1 </dev/null |
		awk -v stop="${stop:-}" -v log_="$1/test.out" '
			{ print >log_ }
			/^not ok|^Bail out!/ { failed = 1; if (stop) exit }
			/^1\.\.[0-9]/ { planned = 1 }
			END { exit failed || !planned }'
	verdict=$((PIPESTATUS[0] + PIPESTATUS[1]))
	chmod -R u+rwX "$temporary" 2>/dev/null
	rm -rf "$temporary"
	return $((verdict != 0))
}

# --- which test enters which line, and how long it takes -----------------------------------------------------------

# map_test TEST: leaves in map/TEST/ the milliseconds that it takes, and each "FILE LINE" that it enters; nothing if it
# fails without a mutant
map_test() {
	local map=map/${1//\//-} started milliseconds passes=0 coverage
	rm -rf "$map"
	mkdir -p "$map"
	build_test 1 "$1" || die "cannot build $1, see $PWD/1/make.out"
	build_test coverage "$1" || die "cannot build $1, see $PWD/coverage/make.out"
	find coverage -name '*.gcda' -delete
	run_test coverage "$1" 1800 &
	coverage=$!
	started=${EPOCHREALTIME/./}
	run_test 1 "$1" 900 || passes=1
	milliseconds=$(((${EPOCHREALTIME/./} - started) / 1000))
	wait $coverage
	if [ $passes = 0 ]; then
		echo "$milliseconds $1" >"$map/time"
		{ covered_lines; unwritten_lines "$1"; } | sort -u >"$map/lines"
		say "$1 enters $(wc -l <"$map/lines") lines"
	else
		say "$1 fails without a mutant: left out"
	fi
	fingerprint "$1" >"$map/of"
}

# fingerprint TEST: what decides which lines it enters: the sources, the test, and what other tests do not own
fingerprint() {
	(cd tree && find src generator tests/*.sh "$1"* "${1%/*}" -type f \( ! -path "${1%/*}/*.sh" ! -path "*/test-*" \
		-o -path "$1" -o -path "$1.c" \) -exec md5sum {} + | sort -u | md5sum)
}

# unwritten_lines TEST: print what programs enter that are stopped in this test before they write it down, or may not as
# they run as another user
unwritten_lines() {
	case $1 in
	tests/fault/generator.sh | tests/fault/races.sh) grep -hv ^src/sipisctl/ map/tests-golden-run.sh/lines ;;
	tests/sipisctl/route.sh) cat map/tests-sipisctl-check.sh/lines ;;
	tests/fault/host.sh) cat map/tests-sipisctl-{host,status}.sh/lines ;;
	tests/fault/memory.sh) cat map/tests-golden-run.sh/lines map/tests-sipisctl-{check,playbook,route,show,split-files}.sh/lines ;;
	esac
}

# covered_lines: print "FILE LINE" for the lines that were executed; add all lines with code to map/code
covered_lines() {
	(cd coverage/build && find src generator tests/unit -name '*.gcda' -exec gcov -t {} + 2>/dev/null) | awk -F: -v code=map/code '
		$2 + 0 == 0 && $3 == "Source" { file = $4; sub(/^.*source\//, "", file) }
		file !~ /^(src|generator)\// || $1 ~ /-$/ { next }
		{ print file, $2 + 0 >>code }
		$1 ~ /[0-9]/ { print file, $2 + 0 }' | sort -u
}

make_map() {
	local test
	mkdir -p map
	build_copy coverage '-O0 --coverage'
	for test in $(list_tests); do
		fingerprint "$test" | cmp -s - "map/${test//\//-}/of" || map_test "$test"
	done
	sort -u -o map/code map/code
	cat map/*/time | sort -n >map/times
	while read -r _ test; do sed "s|\$| $test|" "map/${test//\//-}/lines"; done <map/times >map/entered
}

# --- one mutant ------------------------------------------------------------------------------------------------------

# apply_mutant COPY FILE OFFSET LENGTH REPLACEMENT: other lines keep their numbers
apply_mutant() {
	local original=tree/$2 removed
	removed=$(tail -c +$(($3 + 1)) "$original" | head -c "$4" | tr -dc '\n'; echo x)
	{
		head -c "$3" "$original"
		printf %s "$5${removed%x}"
		tail -c +$(($3 + $4 + 1)) "$original"
	} >"$1/source/$2"
}

# same_objects COPY FILE: succeed if the compiler made of the mutant what it made of the original
same_objects() {
	local directory=${2%/*} name=${2##*/} object
	[[ $name == *.c ]] || return 1
	for object in "$1/build/$directory/${name%.c}.o" "$1/build/$directory/"*_*-"${name%.c}.o"; do
		[ ! -e "$object" ] || cmp -s "$object" "1/objects/$directory/${object##*/}" || return 1
	done
}

# judge_mutant COPY FILE TESTS: leaves verdict, and the test that notices in by
judge_mutant() {
	local copy=$1 file=$2 test milliseconds
	verdict=not-compiled by=-
	make_in "$copy" "${programs[@]}" >"$copy/make.out" 2>&1 || return
	verdict=same-object
	! same_objects "$copy" "$file" || return
	verdict=killed
	for test in $3; do
		by=$test
		milliseconds=$(awk -v name="$test" '$2 == name { print $1 }' map/times)
		build_test "$copy" "$test" || return
		stop=yes run_test "$copy" "$test" $((milliseconds / 100 + 20)) || return
	done
	judge_sanitized "$@" || return
	verdict=survived by=-
	[ -n "$3" ] || verdict=not-entered
}

# judge_sanitized COPY FILE TESTS: fail if sanitizers notice the mutant: a read past the end often changes nothing else.
# Tests that fail there without it do not count.
judge_sanitized() {
	local copy=$1-sanitizers test verdict=0
	for test in $3; do passes_sanitized "$copy" "$test"; done
	cp "$1/source/$2" "$copy/source/$2"
	make_in "$copy" "${programs[@]}" >"$copy/make.out" 2>&1 || verdict=1
	for test in $3; do
		[ "$verdict" = 0 ] || break
		[ "$(<"$copy/passes/${test//\//-}")" = 0 ] || continue
		by=$test
		build_test "$copy" "$test" && stop=yes run_test "$copy" "$test" 600 || verdict=1
	done
	cp "tree/$2" "$copy/source/$2"
	make_in "$copy" "${programs[@]}" >"$copy/make.out" 2>&1
	return $verdict
}

# passes_sanitized COPY TEST: leaves in COPY/passes/TEST whether it passes without a mutant
passes_sanitized() {
	local passes=$1/passes/${2//\//-}
	[ ! -e "$passes" ] || return 0
	mkdir -p "$1/passes"
	build_test "$@" && stop=yes run_test "$@" 600
	echo $? >"$passes"
}

# --- all of them -------------------------------------------------------------------------------------------------------

# claim: leaves index, the place of the next mutant; fails when there are enough that count
claim() {
	local claimed rc
	exec 9>lock
	flock 9
	claimed=$(<claimed)
	index=$((claimed + 1))
	[ $((claimed - $(grep -cE $'\t(not-compiled|same-object)\t' results))) -lt "$count" ] && [ "$index" -le "$total" ] &&
		echo "$index" >claimed
	rc=$?
	exec 9>&-
	return $rc
}

# What was killed stays killed: tests are added, and a key is as old as the text of its mutant. What survived these tests
# is not tried again either.
work_in_copy() {
	local copy=$1 fields key tests file line function operator original mutated offset length replacement verdict by
	while claim; do
		mapfile -t -d $'\t' fields < <(sed -n "${index}p" sample | tr '\n' '\t')
		key=${fields[1]} tests=${fields[2]} file=${fields[3]} line=${fields[4]} function=${fields[5]} operator=${fields[6]}
		original=${fields[7]} mutated=${fields[8]} offset=${fields[9]} length=${fields[10]} replacement=${fields[11]:-}
		read -r verdict by < <(grep -E "^$key ((killed|not-compiled|same-object) |(survived|not-entered) - $tree\$)" known | cut -d' ' -f2-3) || {
			apply_mutant "$copy" "$file" "$offset" "$length" "$replacement"
			judge_mutant "$copy" "$file" "$tests"
			cp "tree/$file" "$copy/source/$file"
			echo "$key $verdict $by $tree" >>known
		}
		printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$verdict" "$by" "$file:$line" "$function" "$operator" "$original" "$mutated" >>results
	done
}

prepare_copies() {
	local copy
	build_copy 1 -O2
	rm -rf 1/objects
	mkdir 1/objects
	(cd 1/build && find src generator -name '*.o' -exec cp --parents {} ../objects/ \;)
	for ((copy = 2; copy <= jobs; copy++)); do build_copy "$copy" -O2; done
	for ((copy = 1; copy <= jobs; copy++)); do build_copy "$copy-sanitizers" -O1 --enable-sanitizers; done
}

draw_sample() {
	(cd tree && find src generator -name '*.[ch]' | sort | xargs awk -f "$here/mutate.awk") >mutants
	awk -v seed="$seed" -v files="$files" -f "$here/sample.awk" "$here/booted" "$here/forked" \
		"$here/equivalent" map/code map/entered mutants | sort >drawn
	grep -v '^left out' drawn >sample
	total=$(wc -l <sample)
}

main() {
	local copy tree
	cd "${1:?}/tree/.." || die "call this by make mutants"
	make_work sipis-mutants 500
	chmod 755 "$work" # tests become other users
	isolation=no
	[ "$(id -u)" != 0 ] || ! unshare --mount --pid --fork true 2>/dev/null || isolation=yes

	tree=$(cd tree && find . -type f ! -path './tests/mutants/*' -exec md5sum {} + | sort | md5sum | cut -c1-32)
	prepare_copies
	make_map
	draw_sample
	touch known
	echo 0 >claimed
	: >results
	for ((copy = 1; copy <= jobs; copy++)); do work_in_copy "$copy" & done
	wait
	grep '^left out' drawn | cat - results | awk -F'\t' -v seed="$seed" -f "$here/report.awk" | tee report
}

main "$@"
exit
