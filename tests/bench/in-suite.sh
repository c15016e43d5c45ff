#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# in-suite.sh TARBALL SUITE OUTPUT - build what `make dist` made in a root of the suite, and run `make bench` there, with
#                                    the peers that the suite has. Root only. What run.sh writes ends up in OUTPUT.
#
# The root is that of the boot tests; what is installed goes to an overlay of it, which is in memory.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
boot_test=$here/../boot/boot-test.sh

[ $# = 3 ] || { sed -n '/^# in-suite/,/^#  /s/^# //p' "$0" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "in-suite.sh: only root can make the roots" >&2; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/in-suite.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir "$work/source" "$work/bind"
xz -dc "$1" >"$work/source/tarball.tar" # a root has no xz
cat /etc/resolv.conf >"$work/source/resolv.conf"
mkdir -p "$3"

cat >"$work/script" <<'END'
#!/bin/bash
set -euo pipefail
cp /source/resolv.conf /etc/resolv.conf
apt-get update -q >/dev/null
apt-get install -y -q --no-install-recommends gnuplot-nox >/dev/null
mkdir /var/tmp/build
cd /var/tmp/build
tar --strip-components=1 -xf /source/tarball.tar
./configure -q >/dev/null
make --silent -j"$(nproc)"
[ -z "${1:-}" ] || export BENCH_SIZES=$1
[ -z "${2:-}" ] || export BENCH_SECONDS=$2
BENCH_PEERS=1 make --silent bench
cp bench/* /bind/
END

root=$("$boot_test" root "$2")
BOOT_SOURCE=$work/source BOOT_BIND=$work/bind "$boot_test" chroot "$root" "$work/script" \
	"${BENCH_SIZES:-}" "${BENCH_SECONDS:-}"
cp "$work"/bind/* "$3/"
