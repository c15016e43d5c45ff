#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# i386.sh TARBALL - build what `make dist` made for 32 bits, with this machine's compiler and the libraries of Debian 12, and
#                   run the unit tests and the golden cases in an emulator, as many kernels run no such programs. The
#                   output is TAP. Root only.
. "$(dirname "$(realpath "$0")")/lib.sh"

tarball=$(realpath "$1")
cache=${SIPIS_BOOT_CACHE:-/var/cache/sipis-generator-boot}
[ "$(id -u)" = 0 ] || cannot_test "only root can make the roots"
[ -n "$(command -v mmdebstrap)" ] || cannot_test "mmdebstrap is not installed"
[ "$(gcc -m32 -print-multiarch 2>/dev/null)" = i386-linux-gnu ] || cannot_test "this compiler makes no 32-bit programs"

work=$(mktemp -d "${TMPDIR:-/tmp}/i386.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT

# unpack SUITE DIRECTORY PACKAGES [ARGUMENT...]: what the packages hold, and what they depend on; nothing is run. Without the
# security updates: nobody runs what is linked here, and a mirror has one index less that can be out of date.
unpack() {
	local uri mirror=()
	uri=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $1" 'Created-By: Packages' | sed -n 1p)
	[ -z "$uri" ] || mirror=("deb $uri $1 main")
	mmdebstrap --quiet --variant=extract --include="$3" "${@:4}" "$1" "$2" "${mirror[@]}"
}

libraries=libc6-dev,libgcc-12-dev,libxml2-dev,libsystemd-dev,libsmartcols-dev,libcmocka-dev

# Made beside their places and renamed, so that they are whole or not there.
make_emulator() {
	[ ! -x "$cache/qemu-i386" ] || return 0
	unpack trixie "$work/qemu" qemu-user || return # statically linked; the one of Debian 12 does not know openat2()
	install "$work/qemu/usr/bin/qemu-i386" "$cache/qemu-i386.new" &&
		mv "$cache/qemu-i386.new" "$cache/qemu-i386"
}

make_system() {
	[ "$(cat "$cache/i386/made-of" 2>/dev/null)" != $libraries ] || return 0
	rm -rf --one-file-system "$cache/i386.new" "$cache/i386"
	unpack bookworm "$cache/i386.new" $libraries --architectures=i386 || return
	rm -rf --one-file-system "$cache/i386.new/dev" # the emulator would open its ptmx in place of the machine's
	echo $libraries >"$cache/i386.new/made-of"
	mv -T "$cache/i386.new" "$cache/i386"
}

library=$cache/i386/usr/lib/i386-linux-gnu

configure() {
	PKG_CONFIG_LIBDIR=$library/pkgconfig PKG_CONFIG_SYSROOT_DIR=$cache/i386 ../configure -q --host=i686-linux-gnu \
		CC="gcc -m32 --sysroot=$cache/i386 -B$cache/i386/usr/lib/gcc/i686-linux-gnu/12/" AR=ar RANLIB=ranlib NM=nm \
		--enable-werror --with-catalogdir=/usr/lib/systemd/catalog --with-sysusersdir=/usr/lib/sysusers.d \
		--with-systemdsystemgeneratordir=/lib/systemd/system-generators --with-systemdsystemunitdir=/lib/systemd/system \
		--with-tmpfilesdir=/usr/lib/tmpfiles.d
}

run_tests() {
	make --silent --keep-going -j"$(nproc)" check TESTS="\$(unit_tests) tests/golden/run.sh" \
		TEST_WRAPPER="$cache/qemu-i386 -L $cache/i386 -E LD_LIBRARY_PATH=$cache/i386/lib/i386-linux-gnu:$library"
}

# step NAME COMMAND...: all of it ends where one fails
step() {
	if "${@:2}" >"$work/log" 2>&1; then ok "i386: $1"; return; fi
	not_ok "i386: $1" "$(tail -n 30 "$work/log")"
	done_testing
	exit 1
}

count() {
	awk -v what="$1" '$0 ~ "^# " what ":" { print $3 }' "$work/log"
}

mkdir -p "$cache" "$work/source/build"
exec 9>"$cache/i386.lock"
flock 9
tar -C "$work/source" --strip-components=1 -xf "$tarball"
cd "$work/source/build"
step "the emulator" make_emulator
step "the libraries" make_system
step configure configure
step make make --silent -j"$(nproc)"
is "i386: what was built" "ELF32 Intel80386" \
	"$(readelf -h generator/sipis-generator | awk '/Class:/ { c = $2 } /Machine:/ { print c, $2 $3 }')"
step tests run_tests
is "i386: tests that failed, or were skipped" "0 0 0" "$(count FAIL) $(count ERROR) $(count SKIP)"
verdict "i386: hundreds of tests were run" "$([ "$(count PASS)" -gt 200 ] || count PASS)"
done_testing
[ "$tap_failed" = 0 ]
