#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The parts of `make mutants`: which mutants there are, which of them a seed takes, and what the report says.
. "$(dirname "$0")/../lib.sh"
export LC_ALL=C
make_work sipis-mutants-check 10
top=${tests%/tests}

# mutants DIRECTORY FILE...: list the mutants of these files
mutants() { (cd "$1" && awk -f "$here/mutate.awk" "${@:2}"); }

# draw SEED FILES: print the order in which the seed takes the mutants of the example
draw() {
	mutants "$here" example.c |
		awk -v seed="$1" -v files="$2" -f "$here/sample.awk" "$work/booted" "$work/forked" \
			"$work/equivalent" "$work/code" "$work/entered" - | sort
}

# --- mutate.awk ---------------------------------------------------------------------------------------------------

mutants "$here" example.c | cut -f2- >"$work/seen"
matches "the mutants of example.c" "$here/example.expected" "$work/seen"

mapfile -t sources < <(cd "$top" && find src generator -name '*.c' | sort)
mutants "$top" "${sources[@]}" >"$work/all"
is "every source file has mutants" "$(printf '%s\n' "${sources[@]}")" "$(cut -f1 "$work/all" | uniq)"

# --- sample.awk ---------------------------------------------------------------------------------------------------

echo 'example.c other' >"$work/booted"
echo 'other.c' >"$work/forked"
printf '%s\n' 'example.c example' 'if (!text)' 'if (!(!text))' 'a reason' '' >"$work/equivalent"
printf 'example.c %d\n' 18 27 29 30 31 32 33 34 39 >"$work/code"
printf 'example.c %s\n' '27 tests/a.sh' '39 tests/a.sh' '27 tests/b.sh' '27 tests/fault/c.sh' >"$work/entered"

draw 1 '' >"$work/first"
draw 1 '' >"$work/again"
draw 2 '' >"$work/other"
same "a seed takes the same mutants in the same order" "$work/first" "$work/again"
is "another seed takes them in another order" "1 0" "$(cmp -s "$work/first" "$work/other"; echo -n "$? ")$(
	diff <(cut -f3- "$work/first" | sort) <(cut -f3- "$work/other" | sort) >/dev/null; echo $?)"
is "an equivalent mutant is left out, and counted" "left out	1	are equivalent, see tests/mutants/equivalent" \
	"$(grep '^left out' "$work/first")$(cut -f8- "$work/first" | grep -F 'if (!(!text))')"
is "the tests of a mutant are those that enter its line" " tests/a.sh tests/b.sh tests/fault/c.sh" \
	"$(awk -F'\t' '$5 == 27 { print $3 }' "$work/first" | uniq)"
is "a line without code is entered with the one before it, and a fault test enters whole functions" " tests/a.sh tests/fault/c.sh" \
	"$(awk -F'\t' '$5 == 40 { print $3 }' "$work/first" | uniq)"
is "MUTANTS_FILES selects files" "" "$(draw 1 '^src/' | grep -v '^left out')"

echo 'example.c exam*' >"$work/booted"
: >"$work/entered"
is "booted code that no test enters is left out, and counted" \
	"left out	$(grep -c '	example	' "$work/first")	are in what only booted systems enter, see tests/mutants/booted" \
	"$(draw 1 '' | grep booted)"

echo 'other.c' >"$work/booted"
echo 'example.c' >"$work/forked"
echo 'example.c 5 tests/c.sh' >"$work/entered"
is "code that runs in a process which is killed has the tests of its file" " tests/c.sh" \
	"$(draw 1 '' | awk -F'\t' '$5 == 27 { print $3 }' | uniq)"

# --- the lists --------------------------------------------------------------------------------------------------------

is "every record of \"equivalent\" is a mutant, and has a reason" "" "$(awk -F'\t' '
	FNR == NR { known[$1 " " $3 "\n" $5 "\n" $6]; next }
	/^#/ || $0 == "" { if (n && (n != 4 || !((record[1] "\n" record[2] "\n" record[3]) in known))) print record[1]; n = 0; next }
	{ sub(/^[ \t]+/, ""); record[++n] = $0 }
	END { if (n && (n != 4 || !((record[1] "\n" record[2] "\n" record[3]) in known))) print record[1] }' "$work/all" "$here/equivalent")"

# --- report.awk -------------------------------------------------------------------------------------------------------

printf '%s\n' 'left out	7	are equivalent' 'killed	tests/a	src/a/x.c:3	f	compare	a < b	a <= b' \
	'survived	-	src/a/y.c:5	g	remove	call();	;' 'not-entered	-	src/b/z.c:9	h	sign	return r;	return -r;' \
	'not-compiled	-	src/b/z.c:9	h	exchange	break;	continue;' 'same-object	-	src/b/z.c:9	h	compare	a < b	a != b' |
	awk -F'\t' -v seed=5 -f "$here/report.awk" >"$work/report"
is "the report" 'Survivors:

survived src/a/y.c:5 g
  - call();
  + ;
not-entered src/b/z.c:9 h
  - return r;
  + return -r;

folder                       sampled  killed  survived
src/a                              2       1         1
src/b                              1       0         1
all                                3       1         2

Seed 5: 1 of 3 are killed, 33.3 %.
Besides, 1 were not compiled, and of 1 the compiler makes the same code as without them.
Of all mutants, these are left out:
       7 are equivalent' "$(<"$work/report")"
done_testing
