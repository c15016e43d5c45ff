#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# coverage.sh DIRECTORY [CORPUS...]: which lines and branches of src/ and generator/ the corpora reach (the
# project's own, and more that have the same folders, as run.sh leaves them). Built in DIRECTORY, with clang.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
mkdir -p "$1"
build=$(cd "$1" && pwd)
shift
corpora=("$here/corpus")
for corpus; do corpora+=("$(cd "$corpus" && pwd)"); done

cd "$build"
"$top/configure" -q CC=clang CFLAGS="-g -O0 -fprofile-instr-generate -fcoverage-mapping" >configure.out
make -s -j"$(nproc)" >make.out 2>&1
harnesses=()
for source in "$here"/fuzz-*.c; do harnesses+=("tests/fuzz/$(basename "$source" .c)"); done
make -s "${harnesses[@]}" >>make.out 2>&1
rm -f ./*.profraw
for harness in "${harnesses[@]}"; do
	for corpus in "${corpora[@]}"; do
		[ -d "$corpus/${harness##*/fuzz-}" ] || continue
		LLVM_PROFILE_FILE=$build/%p.profraw FUZZ_CORPUS=$corpus "$harness" >replay.out
	done
done
version=$(clang -dumpversion)
tool() { if command -v "$1" >/dev/null; then echo "$1"; else echo "$1-${version%%.*}"; fi; }
"$(tool llvm-profdata)" merge -o merged.profdata ./*.profraw
objects=()
for harness in "${harnesses[@]:1}"; do objects+=(-object "$harness"); done
"$(tool llvm-cov)" report "${harnesses[0]}" "${objects[@]}" -instr-profile=merged.profdata "$top/src" "$top/generator" \
	-show-functions=false -show-region-summary=false -show-branch-summary
