#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tests/README names the tests of every folder of src/ and generator/, and files that exist. Every test is run by make check.
# boot-test.sh takes no option and no path for the name of a root, which it would make in its cache.
set -uo pipefail
. "$(dirname "$0")/../tap.sh"
cd "$(dirname "$0")/.." || exit 99

# paths: print every word of the README that is a path below tests/; a unit test is written without its .c
paths() {
	tr -s ' ,;:()' '\n' <README | sed 's/\.$//' | grep -v CASE |
		grep -xE "($(find . -mindepth 1 -maxdepth 1 -type d -printf '%f|')none)/.*" | sort -u
}

missing=''
for path in $(paths); do
	compgen -G "$path" >/dev/null || [ -e "$path.c" ] || missing+="$path"$'\n'
done
verdict "the README names files" "$([ "$(paths | wc -l)" -gt 50 ] || paths)"
verdict "files that the README names exist" "$missing"

unmapped=''
for folder in $(cd .. && find src generator -type d); do
	ls ../"$folder"/*.c >/dev/null 2>&1 || continue
	grep -qE "^    $folder/ +[a-z]" README || unmapped+="$folder"$'\n'
done
verdict "the README names the tests of every folder" "$unmapped"

unnamed=''
for script in fault/*.sh generator/*.sh golden/run.sh golden-split/run.sh sipisctl/*.sh source/*.sh units/*.sh; do
	[ ! -x "$script" ] || grep -q "tests/$script" ../Makefile.am || unnamed+="$script"$'\n'
done
for test in unit/test-*.c; do
	grep -q "tests/${test%.c} " ../Makefile.am || grep -q "tests/${test%.c}\$" ../Makefile.am || unnamed+="$test"$'\n'
done
verdict "make check runs every test" "$unnamed"

taken=''
for suite in --help -h ../trixie trixie-other ''; do
	seen=$(SIPIS_BOOT_CACHE=/dev/null/cache boot/boot-test.sh root "$suite" 2>&1)
	[[ $seen = 'boot-test.sh - '* ]] || taken+="$suite: $seen"$'\n'
done
verdict "boot-test.sh root shows its usage for what is no suite" "$taken"
done_testing
