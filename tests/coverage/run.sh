#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# coverage/run.sh DIRECTORY: build in DIRECTORY with gcc --coverage, run the tests of make check, and list the functions
# of src/ and generator/ that no test entered. The file `booted` lists those that only a booted system enters. It fails
# if a test fails, if a function is neither entered nor listed, or if a listed function was entered, does not exist, or
# names no boot check.
#
# The counters are in DIRECTORY afterwards: `gcov -b -t FILE.gcno` shows those of a file. Run it as root with all
# packages of ../../bootstrap: what a skipped test would enter is not entered. Of the points at which something can fail one
# of ten is tried.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
mkdir -p "$1"
cd "$1"

# All counters begin at zero; tests that run as other users must be able to write them.
reset_counters() {
	find . -name '*.gcda' -delete
	find src generator -name '*.gcno' | sed 's/gcno$/gcda/' | while read -r file; do install -m 666 /dev/null "$file"; done
}

# functions: print of each function FILE NAME COUNT; a function of a header is part of several object files
functions() {
	find src generator -name '*.gcno' -exec "${GCOV:-gcov}" -b -t {} + 2>/dev/null | awk -v top="$top/" '
		/^ *-: *0:Source:/ { file = substr($0, index($0, top) + length(top)) }
		/^function / && file ~ /^(src|generator)\// { sum[file " " $2] += $4 }
		END { for (name in sum) print name, sum[name] }' | sort
}

# complain HEADING LINES: print the lines, if there are any
complaints=0
complain() {
	[ -n "$2" ] || return 0
	echo "$1:"
	echo "    ${2//$'\n'/$'\n'    }"
	complaints=$((complaints + $(wc -l <<<"$2")))
}

if [ ! -e Makefile ]; then
	${CC:-gcc} -fPIC -c -o dump.o "$here/dump.c"
	"$top/configure" -q CFLAGS='-g -O0 --coverage' \
		LDFLAGS="-Wl,--wrap=_exit -Wl,--export-dynamic-symbol=coverage_dump $PWD/dump.o" >configure.out
fi
make -s >make.out 2>&1 || { cat make.out; exit 1; }
make -s check TESTS= >>make.out 2>&1
reset_counters
make -s check-coverage >check.out 2>&1 || true
grep -E '^(FAIL|ERROR|SKIP):' check.out || true
grep -q '^# TOTAL: *[1-9]' check.out || { tail -n 30 check.out; echo "coverage: the tests did not run"; exit 1; }

functions >counts
sed -e '/^#/d' -e '/^$/d' "$here/booted" | sort >listed
entered() { awk '$3 > 0 { print $1, $2 }' counts; }
not_entered() { awk '$3 == 0 { print $1, $2 }' counts; }

complain "tests failed" "$(grep -E '^(FAIL|ERROR):' check.out)"
complain "no test enters these functions" "$(comm -23 <(not_entered) <(cut -d' ' -f1,2 listed))"
complain "listed in $here/booted, but tests enter these functions" "$(comm -12 <(entered) <(cut -d' ' -f1,2 listed))"
complain "listed in $here/booted, but there are no such functions" "$(comm -13 <(cut -d' ' -f1,2 counts) <(cut -d' ' -f1,2 listed))"
complain "listed in $here/booted, but there are no such checks" "$(while read -r _ _ check _; do
	[ "$check" = - ] || [ -e "$here/../boot/checks/$check.sh" ] || echo "$check"
done <listed | sort -u)"
echo "$(wc -l <counts) functions: $(entered | wc -l) entered by make check, $(wc -l <listed) in booted systems alone"
[ "$complaints" = 0 ]
