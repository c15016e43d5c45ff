#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# builders.sh TARBALL [SUITE...] - build what `make dist` made as packagers do: as an ordinary user, in a clean root with
#                                  the build dependencies and nothing else, without /run/systemd and without a network; with
#                                  the flags of other distributions; and with the compilers of Debian unstable. The output
#                                  is TAP. Root only, as it makes the roots.
. "$(dirname "$(realpath "$0")")/lib.sh"
boot_test=$here/../boot/boot-test.sh

tarball=$(realpath "$1")
suites=("${@:2}")
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie sid)
[ "$(id -u)" = 0 ] || cannot_test "only root can make the roots"
for tool in unshare ip mmdebstrap; do
	[ -n "$(command -v $tool)" ] || cannot_test "$tool is not installed"
done
unshare --mount --net true 2>/dev/null || cannot_test "namespaces are not permitted here"

work=$(mktemp -d "${TMPDIR:-/tmp}/builders.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'trap "" TERM; kill $(jobs -p) 2>/dev/null; wait; exit 130' INT TERM HUP
version=$(basename "$tarball" .tar.xz)
version=${version#sipis-generator-}
mkdir -p "$work/source"
cp "$tarball" "$work/source/sipis-generator_$version.orig.tar.xz"
xz -dc "$tarball" >"$work/source/tarball.tar" # not every root has xz

# --- what the compilers of others are called with ---------------------------------------------------------------------

# Fedora's are those of the test build of the RPM; dpkg knows Ubuntu's.
fedora_flags() {
	local macros=$here/../../packaging/rpm/macros.sipis-test
	printf 'export CFLAGS=%q LDFLAGS=%q\n' "$(sed -n 's/^%optflags //p' "$macros")" \
		"$(sed -n 's/^%build_ldflags //p' "$macros")"
}

flags_for() {
	case $1 in
	trixie) echo 'eval "$(DEB_VENDOR=Ubuntu DEB_BUILD_MAINT_OPTIONS=optimize=+lto dpkg-buildflags --export=sh)"' ;;
	sid) fedora_flags ;;
	esac
}

# --- in a root ----------------------------------------------------------------------------------------------------------

# Begun as root, which makes terminals for script(1) and hands the source over; all else is the user's. Each step leaves
# its output and, when it is good, a file NAME.done.
cat >"$work/begin" <<'END'
#!/bin/bash
set -euo pipefail
if [ "$(id -u)" = 0 ]; then
	mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts
	[ ! -e /run/systemd ]
	install -d -o builder /var/tmp/build
	chown builder /bind
	exec runuser -u builder -- env HOME=/home/builder LOGNAME=builder USER=builder "$0" "$@"
fi
step() {
	"${@:2}" >"/bind/$1.log" 2>&1
	touch "/bind/$1.done"
}
cd /var/tmp/build
tar -xf /source/tarball.tar
cd sipis-generator-*/
export FAULT_EVERY=10 # `make check` on the machine itself tries all points
END

# The two builds of a suite have different compiler flags. One of them runs the tests.
bootstrap_word() { if [ "$1" = sid ]; then echo demo; else echo check; fi; }
package_options() { if [ "$1" != sid ]; then echo nocheck; fi; }

builder_script() {
	cat "$work/begin"
	cat <<-END
		cp /source/*.orig.tar.xz ..
		cp -r . ../checkout
		cd ../checkout
		($(flags_for "$1")
		step bootstrap ./bootstrap $(bootstrap_word "$1"))
		cp build/check/check.out /bind/bootstrap-tests.log 2>/dev/null || [ "$1" = sid ]
		cd ../sipis-generator-*/
		cp -r packaging/debian debian
		DEB_BUILD_OPTIONS=$(package_options "$1") step package dpkg-buildpackage -us -uc
		cp ../*.deb ../*.dsc ../*.tar.xz ../*.changes ../*.buildinfo /bind/
	END
}

# The tarball alone, without autotools.
clang_script() {
	cat "$work/begin"
	cat <<-'END'
		export AUTOCONF=false AUTOHEADER=false AUTOMAKE=false ACLOCAL=false
		step lintian tests/packaging/lintian.sh /source/packages/*.changes
		step configure ./configure --quiet --enable-werror CC=clang
		step make make --silent -j"$(nproc)"
		step tests make --silent -j"$(nproc)" check TESTS='$(unit_tests) tests/generator/run.sh tests/golden/run.sh'
		step install make --silent install DESTDIR=/var/tmp/build/image
		/var/tmp/build/image/usr/bin/sipisctl --version >/bind/version
	END
}

# in_root NAME SCRIPT: run it in the root of this name; what it leaves is in $work/NAME
in_root() {
	local name=$1 script=$2 root
	root=$("$boot_test" root "$name") || return
	touch "$work/$name/root.done"
	# shellcheck disable=SC2016 # for the inner shell
	BOOT_SOURCE=$work/source BOOT_BIND=$work/$name/bind unshare --net \
		sh -c 'ip link set lo up && exec "$@"' sh "$boot_test" chroot "$root" "$script"
}

declare -A process began

# start NAME: begin with the script that is already in $work/NAME
start() {
	mkdir -p "$work/$1/bind"
	began[$1]=$SECONDS
	in_root "$1" "$work/$1/script" >"$work/$1/log" 2>&1 &
	process[$1]=$!
}

start_suite() {
	mkdir -p "$work/$1-build"
	builder_script "$1" >"$work/$1-build/script"
	start "$1-build"
}

start_clang() {
	mkdir -p "$work/sid-tools" "$work/source/packages"
	cp "$work"/sid-build/bind/*.{deb,dsc,tar.xz,changes,buildinfo} "$work/source/packages/"
	clang_script >"$work/sid-tools/script"
	start sid-tools
}

# --- results ------------------------------------------------------------------------------------------------------------

# count LOG WHAT: of automake's summary
count() { awk -v what="$2" '$0 ~ "^# " what ":" { n += $3 } END { print n + 0 }' "$1"; }

# tests_passed WHERE LOG: hundreds, and what was skipped is told with its reason
tests_passed() {
	is "$1: tests that failed" "0 0" "$(count "$2" FAIL) $(count "$2" ERROR)"
	verdict "$1: hundreds of tests were run" "$([ "$(count "$2" PASS)" -gt 200 ] || count "$2" PASS)"
	sed -n 's/^SKIP: \([^ ]*\) .*# SKIP */\1: /p; s/^SKIP: \([^ ]*\)$/\1/p' "$2" | sort -u | sed "s/^/# $1: skipped: /"
	echo "# $1: $(count "$2" PASS) passed, $(count "$2" SKIP) skipped"
}

# failures LOG: the tests that failed, with what they say
failures() { grep -E -A15 '^(not ok|FAIL:|ERROR:)' "$1" 2>/dev/null | head -n 60; }

# finish NAME TITLE STEP...: fails at the first step that failed
finish() {
	local directory=$work/$1/bind title=$2 step
	wait "${process[$1]}" || true
	echo "# $1 took $((SECONDS - began[$1])) s"
	[ -e "$work/$1/root.done" ] || { not_ok "$title: there is a root" "$(tail -n 30 "$work/$1/log")"; return 1; }
	for step in "${@:3}"; do
		if [ ! -e "$directory/$step.done" ]; then
			not_ok "$title: $step" "$(failures "$directory/$step.log")
				$(tail -n 30 "$directory/$step.log" "$work/$1/log" 2>&1)"
			return 1
		fi
		ok "$title: $step"
	done
}

finish_suite() {
	finish "$1-build" "$1, as a user" bootstrap package || return
	[ "$(bootstrap_word "$1")" = demo ] ||
		tests_passed "$1, as a user, bootstrap" "$work/$1-build/bind/bootstrap-tests.log"
	[ -n "$(package_options "$1")" ] || tests_passed "$1, as a user, package" "$work/$1-build/bind/package.log"
}

finish_clang() {
	finish sid-tools "sid, clang and lintian" lintian configure make tests install || return
	tests_passed "sid, clang" "$work/sid-tools/bind/tests.log"
	is "sid: what was installed tells the version" "sipisctl (sipis-generator) $version" "$(cat "$work/sid-tools/bind/version")"
}

# Two at a time: a part of the tests waits.
for ((i = 0; i < ${#suites[@]}; i++)); do
	[ $i -gt 0 ] || start_suite "${suites[0]}"
	[ $((i + 1)) -ge ${#suites[@]} ] || start_suite "${suites[i + 1]}"
	finish_suite "${suites[i]}" || continue
	if [ "${suites[i]}" = sid ]; then start_clang; fi
done
if [ -n "${process[sid-tools]:-}" ]; then finish_clang || true; fi
done_testing
[ "$tap_failed" = 0 ]
