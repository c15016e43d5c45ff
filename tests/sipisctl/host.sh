#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What sipisctl check finds out about the machine. The machine is made for it: a mount namespace in which /etc, /run,
# /srv, /var/log and the directory of the SIPIS program are empty but for what the checks put there, and a network
# namespace without anybody in it. Without /run there is no bus, so what systemd knows is not judged here: the boot
# tests do that.
#
# usage: host.sh; SIPISCTL, UNITS_DIR and UNITDIR come from the Makefile, LISTENER is built beside them.
set -uo pipefail
export LC_ALL=C.UTF-8
read -r -a wrapper <<<"${TEST_WRAPPER:-}"
: "${SIPISCTL:?}" "${UNITS_DIR:?}" "${UNITDIR:?}"
LISTENER=${LISTENER:-${SIPISCTL%/src/*}/tests/sipisctl/listener}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tap.sh"

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

if [ -z "${SIPIS_HOST_WORK:-}" ]; then
	[ "$(id -u)" = 0 ] || skip_all "only root can make a machine for it"
	unshare --mount --net true 2>/dev/null || skip_all "namespaces are not permitted here"
	[ -x "$LISTENER" ] || skip_all "$LISTENER is not built"
	SIPIS_HOST_WORK=$(mktemp -d "${TMPDIR:-/tmp}/sipis-host.XXXXXX")
	export SIPIS_HOST_WORK
	trap 'rm -rf --one-file-system "$SIPIS_HOST_WORK"' EXIT
	unshare --mount --propagation private --net -- "$BASH" "$0"
	exit
fi

# --- the machine -----------------------------------------------------------------------------------------------------

work=$SIPIS_HOST_WORK
binary=$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$UNITS_DIR/sipis@.service")
user=$(sed -n 's/^User=//p' "$UNITS_DIR/sipis@.service")
confdir=$(sed -n 's|^Environment=SIPIS_SETTINGS=\(.*\)/Settings%i.xml$|\1|p' "$UNITS_DIR/sipis@.service")
load_balancer=${LOADBALANCER_SETTINGS:-/etc/acrobits/LoadBalancer2/Settings.xml}
generated=/run/systemd/generator/sipis.service.d/50-sipis-generator.conf
sysctl=/proc/sys/net/ipv4
chmod 755 "$work"

# hide DIRECTORY NAME...: put one in its place that has links to all that is there, but not to NAME
hide() {
	local directory=$1 name real=$work/real$1 new=$work/new$1 names=()
	mkdir -p "$real" "$new"
	mount --bind "$directory" "$real" && mount -t tmpfs -o mode=755 tmpfs "$new" || exit 99
	for name in "$real"/*; do
		[[ " ${*:2} " == *" ${name##*/} "* ]] || names+=("$name")
	done
	ln -s -t "$new" "${names[@]}"
	mount --bind "$new" "$directory" || exit 99
}

empty() {
	mkdir -p "$1" && mount -t tmpfs -o mode=755 tmpfs "$1" || exit 99
}

hide /etc passwd group nsswitch.conf sipis acrobits
hide "$(realpath "${binary%/*}")" "${binary##*/}"
empty /run
empty /srv
empty /var/log
printf '%s\n' 'passwd: files' 'group: files' >/etc/nsswitch.conf
printf '%s\n' 'root:x:0:' 'staff:x:50:' 'sipis-group:x:941:' 'helpers:x:942:'"$user" 'nogroup:x:65534:' >/etc/group
printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'bob:x:940:50::/:/bin/sh' "$user:x:941:941::/:/bin/sh" \
	'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
echo 1 >$sysctl/ip_nonlocal_bind
echo 32768 60999 >$sysctl/ip_local_port_range
install -m 755 "$SIPISCTL" /run/sipisctl

# settings INSTANCE PORT HTTP-PORT [LOCK [LOG [ADDRESS]]]
settings() {
	printf '%s\n' '<Sipis>' \
		"<Server Port=\"$2\" Name=\"Sipis$1\" Realm=\"Sipis\" Address=\"${6:-}\"" \
		'  FilterInstancesAccordingToLoadBalancer2BackendSection="Yes" />' \
		"<HttpServer Port=\"$3\" Address=\"${6:-}\" />" \
		"<Lock FileName=\"${4:-/var/run/sipis/sipis$1.lock}\" />" \
		"<Log FileName=\"${5:-/var/log/sipis/sipis$1.log}\" />" \
		'<Administrator User="admin" Password="hunter2" />' \
		'</Sipis>' >"$confdir/Settings$1.xml"
}

# An installation that nothing is wrong with.
healthy() {
	rm -rf "$confdir" "${load_balancer%/*}" /srv/* "${generated%/*}"
	mkdir -p "$confdir" "${load_balancer%/*}"
	settings 1 14998 5000
	settings 2 14988 5010
	printf '%s\n' '<LoadBalancer2><Frontend><Udp Address="0:4998" /></Frontend><Backend>' \
		'<Sipis Name="Sipis1" SelectorPrefix="0/1" Address="" />' \
		'<Sipis Name="Sipis2" SelectorPrefix="8/1" Address="" />' \
		'</Backend></LoadBalancer2>' >"$load_balancer"
	chgrp sipis-group "$confdir" "$confdir"/*
	chmod 2750 "$confdir"
	chmod 640 "$confdir"/*
	printf '#!/bin/sh\n' >"$binary"
	chmod 755 "$binary"
}

# --- what is asked ---------------------------------------------------------------------------------------------------

# Findings in their order, without the summary. Their codes are remembered.
check() {
	"${wrapper[@]}" "$SIPISCTL" check 2>&1 | sed '/^[0-9]* instances\{0,1\}, /d' | tee -a "$work/seen"
}

# As somebody who is not root and not the user of SIPIS.
check_as_nobody() {
	(cd / && setpriv --reuid=65534 --regid=65534 --clear-groups /run/sipisctl check 2>&1) |
		sed '/^[0-9]* instances\{0,1\}, /d'
}

# says NAME FINDING...: all that check says
says() {
	local name=$1 expected
	expected=$(printf '%s\n' "${@:2}")
	is "$name" "$expected" "$(check)"
}

one=$confdir/Settings1.xml
two=$confdir/Settings2.xml

healthy
says "a healthy machine: nothing"
is "and not for others than root either" "" "$(chmod o+rx "$confdir"; chmod o+r "$confdir"/*; check_as_nobody | grep -v '\[readable-secrets\]$')"

# --- the program -----------------------------------------------------------------------------------------------------

healthy
rm "$binary"
template=$UNITDIR/sipis@.service
tell="install SIPIS, or tell where it is with ExecStart= in systemctl edit sipis@.service [binary-missing]"
says "a program that is not there" \
	"$template: warning: sipis@1.service runs $binary, which the user $user can't run (No such file or directory): $tell"
touch "$binary"
says "a program that can't be executed" \
	"$template: warning: sipis@1.service runs $binary, which the user $user can't run (Permission denied): $tell"

# --- the user --------------------------------------------------------------------------------------------------------

healthy
sed -i.kept "/^$user:/d" /etc/passwd
says "without the user nobody reads the settings" \
	"$confdir: warning: there is no user $user that could read the settings: create it with systemd-sysusers or useradd --system $user [settings-not-readable]"
mv /etc/passwd.kept /etc/passwd

# --- directories -----------------------------------------------------------------------------------------------------

missing() {
	echo "is not there: create it with install -d -o $user, or use $1, which systemd creates [directory-missing]"
}
not_writable() {
	echo "chown it to $user if it is SIPIS's own, or use $1, which systemd creates [directory-not-writable]"
}

healthy
settings 1 14998 5000 /srv/a/sipis1.lock /srv/b/sipis1.log
settings 2 14988 5010 /run/sipis/plain/sipis2.lock /var/log/sipis/plain/sipis2.log
chmod 640 "$one" "$two"
says "directories that are not there; those that systemd creates need not be" \
	"$one:5:17: warning: the directory of the lock, /srv/a, $(missing /run/sipis)" \
	"$one:6:16: warning: the directory of the log, /srv/b, $(missing /var/log/sipis)"
settings 1 14998 5000 /run/sipis/plain/deeper/sipis1.lock /dev/null
says "systemd creates none that lie deeper; /dev/null is there" \
	"$one:5:17: warning: the directory of the lock, /run/sipis/plain/deeper, $(missing /run/sipis)"
settings 1 14998 5000 $'/srv/\u202e&lt;a/sipis1.lock'
says "what stands in a path is escaped" \
	"$one:5:17: warning: the directory of the lock, /srv/\\xe2\\x80\\xae<a, $(missing /run/sipis)"
touch /srv/file
settings 1 14998 5000 /srv/file/sipis1.lock
says "a file is no directory" \
	"$one:5:17: warning: the directory of the lock, /srv/file, $(missing /run/sipis)"

healthy
mkdir /srv/a /srv/b
settings 1 14998 5000 /srv/a/sipis1.lock /srv/b/sipis1.log
denied_a="$one:5:17: warning: the user $user can't write to the directory of the lock, /srv/a (Permission denied): $(not_writable /run/sipis)"
denied_b="$one:6:16: warning: the user $user can't write to the directory of the log, /srv/b (Permission denied): $(not_writable /var/log/sipis)"
says "directories of root" "$denied_a" "$denied_b"
is "are that for others than root too" "$denied_a"$'\n'"$denied_b" \
	"$(chmod o+rx "$confdir"; chmod o+r "$confdir"/*; check_as_nobody | grep directory-)"
chmod 750 "$confdir" && chmod 640 "$one" "$two"
chown "$user" /srv/a
chgrp helpers /srv/b && chmod g+w /srv/b
says "a directory of the user, and one of a group that it is in"
is "are good for others than root too" "" \
	"$(chmod o+rx "$confdir"; chmod o+r "$confdir"/*; check_as_nobody | grep directory-)"
chmod 750 "$confdir" && chmod 640 "$one" "$two"
chmod 700 /srv
says "a directory above that can't be passed" "$denied_a" "$denied_b"
chmod 755 /srv
mount --bind /srv/a /srv/a && mount -o remount,bind,ro /srv/a
says "a read-only file system" "${denied_a/Permission denied/Read-only file system}"
umount /srv/a
chown root /srv/a && chmod g-w /srv/b
touch /srv/a/sipis1.lock /srv/b/sipis1.log
chown "$user" /srv/a/sipis1.lock
says "a file that is there is enough, if it is the user's" "$denied_b"
mkdir /run/sipis
touch /run/sipis/sipis2.lock
chown "$user" /srv/b/sipis1.log /run/sipis
says "a file that root left in a directory of the user" \
	"$two:5:17: warning: the user $user can't write to the lock that is there (Permission denied): chown it to $user, or remove it [directory-not-writable]"
rm -r /run/sipis

# --- who reads and writes the settings -------------------------------------------------------------------------------

healthy
chgrp root "$one"
chmod 600 "$load_balancer"
unreadable="the user $user can't read this file: chgrp sipis-group and chmod g+r it [settings-not-readable]"
says "files that the user can't read, the load balancer's too" \
	"$one: warning: $unreadable" "$load_balancer: warning: $unreadable"
healthy
chmod 700 "$confdir"
unreadable="the user $user can't read this file, as it can't pass $confdir: chgrp sipis-group and chmod g+x that directory [settings-not-readable]"
says "a directory that the user can't pass" "$one: warning: $unreadable" "$two: warning: $unreadable"

healthy
chmod 644 "$one"
says "what everybody could read, but not reach"
chmod 755 "$confdir"
secrets="everybody on this machine can read this file and its passwords: chown root:sipis-group and chmod 640 it [readable-secrets]"
says "what everybody can read" "$one: warning: $secrets"

by() {
	echo "can be written by others than root ($1): chown root:sipis-group and chmod $2 it [writable-settings]"
}
healthy
chown bob "$one"
chmod 660 "$one" "$two"
chmod 646 "$load_balancer"
says "files that others write" "$one: warning: this file $(by "its owner bob, its group sipis-group" 640)" \
	"$two: warning: this file $(by "its group sipis-group" 640)" \
	"$load_balancer: warning: this file $(by everybody 640)"
healthy
chgrp root "$one"
chmod 664 "$one"
says "the group of root counts as root"
healthy
chown 12345:54321 "${load_balancer%/*}"
chmod 775 "${load_balancer%/*}"
chmod 2770 "$confdir"
is "directories that others write, by number where they have no name" \
	"$(printf '%s\n' "$confdir: warning: this directory $(by "its group sipis-group" 750)" \
		"$load_balancer: warning: the directory of this file $(by "its owner 12345, its group 54321" 750)" | sort)" \
	"$(check | sort)"

# --- ports -----------------------------------------------------------------------------------------------------------

# listen [NAME] PROTOCOL ADDRESS PORT...: leaves $listener, and its name
listen() {
	local program=$LISTENER
	exec 3< <(exec "$program" "$@")
	listener=$!
	read -r -t 10 _ <&3 || not_ok "listener $*" "it did not become ready"
}
stop_listening() {
	kill "$listener"
	exec 3<&-
}
# in_use WORD PORT PROTOCOL UNIT [OWNER]
in_use() {
	echo "$1 $2 ($3) is in use by ${5:-listener (PID $listener)}, which is not part of $4: stop it, or choose another port [port-in-use]"
}

# A process of no unit, wherever the tests run.
cgroup_of() {
	echo "0::$1" >"$work/cgroup"
	mount --bind "$work/cgroup" "/proc/$listener/cgroup" 2>/dev/null
}

healthy
listen tcp 0.0.0.0 14998 udp :: 5010
if cgroup_of /; then
	first="$one:2:15: warning: $(in_use "Server port" 14998 TCP sipis@1.service)"
	second="$two:4:19: warning: $(in_use "HTTP port" 5010 UDP sipis@2.service)"
	says "ports of others, of TCP and UDP, of IPv4 and IPv6" "$first" "$second"
	cgroup_of /system.slice/nginx.service/worker
	says "the unit of the others is named" "${first/"$listener)"/"$listener, nginx.service)"}" "${second/"$listener)"/"$listener, nginx.service)"}"
	cgroup_of /system.slice/system-sipis.slice/sipis@1.service
	says "a port of the instance's own unit" "${second/"$listener)"/"$listener, sipis@1.service)"}"
	cgroup_of /docker/x/system.slice/system-sipis.slice/sipis@2.service/below
	says "the same in a container, and in a group below" "${first/"$listener)"/"$listener, sipis@2.service)"}"
	cgroup_of $'/system.slice/a\e[31m.service'
	says "what a unit is called is escaped" "${first/"$listener)"/"$listener, a\\x1b[31m.service)"}" "${second/"$listener)"/"$listener, a\\x1b[31m.service)"}"
	is "others than root are told whose it is" "$(in_use "Server port" 14998 TCP sipis@1.service "a process of the user root")" \
		"$(chmod o+rx "$confdir"; chmod o+r "$confdir"/*; check_as_nobody | sed -n "s|^$one:2:15: warning: ||p")"
	chmod 750 "$confdir" && chmod 640 "$one" "$two"
	cgroup_of /
	sed -i 's/Port="5000"/Port="x"/' "$one"
	is "a refused instance takes no port" "$second" "$(check | grep '\[port-in-use\]')"
else
	ok "ports of others # SKIP nothing can be mounted below /proc"
fi
stop_listening

healthy
settings 1 14998 5000 '' '' 10.1.1.1
chmod 640 "$one"
listen tcp 10.1.1.2 14998 tcp ::ffff:10.1.1.1 5000
is "another address is no clash, the same one is" "HTTP port 5000" "$(check | sed -n 's/.*warning: \(.*\) (TCP).*\[port-in-use\]$/\1/p')"
stop_listening

healthy
cp "$LISTENER" $'/run/a\e[1mb'
LISTENER=$'/run/a\e[1mb' listen tcp :: 14998
is "what a process is called is escaped" "a\\x1b[1mb (PID $listener" "$(check | sed -n 's/.* in use by \(.* (PID [0-9]*\).*/\1/p')"
stop_listening

healthy
settings 1 40000 5000
settings 2 14988 61000
chmod 640 "$one" "$two"
ephemeral() {
	echo "$1 can be taken by an outgoing connection, whose ports are 32768-60999: reserve it with sysctl net.ipv4.ip_local_reserved_ports=$2 (and in /etc/sysctl.d) [ephemeral-port]"
}
says "a port of outgoing connections, and one that is none" "$one:2:15: warning: $(ephemeral "Server port 40000" 40000)"
settings 2 14988 60999
echo 8080,9000-9002 >$sysctl/ip_local_reserved_ports
says "the advice keeps what is reserved and has all ports" \
	"$one:2:15: warning: $(ephemeral "Server port 40000" 8080,9000-9002,40000,60999)" \
	"$two:4:19: warning: $(ephemeral "HTTP port 60999" 8080,9000-9002,40000,60999)"
echo 39999-40001,60999 >$sysctl/ip_local_reserved_ports
says "reserved ports are nobody's"
echo >$sysctl/ip_local_reserved_ports

# --- units -----------------------------------------------------------------------------------------------------------

healthy
mkdir -p "${generated%/*}"
touch "$generated"
touch -d '1 hour ago' "$load_balancer"
says "units that are newer than the load balancer's settings"
touch -d '2 hours ago' "$generated"
says "units that are older" \
	"$load_balancer: warning: this file is newer than the units that were generated by it: systemctl daemon-reload [stale-units]"

# --- all of it -------------------------------------------------------------------------------------------------------

healthy
chmod 666 "$one"
chmod 755 "$confdir"
mkdir -p "/srv/root$confdir"
cp -a "$confdir"/* "/srv/root$confdir/"
is "with --root the machine is not asked" "" "$("$SIPISCTL" --root=/srv/root check | grep -e readable -e writable)"
rm -r "$confdir"
says "without settings nothing is asked"

missing_codes=
while read -r code; do
	grep -q "\[$code\]\$" "$work/seen" || missing_codes+=" $code"
done < <(sed -n 's/^HOST_DIAGNOSTIC([A-Z0-9_]*, "\([a-z-]*\)".*/\1/p' "$here/../../src/document/diagnostic-codes.def")
verdict "every code of a host check was shown" "$missing_codes"
verdict "no password was shown" "$(grep hunter2 "$work/seen")"
done_testing
