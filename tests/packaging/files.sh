#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What `make install` lays for systemd-sysusers, systemd-tmpfiles and logrotate, tried in root directories of the test's
# own. From the environment: PACKAGING_DIR (where the built files are), CONFDIR, SIPIS_USER.
set -euo pipefail
export LC_ALL=C SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=info
. "$(dirname "$0")/../tap.sh"

sysusers=$PACKAGING_DIR/sysusers.d/sipis-generator.conf
tmpfiles=$PACKAGING_DIR/tmpfiles.d/sipis-generator.conf
logrotate=$PACKAGING_DIR/logrotate.d/sipis-generator
user=$SIPIS_USER

work=$(mktemp -d "${TMPDIR:-/tmp}/files.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

new_root() {
	rm -rf "$root"
	mkdir -p "$root/etc" "$root/run" "$root/var/log" "${root}${CONFDIR%/*}"
	printf '%s\n' root:x:0:0:root:/root:/bin/sh "$@" >"$root/etc/passwd"
	printf '%s\n' root:x:0: "${@/%:*/:x:4711:}" >"$root/etc/group"
}

# Below a root directory both speak only when there is something to say.
make_users() { systemd-sysusers --root="$root" "$sysusers" 2>&1; }
make_directories() { systemd-tmpfiles --create --root="$root" "$tmpfiles" 2>&1; }

user_line() { grep "^$user:" "$root/etc/passwd" || echo "no user $user"; }

# mode_of PATH: with the names of the root directory
mode_of() {
	local uid gid mode
	read -r mode uid gid < <(stat -c '%a %u %g' "$root$1" 2>&1)
	echo "$mode $(awk -F: -v id="$uid" '$3 == id { print $1 }' "$root/etc/passwd")" \
		"$(awk -F: -v id="$gid" '$3 == id { print $1 }' "$root/etc/group")"
}

test_sysusers() {
	local existing="$user:x:4711:4711:By hand:/srv/sip:/bin/bash"
	new_root
	make_users >"$work/out" || true
	is "the user is made, and can not log in" "$user::SIP Instance Server:/:/usr/sbin/nologin" \
		"$(user_line | sed 's/:x:[0-9]*:[0-9]*:/::/')"
	is "with a group of the same name" "$user" "$(sed -n "s/^\($user\):x:[0-9]*:$/\1/p" "$root/etc/group")"
	new_root "$existing"
	is "a user that is there gives no complaint" "" "$(make_users)"
	is "and is left as it is" "$existing" "$(user_line)"
}

test_tmpfiles() {
	new_root "$user:x:4711:4711::/:/bin/false"
	is "directories are made without a word" "" "$(make_directories)"
	is "/run/sipis" "755 $user $user" "$(mode_of /run/sipis)"
	is "/var/log/sipis" "750 $user $user" "$(mode_of /var/log/sipis)"
	is "$CONFDIR" "755 root root" "$(mode_of "$CONFDIR")"
	echo kept >"$root$CONFDIR/Settings1.xml"
	chown 4711:4711 "$root$CONFDIR"
	chmod 2710 "$root$CONFDIR"
	make_directories >/dev/null
	is "$CONFDIR keeps mode and owner" "2710 $user $user" "$(mode_of "$CONFDIR")"
	systemd-tmpfiles --clean --remove --root="$root" "$tmpfiles" >/dev/null 2>&1 || true
	is "and nothing in it is ever cleaned" kept "$(cat "$root$CONFDIR/Settings1.xml" 2>&1)"
}

# The units make the same two directories; whoever comes last must not change what the other one made.
test_same_as_unit() {
	local directory kind
	for kind in Runtime Logs; do
		directory=/run
		[ $kind = Runtime ] || directory=/var/log
		is "$directory: the mode of the unit" \
			"$(sed -n "s/^${kind}DirectoryMode=//p" "$UNITS_DIR/sipis@.service")" \
			"$(awk -v path=$directory/sipis '$2 == path { print $3 }' "$tmpfiles")"
	done
}

# The configuration as it is, but for the directory and the user.
rotate() {
	sed -e "s|/var/log/sipis|$work/log|g" -e "s|^\tsu .*|\tsu root root|" "$logrotate" >"$work/logrotate.conf"
	logrotate --state "$work/state" "$@" "$work/logrotate.conf" 2>&1
}

test_logrotate() {
	local before
	mkdir -p "$work/log/deeper"
	chmod 755 "$work/log" "$work/log/deeper"
	is "logrotate takes it when there is no log" "" "$(rotate)"
	echo line >"$work/log/sipis1.log"
	echo line >"$work/log/deeper/sipis2.log"
	: >"$work/log/sipis3.log"
	before=$(stat -c %i "$work/log/sipis1.log")
	is "and when there are some" "" "$(rotate --force)"
	is "a log is emptied and stays the same file" "$before 0" "$(stat -c '%i %s' "$work/log/sipis1.log")"
	is "what was in it is kept" line "$(zcat "$work/log/sipis1.log.1.gz" 2>&1)"
	is "one directory deeper too" line "$(zcat "$work/log/deeper/sipis2.log.1.gz" 2>&1)"
	is "an empty log is not rotated" sipis3.log "$(cd "$work/log" && echo sipis3*)"
	is "it is done as the owner of the directory" "su $user $user" "$(sed -n 's/^\t\(su .*\)/\1/p' "$logrotate")"
}

reason_for() {
	if [ -z "$(command -v "$1")" ]; then
		echo "$1 is not installed"
	elif [ "$(id -u)" != 0 ]; then
		echo "only root can give files away"
	fi
}

# part TOOL FUNCTION
part() {
	local reason
	reason=$(reason_for "$1")
	if [ -z "$reason" ]; then $2; else skip "$1" "$reason"; fi
}

part systemd-sysusers test_sysusers
part systemd-tmpfiles test_tmpfiles
test_same_as_unit
part logrotate test_logrotate
done_testing
