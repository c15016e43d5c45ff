#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# outage.sh [SUITE] - how long SIPIS is down when changed settings are applied: by the four commands of the vendor's guide,
#                     typed in one line, and by `sipisctl apply`. Pairs in one boot of SUITE (trixie), one after the other,
#                     the order alternating; prints every pair, the medians, and whether apply is down for at most half as
#                     long. Root only; uses tests/boot/, whose variables work here too.
#
# The outage begins with the first port of an instance that does not answer and ends when all ports of all instances
# answer again. Environment: OUTAGE_PAIRS (9), OUTAGE_INSTANCES (4).
set -euo pipefail
here=$(dirname "$(realpath "$0")")
boot=$here/../boot

suite=${1:-trixie}
work=$(mktemp -d "${TMPDIR:-/tmp}/sipis-outage.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT

root=$("$boot/boot-test.sh" root "$suite")
tree=${SIPIS_BOOT_TREES:+$SIPIS_BOOT_TREES/$suite}
tree=${tree:-$work/trees}
if [ ! -d "$tree/tree" ]; then
	mkdir -p "$tree"
	BOOT_SOURCE=$(realpath "$here/../..") BOOT_BIND=$tree "$boot/boot-test.sh" chroot "$root" "$boot/build.sh" >"$work/build" 2>&1 || {
		tail -n 20 "$work/build"
		exit 1
	}
fi

# The check that runs in the booted system; what it compares with is built there.
sed "s/@PAIRS@/${OUTAGE_PAIRS:-9}/; s/@INSTANCES@/${OUTAGE_INSTANCES:-4}/" "$here/outage-check.sh" >"$work/check"
mkdir -p "$tree/tree/usr/lib/sipis-outage"
cp "$here/outage.c" "$tree/tree/usr/lib/sipis-outage/"
rc=0
"$boot/boot-test.sh" boot "$root" "$work/check" "$tree/tree" 2>"$work/harness" || rc=$?
rm -r "$tree/tree/usr/lib/sipis-outage"
exit $rc
