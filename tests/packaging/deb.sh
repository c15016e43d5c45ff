#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# deb.sh TARBALL - make Debian packages of what `make dist` made, and try them: lintian, piuparts, and in booted systems. The
#                  output is TAP. Root only. See README beside this file.

. "$(dirname "$(realpath "$0")")/lib.sh"
boot_test=$here/../boot/boot-test.sh

[ $# = 1 ] || { echo "usage: deb.sh TARBALL" >&2; exit 2; }
tarball=$(realpath "$1")
[ "$(id -u)" = 0 ] || cannot_test "only root can boot a container"
for tool in dpkg-buildpackage dh lintian piuparts faketime mmdebstrap systemd-nspawn pkg-config; do
	[ -n "$(command -v $tool)" ] || cannot_test "$tool is not installed"
done
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")

version=$(basename "$tarball")
version=${version#sipis-generator-}
version=${version%.tar.*}

work=$(mktemp -d "${TMPDIR:-/tmp}/sipis-deb.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'trap "" TERM; kill $(jobs -p) 2>/dev/null; wait; exit 130' INT TERM HUP

# Two things at a time, as far as they do not need each other: `start NAME COMMAND...` and later `finish NAME TITLE`, which
# shows the output when it failed.
declare -A process started
start() {
	local name=$1
	shift
	started[$name]=$SECONDS
	(set -e; "$@"; echo "# $((SECONDS - started[$name])) s" >"$work/$name.time") >"$work/$name.log" 2>&1 &
	process[$name]=$!
}

finish() {
	local rc=0
	wait "${process[$1]}" || rc=$?
	if [ $rc = 0 ]; then ok "$2"; else not_ok "$2" "status $rc"$'\n'"$(tail -n 60 "$work/$1.log")"; fi
	cat "$work/$1.time" 2>/dev/null || :
	return $rc
}

# try TITLE COMMAND...
try() {
	start "${2##*/}" "${@:2}"
	finish "${2##*/}" "$1"
}

# --- building --------------------------------------------------------------------------------------------------------

# unpack DIRECTORY: as README.source says
unpack() {
	mkdir -p "$1"
	cp "$tarball" "$1/sipis-generator_$version.orig.tar.xz"
	tar -C "$1" -xf "$tarball"
	cp -r "$1/sipis-generator-$version/packaging/debian" "$1/sipis-generator-$version/debian"
}

# build DIRECTORY [COMMAND...]: below the command, without the environment of this test
build() {
	local directory=$1
	shift
	unpack "$directory"
	cd "$directory/sipis-generator-$version"
	env -i PATH="$PATH" HOME=/nonexistent \
		TZ="${TZ:-UTC}" DEB_BUILD_OPTIONS=nocheck "$@" dpkg-buildpackage --no-sign
}

# The paths differ, and so do date, time zone and umask.
build_again() {
	umask 002
	TZ=Asia/Tokyo build "$work/two/of-a-longer/path" faketime -f +400d
}

same_packages() {
	local package
	for package in "$work"/one/*.deb; do
		cmp "$package" "$work/two/of-a-longer/path/${package##*/}" || return 1
	done
	for package in dsc debian.tar.xz; do
		cmp "$work"/one/*."$package" "$work/two/of-a-longer/path/"*."$package" || return 1
	done
}

# The same files in a package of a higher version, and units that differ.
second_version() {
	local tree=$work/second unit
	dpkg-deb -R "$deb" "$tree"
	sed -i "s/^Version: .*/Version: $version-2/" "$tree/DEBIAN/control"
	for unit in "$tree"/lib/systemd/system/*.service "$tree"/usr/lib/systemd/system/*.service; do
		[ ! -f "$unit" ] || echo '# of the second version' >>"$unit"
	done
	(cd "$tree" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\0' | LC_ALL=C sort -z |
		xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
	dpkg-deb --root-owner-group -b "$tree" "$work/second.deb"
}

# --- what Debian's tools say -----------------------------------------------------------------------------------------

# An override that nothing needs is a tag by itself; but what it says must be there.
overrides_are_explained() {
	local file
	for file in "$here"/../../packaging/debian/{,source/}*lintian-overrides; do
		awk '/^$/ { explained = 0 } /^#/ { explained = 1 } /^[^#]/ && !explained { print FILENAME ": " $0; bad = 1 }
			END { exit bad }' "$file" || return 1
	done
}

# The root has what the package depends on, so piuparts asks apt for nothing. Without sources it can not. The file that is
# ignored is of piuparts itself: it runs logrotate once with what the package has left before the purge.
piuparts_is_content() {
	local chroot=$work/piuparts
	cp -a "$root" "$chroot"
	: >"$chroot/etc/apt/sources.list"
	piuparts --existing-chroot="$chroot" --hard-link --distribution="$suite" --keep-sources-list --no-eatmydata \
		--no-upgrade-test --install-purge-install --install-remove-install --pedantic-purge-test \
		--ignore=/var/lib/logrotate/status "$@"
}

# --- in booted systems -----------------------------------------------------------------------------------------------

stand_in() {
	# shellcheck disable=SC2046 # flags
	gcc -std=gnu11 -D_GNU_SOURCE -O1 -Wall $(pkg-config --cflags libxml-2.0) -o "$work/tree/usr/bin/$1" \
		"$here/../boot/$2" "$here/../boot/stand-in.c" $(pkg-config --libs libxml-2.0)
}

make_tree() {
	local tree=$work/tree source=$work/one/sipis-generator-$version
	mkdir -p "$tree"/{usr/bin,packages,source/packaging/debian,source/tests/golden,etc/systemd/system}
	stand_in sipis stand-in-sipis.c
	stand_in LoadBalancer2 stand-in-loadbalancer.c
	cp "$here/../boot/LoadBalancer2.service" "$tree/etc/systemd/system/"
	cp "$deb" "$tree/packages/first.deb"
	cp "$work/second.deb" "$tree/packages/second.deb"
	cp -r "$source/packaging/debian/tests" "$tree/source/packaging/debian/"
	cp -r "$source/tests/golden/four-processes" "$tree/source/tests/golden/"
}

boot() {
	BOOT_OUT=$work/boot/$1 "$boot_test" boot "$root" "$here/$1.sh" "$work/tree"
}

# finish_boot CHECK: what it has printed, numbered
finish_boot() {
	local line last='' rc=0
	wait "${process[$1]}" || rc=$?
	while IFS= read -r line; do
		last=$line
		case $line in
		"ok - "*) ok "${line#ok - }" ;;
		"not ok - "*) not_ok "${line#not ok - }" ;;
		"#"*) echo "$line" ;;
		esac
	done < <(cat "$work/boot/$1/out" 2>/dev/null)
	verdict "$1 comes to its end" "$([ "$last" = "# end" ] ||
		tail -n 30 "$work/$1.log" "$work/boot/$1/console" 2>&1)"
	cat "$work/$1.time" 2>/dev/null || :
}

# --- all of it -------------------------------------------------------------------------------------------------------

give_up() {
	done_testing
	exit 1
}

start one build "$work/one"
start two build_again
root=$("$boot_test" root "$suite-small" 2>"$work/root.log") || { not_ok "a root of $suite" "$(cat "$work/root.log")"; give_up; }
finish one "packages are built" || give_up
finish two "and built again, elsewhere and on another day" || give_up
try "the bytes are the same" same_packages || :
try "each override of lintian is explained" overrides_are_explained || :
deb=$(echo "$work/one/sipis-generator_$version-"*.deb)
try "a package of a higher version" second_version || give_up
try "the trees for booted systems" make_tree || give_up
start piuparts piuparts_is_content "$deb"
start lintian "$here/lintian.sh" "$work"/one/*.changes
finish lintian "lintian has nothing to say" || :
for check in fresh-machine vendor autopkgtest; do
	start $check boot $check
done
finish piuparts "piuparts: install, remove, purge" || :
for check in fresh-machine vendor autopkgtest; do
	finish_boot $check
done
done_testing
[ "$tap_failed" = 0 ]
