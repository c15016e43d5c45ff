#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# boot-test.sh - boot a real systemd as PID 1 in a throw-away overlay of a root, run one script of checks there, print
#                what it prints and exit as it does. Root only; the machine itself needs no systemd.
#
#   boot-test.sh root SUITE[-small|-build|-tools]
#                                               make the root of SUITE when it is missing or out of date; prints its path
#   boot-test.sh chroot ROOT SCRIPT [ARG...]    run SCRIPT in a throw-away overlay of ROOT, without a boot
#   boot-test.sh boot ROOT CHECK [TREE|DEB]...  lay TREE over ROOT, run `CHECK prepare` there, boot, run `CHECK checks`
#
# ROOT is never written to. Lines of CHECK that begin with `# nspawn:`, `# kernel:` or `# timeout:` give further options.
# Environment:
#   SIPIS_BOOT_CACHE  where the roots are kept [/var/cache/sipis-generator-boot]
#   BOOT_OUT          directory that keeps `out`, `journal` and `console` of a boot
#   BOOT_BIND         chroot: a directory that is seen as /bind, writable
#   BOOT_SOURCE       chroot: a directory that is seen as /source, read-only
# Exit status: that of the script; 124 or 137 when it took too long; 255 when there was no boot.

set -euo pipefail

here=$(dirname "$(realpath "$0")")

# What the project is built with, and what the checks use. pkg-config's systemd.pc is in another package since trixie.
packages=(systemd systemd-sysv dbus iproute2 procps
	gcc libc6-dev make autoconf automake pkg-config
	libxml2-dev libsystemd-dev libsmartcols-dev libcmocka-dev)

# SUITE-small: a machine that a package is installed on. It has what the package depends on, and no user sipis.
small_packages=(systemd systemd-sysv dbus iproute2 procps logrotate libxml2 libsmartcols1 libsystemd0)

# SUITE-build: a builder of packages. It has the build dependencies of the package, as the source package names them, and
# nothing else. SUITE-tools: a second compiler and the judge of packages beside them.
control=$here/../../packaging/debian/control
tool_packages=(clang lintian)

die() {
	echo "boot-test: $*" >&2
	exit 255
}

usage() {
	sed -n '/^# boot-test.sh/,/^$/s/^# \{0,1\}//p' "$0" >&2
	exit 255
}

# --- roots -----------------------------------------------------------------------------------------------------------

# One line: they are compared, to see whether a root is out of date.
build_dependencies() {
	awk '/^[^ ]/ { inside = /^Build-Depends:/ } inside { printf "%s", $0 }' "$control"
}

packages_of() {
	local list=("${packages[@]}")

	case $1 in
	*-small) list=("${small_packages[@]}") ;;
	*-build) list=(build-essential "$(build_dependencies)") ;;
	*-tools) list=(build-essential "${tool_packages[@]}" "$(build_dependencies)") ;;
	bookworm) ;;
	*) list+=(systemd-dev) ;;
	esac
	(IFS=, && echo "${list[*]}")
}

# As sbuild makes it: apt resolves the fields of the source package. The mirror is asked from outside, as by mmdebstrap.
# shellcheck disable=SC2016 # "$1" is for the shell that runs the hook
make_build_root() {
	local source=$2.source more=''

	[[ $1 != *-tools ]] || more=$(IFS=, && echo ",${tool_packages[*]}")
	mkdir -p "$source/debian"
	cp "$control" "$source/debian/"
	mmdebstrap --quiet --variant=buildd --include="dpkg-dev$more" \
		--aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook='APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq -y -oDPkg::Chroot-Directory="$1" \
			build-dep '"'$source' >/dev/null" \
		--customize-hook='chroot "$1" useradd --create-home builder' \
		--customize-hook='rm -f "$1"/etc/hostname "$1"/etc/resolv.conf' \
		"${1%-*}" "$2" >&2 || return
	rm -r "$source"
	packages_of "$1" >"$2/etc/boot-test-root"
}

# With a machine ID, or systemd would take every boot for the first one and enable what it has, networkd too. The mirror
# is the one that mmdebstrap and the machine's apt know.
# shellcheck disable=SC2016 # "$1" is for the shell that runs the hook
make_root() {
	local options=(--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*'
		--dpkgopt='path-exclude=/usr/share/locale/*'
		--customize-hook='chroot "$1" useradd --system --no-create-home --home-dir /var/lib/sipis --shell /usr/sbin/nologin sipis')

	[[ $1 != *-small ]] || options=()
	mmdebstrap --quiet --variant=minbase --include="$(packages_of "$1")" \
		--aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt=force-unsafe-io "${options[@]}" \
		--customize-hook='echo 5150515051505150515051505150515a >"$1"/etc/machine-id' \
		--customize-hook='rm -f "$1"/etc/hostname "$1"/etc/resolv.conf' \
		"${1%-small}" "$2" >&2
	packages_of "$1" >"$2/etc/boot-test-root"
}

# Made beside its place and renamed, so that a root is whole or not there.
root() {
	local suite=$1 cache=${SIPIS_BOOT_CACHE:-/var/cache/sipis-generator-boot} new maker=make_root

	[[ $suite != *-build && $suite != *-tools ]] || maker=make_build_root

	mkdir -p "$cache"
	exec 9>"$cache/$suite.lock"
	flock 9
	if [ "$(cat "$cache/$suite/etc/boot-test-root" 2>/dev/null)" != "$(packages_of "$suite")" ]; then
		[ -n "$(command -v mmdebstrap)" ] || die "mmdebstrap is needed to make a root of $suite"
		rm -rf --one-file-system "${cache:?}/$suite" "$cache/$suite".new.*
		new=$(mktemp -d "$cache/$suite.new.XXXXXX")
		chmod 755 "$new"
		$maker "$suite" "$new" 9>&- || { rm -rf --one-file-system "$new"; die "no root of $suite could be made"; }
		mv -T "$new" "$cache/$suite"
	fi
	echo "$cache/$suite"
}

# --- an overlay in private mounts, gone with the last process ------------------------------------------------------------

enter_private_mounts() {
	local rc=0 child

	BOOT_INNER=$(mktemp -d "${TMPDIR:-/tmp}/boot-test.XXXXXX")
	BOOT_OUT=${BOOT_OUT:-$BOOT_INNER/out}
	export BOOT_INNER BOOT_OUT
	mkdir -p "$BOOT_OUT" "$BOOT_INNER/mnt"
	BOOT_OUT=$(realpath "$BOOT_OUT")
	unshare --mount --propagation private "$0" "$@" &
	child=$!
	trap 'kill $child' INT TERM HUP
	wait $child || rc=$?
	trap '' INT TERM HUP
	wait $child 2>/dev/null || : # a second time, after a signal that was passed on
	rm -rf --one-file-system "$BOOT_INNER"
	exit $rc
}

mount_overlay() {
	local root work=$BOOT_INNER/mnt

	root=$(realpath "$1")
	m=$work/root
	mount -t tmpfs -o mode=755 tmpfs "$work"
	mkdir "$work"/{upper,work,root}
	mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/work" "$m"
}

mount_apis() {
	mount -t proc proc "$m/proc"
	mount --bind /dev "$m/dev"
	mount -t tmpfs tmpfs "$m/run"
}

in_chroot() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$m" "$@"
}

run_in_chroot() {
	mount_overlay "$1"
	mount_apis
	mkdir -p "$m/bind" "$m/source"
	[ -z "${BOOT_BIND:-}" ] || mount --bind "$BOOT_BIND" "$m/bind"
	if [ -n "${BOOT_SOURCE:-}" ]; then
		mount --bind "$BOOT_SOURCE" "$m/source"
		mount -o remount,bind,ro "$m/source"
	fi
	install -m 755 "$2" "$m/var/tmp/script"
	shift 2
	in_chroot /var/tmp/script "$@" </dev/null
}

# --- one boot ------------------------------------------------------------------------------------------------------------

# Through tar, because a tree may have lib/ as a directory where the root has a link.
lay_over() {
	case $1 in
	*.deb)
		cp "$1" "$m/var/tmp/boot-test.deb"
		in_chroot dpkg -i /var/tmp/boot-test.deb >&2 || die "dpkg -i $1"
		;;
	*) tar -C "$1" -c . | tar -C "$m" -x --keep-directory-symlink --no-same-owner ;;
	esac
}

write_unit() {
	cat >"$m/etc/systemd/system/boot-test.service" <<-'END'
		[Unit]
		Description=boot test
		After=basic.target dbus.service
		SuccessAction=exit
		FailureAction=exit

		[Service]
		Type=exec
		Environment=HOME=/root LC_ALL=C.UTF-8 SYSTEMD_PAGER= SYSTEMD_COLORS=0
		ExecStart=/boot-test/check checks
		ExecStopPost=-/bin/sh -c 'journalctl --no-pager -b -o short-precise >>/boot-test/out/journal'
		StandardOutput=append:/boot-test/out/out
		StandardError=inherit
		TimeoutStopSec=10
	END
}

options_of() {
	sed -n "s/^# $1: *//p" "$2" | tr '\n' ' '
}

# systemd-nspawn wants a tmpfs on /run. A lone cgroup2 mount makes it, and the guest, use the unified hierarchy, whatever
# the machine has.
prepare_cgroup() {
	mount -t tmpfs -o mode=755 tmpfs /run
	umount -R /sys/fs/cgroup 2>/dev/null || :
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	cgroup=/sys/fs/cgroup/boot-test.$$
	mkdir "$cgroup"
	trap remove_cgroup EXIT
	trap 'exit 255' INT TERM HUP
}

remove_cgroup() {
	echo 1 >"$cgroup/cgroup.kill"
	for _ in {1..250}; do
		grep -q 'populated 0' "$cgroup/cgroup.events" && break
		sleep .02
	done
	find "$cgroup" -depth -type d -exec rmdir {} +
}

nspawn() (
	echo $BASHPID >"$cgroup/cgroup.procs"
	# shellcheck disable=SC2046 # several options
	exec timeout -k 10 "$timeout" systemd-nspawn -q -D "$m" --machine="bt$$" --hostname=boot-test --register=no --keep-unit \
		--boot --console=pipe --private-network --bind="$BOOT_OUT:/boot-test/out" $(options_of nspawn "$check") \
		-- systemd.wants=boot-test.service $(options_of kernel "$check")
)

boot() {
	local rc=133 tree timeout child

	[ -x "$1/lib/systemd/systemd" ] || die "no systemd in $1"
	mount_overlay "$1"
	check=$2
	shift 2
	rm -f "$BOOT_OUT"/{out,journal,console}
	for tree; do
		lay_over "$tree"
	done
	mkdir -p "$m/boot-test/out"
	install -m 644 "$here/lib.sh" "$m/boot-test/lib.sh"
	install -m 644 "$here/../source/manual.sh" "$m/boot-test/manual.sh"
	install -m 755 "$check" "$m/boot-test/check"
	mount_apis
	in_chroot /boot-test/check prepare >&2 || die "$check could not be prepared"
	umount "$m/proc" "$m/dev" "$m/run"
	write_unit
	read -r timeout <<<"$(options_of timeout "$check")"
	timeout=${timeout:-300}
	prepare_cgroup
	while [ $rc = 133 ]; do # 133: the system asked for a reboot
		rc=0
		nspawn </dev/null >>"$BOOT_OUT/console" 2>&1 &
		child=$!
		wait $child || rc=$?
	done
	if [ ! -e "$BOOT_OUT/out" ]; then
		cat "$BOOT_OUT/console" >&2
		die "the checks never ran (systemd-nspawn $rc)"
	fi
	cat "$BOOT_OUT/out"
	exit $rc
}

[ $# -ge 2 ] || usage
case $1 in
root)
	# A suite names files of the cache, so it must not be an option or a path.
	[[ $# = 2 && $2 =~ ^[a-z][a-z0-9]*(-(small|build|tools))?$ ]] || usage
	root "$2"
	;;
chroot | boot)
	[ $# -ge 3 ] || usage
	[ -n "${BOOT_INNER:-}" ] || enter_private_mounts "$@"
	if [ "$1" = boot ]; then
		boot "${@:2}"
	else
		run_in_chroot "${@:2}"
	fi
	;;
*) usage ;;
esac
