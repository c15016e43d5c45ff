#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tarball.sh TARBALL [SUITE...] - build what `make dist` made in the root of each suite, as somebody does who has it and
#                                 no more: without autotools. The output is TAP. Root only.
. "$(dirname "$(realpath "$0")")/lib.sh"
boot_test=$here/../boot/boot-test.sh

tarball=$(realpath "$1")
suites=("${@:2}")
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie sid)
[ "$(id -u)" = 0 ] || cannot_test "only root can make the roots"
unshare --mount true 2>/dev/null || cannot_test "mount namespaces are not permitted here"

work=$(mktemp -d "${TMPDIR:-/tmp}/tarball.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir "$work/source" "$work/bind"
xz -dc "$tarball" >"$work/source/tarball.tar" # a root has no xz

# In the root. Each step leaves its name behind. sid has the newest libxml2, so there the golden cases are tried too; for
# Debian 12 `make distcheck` does that.
cat >"$work/script" <<'END'
#!/bin/bash
set -euo pipefail
export AUTOCONF=false AUTOHEADER=false AUTOMAKE=false ACLOCAL=false
step() {
	"${@:2}" >"/bind/$1.log" 2>&1
	touch "/bind/$1.done"
}
mkdir /var/tmp/build
cd /var/tmp/build
tar --strip-components=1 -xf /source/tarball.tar
step configure ./configure
step make make --silent -j"$(nproc)"
step tests make --silent -j"$(nproc)" check TESTS="\$(unit_tests) tests/generator/run.sh $*"
step install make --silent install DESTDIR=/var/tmp/image
/var/tmp/image/usr/bin/sipisctl --version >/bind/version
END

count() {
	awk -v what="$1" '$0 ~ "^# " what ":" { print $3 }' "$work/bind/tests.log"
}

try() {
	local suite=$1 root step started=$SECONDS more=()

	[ "$suite" != sid ] || more=(tests/golden/run.sh)
	rm -rf "$work/bind"
	mkdir "$work/bind"
	root=$("$boot_test" root "$suite" 2>"$work/log") || { not_ok "$suite: there is a root" "$(cat "$work/log")"; return; }
	BOOT_SOURCE=$work/source BOOT_BIND=$work/bind "$boot_test" chroot "$root" "$work/script" "${more[@]}" >"$work/log" 2>&1 || true
	for step in configure make tests install; do
		if [ -e "$work/bind/$step.done" ]; then
			ok "$suite: $step"
		else
			not_ok "$suite: $step" "$(tail -n 30 "$work/log" "$work/bind/$step.log" 2>&1)"
			return
		fi
	done
	is "$suite: tests that failed, or were skipped" "0 0 0" "$(count FAIL) $(count ERROR) $(count SKIP)"
	verdict "$suite: hundreds of tests were run" "$([ "$(count PASS)" -gt 200 ] || count PASS)"
	is "$suite: what was installed tells the version" "sipis-generator $version" "$(cat "$work/bind/version")"
	echo "# $suite took $((SECONDS - started)) s"
}

version=$(basename "$tarball" .tar.xz)
version=${version#sipis-generator-}
for suite in "${suites[@]}"; do try "$suite"; done
done_testing
[ "$tap_failed" = 0 ]
