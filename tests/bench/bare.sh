#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The programs that the generator is measured against do its work: they write what it writes.
. "$(dirname "$0")/../lib.sh"
: "${GENERATOR:?}" "${BENCH_PROGRAMS:?}" "${CONFDIR:?}" "${LOADBALANCER_SETTINGS:?}"
make_work sipis-bare 8

"$here/installation.sh" "$work/root" 3
mkdir "$work/generator"
"$GENERATOR" --root="$work/root" "$work/generator" || bail_out "the generator failed"
for program in floor sax2; do
	mkdir "$work/$program"
	"$BENCH_PROGRAMS/$program" "$work/root$CONFDIR" "$work/root$LOADBALANCER_SETTINGS" "$work/$program"
	verdict "$program writes what the generator writes" "$(diff -r --no-dereference "$work/generator" "$work/$program" 2>&1)"
done
done_testing
