#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh [SUITE...] - build the project in a root of each Debian suite, boot it there once for each of checks/, and print
#                     the results as TAP. Root only. See README beside this file.

set -euo pipefail

here=$(dirname "$(realpath "$0")")
suites=("$@")
[ $# -gt 0 ] || suites=(bookworm trixie)

cannot_boot() {
	if [ "${SIPIS_BOOT_REQUIRED:-}" = 1 ]; then
		echo "Bail out! $*"
		exit 1
	fi
	echo "1..0 # SKIP $*"
	exit 0
}

[ "$(id -u)" = 0 ] || cannot_boot "only root can boot a container"
for tool in systemd-nspawn unshare; do
	[ -n "$(command -v $tool)" ] || cannot_boot "$tool is not installed"
done
unshare --mount true 2>/dev/null || cannot_boot "mount namespaces are not permitted here"

work=$(mktemp -d "${TMPDIR:-/tmp}/sipis-boot.XXXXXX")
output=${SIPIS_BOOT_OUTPUT:-$work/output}
trees=${SIPIS_BOOT_TREES:-$work/trees}
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'trap "" TERM; kill -- -$all 2>/dev/null || :; wait; exit 130' INT TERM HUP

# --- one suite -------------------------------------------------------------------------------------------------------

# The lines of one script reach the reader together.
emit() {
	flock "$work" cat "$1"
}

# What a script printed, as TAP without numbers. A script that did not come to its end has failed.
tap_of() {
	local suite=$1 name=$2 status=$3 out=$4/out

	{
		sed -n "s/^\(not ok\|ok\) - /\1 - $suite: /p; /^# end$/d; /^#/p" "$out" 2>/dev/null || :
		if [ "$(tail -n1 "$out" 2>/dev/null)" != "# end" ]; then
			echo "not ok - $suite: $name comes to its end"
			echo "# exit status $status; the end of its output and of the log:"
			tail -n 15 "$4/out" "$4/console" "$4/harness" 2>&1 | sed 's/^/#   /' || :
		fi
	} >"$4/tap"
	if grep -q '^not ok' "$4/tap"; then
		grep -aE 'sipis|LoadBalancer2|-generator' "$4/journal" 2>/dev/null | tail -n 15 | sed 's/^/#   /' >>"$4/tap" || :
	fi
}

run_check() {
	local suite=$1 script=$2 name status=0 out

	name=$(basename "$script" .sh)
	out=$output/$suite/$name
	mkdir -p "$out"
	rm -f "$out"/*
	BOOT_OUT=$out "$here/boot-test.sh" boot "$root" "$script" "$trees/$suite/tree" >/dev/null 2>"$out/harness" || status=$?
	tap_of "$suite" "$name" $status "$out"
	emit "$out/tap"
	: >"$out/emitted"
}

build() {
	local suite=$1

	root=$("$here/boot-test.sh" root "$suite") || return 1
	[ ! -d "$trees/$suite/tree" ] || return 0
	mkdir -p "$trees/$suite"
	BOOT_SOURCE=$source BOOT_BIND=$trees/$suite "$here/boot-test.sh" chroot "$root" "$here/build.sh" && return
	rm -rf "${trees:?}/$suite"
	return 1
}

run_suite() {
	local suite=$1 script name running=0

	mkdir -p "$output/$suite"
	if ! build "$suite" >"$output/$suite/build" 2>&1; then
		{
			echo "not ok - $suite: the project is built and installed"
			tail -n 30 "$output/$suite/build" | sed 's/^/#   /'
		} >"$output/$suite/tap"
		emit "$output/$suite/tap"
		return
	fi
	echo "ok - $suite: the project is built and installed" >"$output/$suite/tap"
	emit "$output/$suite/tap"
	for script in $(scripts); do
		if [ $running -ge "$jobs" ]; then
			wait -n || :
			running=$((running - 1))
		fi
		run_check "$suite" "$script" &
		running=$((running + 1))
	done
	wait
	for script in $(scripts); do
		name=$(basename "$script" .sh)
		[ -e "$output/$suite/$name/emitted" ] || echo "not ok - $suite: $name gives a result"
	done
	echo "# $suite took $SECONDS s"
}

# SIPIS_BOOT_CHECKS: patterns of names, for those who work on one of them.
scripts() {
	local patterns pattern

	read -ra patterns <<<"${SIPIS_BOOT_CHECKS:-*}"
	for pattern in "${patterns[@]}"; do
		compgen -G "$here/checks/$pattern.sh" || :
	done | sort -u
}

# --- all of them -----------------------------------------------------------------------------------------------------

# Numbers the lines; fails when one of them failed.
number() {
	local n=0 failed=0 skipped=0 line

	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*)
			n=$((n + 1))
			line="${line%% - *} $n - ${line#* - }"
			;;&
		"not ok "*) failed=$((failed + 1)) ;;
		*"# SKIP"*) skipped=$((skipped + 1)) ;;
		esac
		printf '%s\n' "$line"
	done
	echo "1..$n"
	echo "# $((n - failed - skipped)) passed, $failed failed, $skipped skipped"
	[ $n -gt 0 ] && [ $failed = 0 ]
}

source=$(realpath "${SIPIS_BOOT_SOURCE:-$here/../..}")
if [ -f "$source" ]; then
	mkdir "$work/source"
	tar -C "$work/source" --strip-components=1 -xf "$source"
	source=$work/source
fi
jobs=${SIPIS_BOOT_JOBS:-$((($(nproc) + ${#suites[@]} - 1) / ${#suites[@]}))}

# In a process group of their own, so that all of them can be ended.
rc=0
set -m
for suite in "${suites[@]}"; do
	run_suite "$suite" &
done | number &
set +m
all=$(jobs -p %%)
wait || rc=1

if [ $rc != 0 ] && [ -z "${SIPIS_BOOT_OUTPUT:-}" ]; then
	kept=$(mktemp -d "${TMPDIR:-/tmp}/sipis-boot-output.XXXXXX")
	cp -a "$output/." "$kept"
	echo "# output and journals: $kept"
fi
exit $rc
