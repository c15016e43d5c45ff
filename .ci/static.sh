# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Run the checkers that read the sources, and try make distcheck; .ci/run sources this file.
: "${top:?}" "${jobs:?}"

sources() { git ls-files -- '*.c' '*.h'; }
scripts() { git grep -lE '^#!/bin/(ba)?sh|shellcheck shell=bash' -- bootstrap .ci 'tests/*.sh' 'packaging/*'; }

# The tests whose result could depend on where the tree is; all of them have been run on the same code.
distcheck() {
	make -s -C build/gcc -j"$jobs" distcheck AM_COLOR_TESTS=no TESTS="tests/generator/run.sh tests/golden/run.sh \
		tests/golden-split/run.sh tests/packaging/files.sh tests/source/includes.sh tests/units/verify.sh"
}

# Uninstall removes all that install wrote.
uninstalls() {
	local image=$top/build/image
	rm -rf "$image"
	make -s -C build/gcc install DESTDIR="$image" >/dev/null || return 1
	[ -x "$image/usr/bin/sipisctl" ] || return 1
	make -s -C build/gcc uninstall DESTDIR="$image" >/dev/null || return 1
	[ -z "$(find "$image" ! -type d -print)" ] || { find "$image" ! -type d; return 1; }
	rm -rf "$image"
}

# Leave out two warnings of gcc's analyzer. It loses track of memory that the members of an array own, and of values that
# a function stores through a pointer. valgrind and AddressSanitizer find real faults of both kinds.
gcc_analyzer() {
	rm -rf build/analyzer
	mkdir -p build/analyzer
	(
		cd build/analyzer &&
			"$top/configure" -q --enable-werror CC=gcc \
				CFLAGS="-O1 -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-use-of-uninitialized-value" &&
			make -s -j"$jobs" generator/sipis-generator src/sipisctl/sipisctl
	)
}

# Leave out the checkers that .clang-tidy leaves out; that file gives the reasons. With a third of the paths that it
# follows by default it takes a third of the time.
scan_build() {
	local options
	options=$(grep -o -- '-clang-analyzer-[A-Za-z.]*' .clang-tidy | sed 's/-clang-analyzer-/-disable-checker /')
	rm -rf build/scan # make must compile every file: only then does scan-build read it
	mkdir -p build/scan
	# shellcheck disable=SC2086
	(
		cd build/scan &&
			scan-build -o reports "$top/configure" -q CC=clang CFLAGS="-g -O0" &&
			scan-build --status-bugs -o reports -analyzer-config max-nodes=75000 $options \
				make -s -j"$jobs" generator/sipis-generator src/sipisctl/sipisctl
	)
}

# Leave out leaks: cppcheck does not know the cleanup attribute.
cpp_check() {
	# shellcheck disable=SC2046
	cppcheck --quiet --error-exitcode=1 --std=c11 --library=gnu --enable=warning,performance,portability \
		--suppress=memleak --suppress=missingInclude -j"$jobs" -Isrc \
		$(git ls-files -- 'src/*.c' 'generator/*.c')
}

# Without the analyzer, which scan-build runs.
tidy() {
	local flags
	echo '#define SIPISCTL "/usr/bin/sipisctl"' >build/tidy.h
	flags="-std=gnu11 -include build/gcc/config.h -include build/tidy.h -Isrc"
	flags+=" $(pkg-config --cflags libxml-2.0 libsystemd smartcols)"
	git ls-files -- 'src/*.c' 'generator/*.c' |
		xargs -P "$jobs" -n 6 sh -c 'clang-tidy --quiet --warnings-as-errors="*" --checks="-clang-analyzer-*" "$@" -- '"$flags" tidy
}

check_scripts() { scripts | xargs -P "$jobs" -n 8 shellcheck; }

manuals() {
	local page
	for page in build/gcc/{generator,src,src/sipisctl,units}/*.[1-8]; do
		[ -e "$page" ] || continue
		[ -z "$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)" ] || { echo "$page: man warns"; return 1; }
		mandoc -T lint -W warning "$page" || return 1
	done
}

# A build in the tree leaves nothing that git would show, and bootstrap takes it for its own.
builds_in_place() {
	local copy=$top/build/in-place
	rm -rf "$copy"
	git clone -q "$top" "$copy" || return 1
	(
		cd "$copy" &&
			autoreconf --install >/dev/null 2>&1 && ./configure -q CFLAGS=-O0 >/dev/null && ./bootstrap demo && make -s dist &&
			cp -r packaging/debian debian && debian/rules clean && [ ! -e config.status ]
	) || return 1
	[ -z "$(git -C "$copy" status --short)" ] || { git -C "$copy" status --short; return 1; }
	rm -rf "$copy"
}

static_checks() {
	say "Static checks"
	# shellcheck disable=SC2046
	quietly "clang-format would change nothing" clang-format --dry-run --Werror $(sources)
	quietly "clang-tidy has nothing to say" tidy
	quietly "scan-build has nothing to say" scan_build
	quietly "gcc -fanalyzer has nothing to say" gcc_analyzer
	quietly "cppcheck has nothing to say" cpp_check
	quietly "shellcheck has nothing to say" check_scripts
	quietly "the manual pages are clean" manuals
	quietly "uninstall removes what install wrote" uninstalls
	quietly "a build in the tree leaves it clean" builds_in_place
	quietly "make distcheck" distcheck
}
