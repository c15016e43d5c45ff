# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the tests with faults share, besides ../lib.sh: a directory, and trials that run in parallel.

# Some thousand trees are made and removed, few of them at a time.
make_work sipis-fault 32
: "${work:?}"

# is_measured PROGRAM: succeed for a program of `make coverage`, which has calls of its own
is_measured() { "${NM:-nm}" -D --defined-only "$1" | grep -q ' coverage_dump$'; }

# As sample.c has it
every=${FAULT_EVERY:-1} points=0
next_is_tried() { [ $((points++ % every)) = 0 ]; }

# in_background NAME PROGRAM ARGUMENTS...: as soon as a processor is free; its output is for read_result
in_background() {
	local name=$1
	shift
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
	"$@" >"$work/$name.out" 2>&1 &
}

# read_result NAME [KIND]: leaves tried and complaint
# shellcheck disable=SC2034
read_result() {
	local kind=${2:+$2 }
	tried=$(sed -n "s/^tried $kind//p" "$work/$1.out")
	complaint=$(sed -n "s/^complaint $kind//p" "$work/$1.out")
	[ "${tried:-0}" -gt 0 ] || complaint="nothing was tried: $(<"$work/$1.out")" tried=0
}
