#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What sipisctl check finds out about the machine, one that is made for it. There is no bus, so what systemd knows is not
# judged here: the boot tests do that.
#
# usage: host.sh; GENERATOR, SIPISCTL, UNITS_DIR, UNITDIR and MANUALS come from the Makefile, LISTENER is built beside them.
. "$(dirname "$0")/../lib.sh"
: "${GENERATOR:?}" "${SIPISCTL:?}" "${UNITS_DIR:?}" "${UNITDIR:?}" "${MANUALS:?}"
. "$here/../source/manual.sh"
LISTENER=${LISTENER:-${SIPISCTL%/src/*}/tests/sipisctl/listener}
HANG=${LISTENER%/*}/hang JOURNAL=${LISTENER%/*}/journal

[ -x "$LISTENER" ] || skip_all "$LISTENER is not built"
. "$here/machine.sh"

# --- what is asked ---------------------------------------------------------------------------------------------------

template=$UNITDIR/sipis@.service
unavailable="$template: warning: cannot query systemd (No such file or directory): units are not checked, and the user $user and the program $binary are assumed [systemd-unavailable]"

# Findings in their order, without the summary and that systemd cannot be asked. Their codes are remembered.
check() {
	"${wrapper[@]}" "$SIPISCTL" check 2>&1 | tee -a "$work/seen" | sed '/^[0-9]* instances\{0,1\}, /d' | grep -vxF -- "$unavailable"
}

# As somebody who is not root and not the user of SIPIS.
check_as_nobody() {
	(cd / && setpriv --reuid=65534 --regid=65534 --clear-groups /run/sipisctl check 2>&1) |
		sed '/^[0-9]* instances\{0,1\}, /d' | grep -vxF -- "$unavailable"
}

# finds NAME FINDING...: require exactly these findings of check
finds() {
	local name=$1 expected
	expected=$(printf '%s\n' "${@:2}")
	is "$name" "$expected" "$(check)"
}

healthy
is "a healthy machine: only that systemd cannot be asked" "$unavailable"$'\n'"2 instances, 0 errors, 1 warning" "$("$SIPISCTL" check 2>&1)"
finds "a healthy machine: nothing else"
is "and not for others than root either" "" "$(chmod o+rx "$confdir"; chmod o+r "$confdir"/*; check_as_nobody | grep -v '\[readable-secrets\]$')"

# --- the program -----------------------------------------------------------------------------------------------------

healthy
rm "$binary"
tell="install SIPIS, or set its path with ExecStart= in /etc/systemd/system/sipis@.service.d/sipis.conf [binary-missing]"
finds "a program that is not there" \
	"$template: error: sipis@1.service runs $binary, which the user $user cannot run (No such file or directory): $tell"
touch "$binary"
finds "a program that can't be executed" \
	"$template: error: sipis@1.service runs $binary, which the user $user cannot run (Permission denied): $tell"
is "check of an instance has what stops all of them" "$(check)"$'\n'"$unavailable"$'\n'"1 instance, 1 error, 1 warning" "$("$SIPISCTL" check 1 2>&1)"
is "an error of the host refuses nobody" "ok ok" "$("$SIPISCTL" list --raw --noheadings -o STATE | paste -sd ' ')"
is "an error of the host is exit status 1" 1 "$("$SIPISCTL" check >/dev/null; echo $?)"

# --- the user --------------------------------------------------------------------------------------------------------

healthy
sed -i.kept "/^$user:/d" /etc/passwd
finds "a user that does not exist" \
	"$confdir: error: instances run as the user $user, which does not exist, or in a group that does not: create it with systemd-sysusers [settings-not-readable]"
mv /etc/passwd.kept /etc/passwd
mv /etc/passwd /etc/passwd.kept
mkdir /etc/passwd
finds "a name service with an error does not say that there is none" \
	"$confdir: error: instances run as the user $user, which cannot be looked up (Is a directory): see getent passwd [settings-not-readable]"
rmdir /etc/passwd
mv /etc/passwd.kept /etc/passwd

# --- directories -----------------------------------------------------------------------------------------------------

# missing WORD DIRECTORY PROVIDED [shared]
missing() {
	echo "the directory of the $1, $2, does not exist:${4-" install -d -o $user -g sipis-group -m 750 $2, or"} write it to $3, which the unit provides [directory-missing]"
}
# not_writable WORD DIRECTORY PROVIDED [shared]
not_writable() {
	echo "the user $user cannot write to the directory of the $1, $2 (Permission denied):${4-" chown $user $2, or"} write it to $3, which the unit provides [directory-not-writable]"
}

healthy
machine_settings 1 14998 5000 /srv/a/sipis1.lock /srv/b/sipis1.log
machine_settings 2 14988 5010 /run/sipis/plain/sipis2.lock /var/log/sipis/plain/sipis2.log
chmod 640 "$one" "$two"
finds "directories that do not exist; those that are created for it need not" \
	"$one:5:17: error: $(missing lock /srv/a /run/sipis)" \
	"$one:6:16: error: $(missing log /srv/b /var/log/sipis)"
machine_settings 1 14998 5000 /run/sipis/plain/deeper/sipis1.lock /dev/null
finds "a directory below /run/sipis is created by the instance; /dev/null is there"
machine_settings 1 14998 5000 $'/srv/\u202e&lt;a/sipis1.lock'
finds "what stands in a path is escaped" \
	"$one:5:17: error: $(missing lock "/srv/\\xe2\\x80\\xae<a" /run/sipis)"
for directory in /run/other /etc/other /dev/other /usr/other; do
	machine_settings 1 14998 5000 $directory/sipis1.lock
	finds "no directory is to be created in $directory" "$one:5:17: error: $(missing lock $directory /run/sipis '')"
done
touch /srv/file
machine_settings 1 14998 5000 /srv/file/sipis1.lock
finds "a file is no directory" \
	"$one:5:17: error: $(missing lock /srv/file /run/sipis)"

healthy
mkdir /srv/a /srv/b
machine_settings 1 14998 5000 /srv/a/sipis1.lock /srv/b/sipis1.log
denied_a="$one:5:17: error: $(not_writable lock /srv/a /run/sipis)"
denied_b="$one:6:16: error: $(not_writable log /srv/b /var/log/sipis)"
finds "directories of root" "$denied_a" "$denied_b"
is "are that for others than root too" "$denied_a"$'\n'"$denied_b" \
	"$(chmod o+rx "$confdir"; chmod o+r "$confdir"/*; check_as_nobody | grep directory-)"
chmod 750 "$confdir" && chmod 640 "$one" "$two"
chown "$user" /srv/a
chgrp helpers /srv/b && chmod g+w /srv/b
finds "a directory of the user, and one of a group that it is in"
is "are good for others than root too" "" \
	"$(chmod o+rx "$confdir"; chmod o+r "$confdir"/*; check_as_nobody | grep directory-)"
chmod 750 "$confdir" && chmod 640 "$one" "$two"
chmod 700 /srv
finds "a directory above that can't be passed" "$denied_a" "$denied_b"
chmod 755 /srv
mount --bind /srv/a /srv/a && mount -o remount,bind,ro /srv/a
finds "a read-only file system" \
	"$one:5:17: error: the user $user cannot write to the directory of the lock, /srv/a (Read-only file system): write it to /run/sipis, which the unit provides [directory-not-writable]"
umount /srv/a
chown root /srv/a && chmod g-w /srv/b
touch /srv/a/sipis1.lock /srv/b/sipis1.log
chown "$user" /srv/a/sipis1.lock
finds "a file that is there is enough, if it is the user's" "$denied_b"
mkdir /run/sipis
touch /run/sipis/sipis2.lock
chown "$user" /srv/b/sipis1.log /run/sipis
finds "a file that root left in a directory of the user" \
	"$two:5:17: error: the user $user cannot write to the lock, /run/sipis/sipis2.lock (Permission denied): remove it or move it away, SIPIS creates its own [directory-not-writable]"
rm -r /run/sipis
for directory in /run /var/log /tmp /dev /etc /; do
	machine_settings 1 14998 5000 ${directory%/}/sipis1.lock
	is "the owner and mode of $directory are left alone" "" "$(check | grep -e chown -e chmod -e install)"
done

# links where directories are expected
healthy
mkdir -p /srv/a /srv/b /run/sipis/two
ln -s /srv/a /var/log/sipis
ln -s /srv/b /run/sipis/one
machine_settings 1 14998 5000 /run/sipis/one/sipis1.lock
machine_settings 2 14988 5010 /run/sipis/one/sipis2.lock /var/log/sipis/two/sipis2.log
chmod 640 "$one" "$two"
chown "$user" /srv/a /srv/b /run/sipis /run/sipis/two
# linked CONSEQUENCE
linked() {
	echo "is a symbolic link, so $1: replace it by a directory, and mount the other one there (mount --bind, or a .mount unit) [linked-directory]"
}
cannot_write=$(linked "the instances that use it cannot write there")
finds "links instead of directories, each reported once" \
	"$one:5:17: error: /run/sipis/one $cannot_write" "$template: error: /var/log/sipis $(linked "systemd starts no instance")"
rm -r /var/log/sipis
mkdir -p /var/log/sipis/two
chown "$user" /var/log/sipis /var/log/sipis/two
ln -s ../../../run/sipis/two /var/log/sipis/three
ln -s . /run/sipis/four
machine_settings 1 14998 5000 /run/sipis/four/sipis1.lock /var/log/sipis/three/sipis1.log
machine_settings 2 14988 5010 /run/sipis/two/sipis2.lock
chmod 640 "$one" "$two"
finds "links to where all instances may write"
ln -s /run/sipis-other /run/sipis/five
mkdir /run/sipis-other
chown "$user" /run/sipis-other
ln -s /nowhere /var/log/sipis/six
machine_settings 1 14998 5000 /run/sipis/five/sipis1.lock /var/log/sipis/six/deep/sipis1.log
chmod 640 "$one"
finds "links to another directory, and to none" \
	"$one:5:17: error: /run/sipis/five $cannot_write" "$one:6:16: error: /var/log/sipis/six $cannot_write"
rm -r /var/log/sipis /run/sipis

# --- who reads and writes the settings -------------------------------------------------------------------------------

healthy
chgrp root "$one"
chmod 600 "$load_balancer"
unreadable="the user $user cannot read this file: chgrp sipis-group and chmod g+r it [settings-not-readable]"
finds "files that the user cannot read, the load balancer's too" \
	"$one: error: $unreadable" "$load_balancer: error: $unreadable"
sed -i.kept /^sipis-group:/d /etc/group
is "a group without a name is shown as its number" 2 "$(check | grep -cF ": chgrp 941 and chmod g+r it [settings-not-readable]")"
mv /etc/group.kept /etc/group
healthy
chmod 700 "$confdir"
unreadable="the user $user cannot read this file, because it cannot pass $confdir: chgrp sipis-group and chmod g+x that directory [settings-not-readable]"
finds "a directory that the user cannot pass" "$one: error: $unreadable" "$two: error: $unreadable"
healthy
mkdir -m 700 /srv/private
mv "$one" /srv/private/
ln -s /srv/private/Settings1.xml "$one"
finds "a link into a directory that the user cannot pass" \
	"$one: error: ${unreadable//"$confdir"//srv/private}"
mount -t tmpfs -o mode=700 tmpfs /srv
cp "$two" /srv/Settings1.xml
ln -sf /srv/Settings1.xml "$one"
machine_settings 1 14998 5000
is "the mode of /srv is left alone" \
	"$one: error: the user $user cannot read this file, because it cannot pass /srv: keep the file elsewhere [settings-not-readable]" \
	"$(check | grep readable | grep Settings1)"
umount /srv

healthy
chmod 644 "$one"
finds "what everybody could read, but not reach"
chmod 755 "$confdir"
secrets="everybody on this machine can read this file and its passwords: chown root:sipis-group and chmod 640 it [readable-secrets]"
finds "what everybody can read" "$one: warning: $secrets"

by() {
	echo "can be written by others than root ($1): chown root:sipis-group and chmod $2 it [writable-settings]"
}
healthy
chown bob "$one"
chmod 660 "$one" "$two"
chmod 646 "$load_balancer"
finds "files that others write" "$one: warning: this file $(by "its owner bob, its group sipis-group" 640)" \
	"$two: warning: this file $(by "its group sipis-group" 640)" \
	"$load_balancer: warning: this file $(by everybody 640)"
healthy
chgrp root "$one"
chmod 664 "$one"
finds "the group of root counts as root"
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
	first="$one:2:15: error: $(in_use "Server port" 14998 TCP sipis@1.service)"
	second="$two:4:19: error: $(in_use "HTTP port" 5010 UDP sipis@2.service)"
	finds "ports of others, of TCP and UDP, of IPv4 and IPv6" "$first" "$second"
	cgroup_of /system.slice/nginx.service/worker
	finds "the unit of the others is named" "${first/"$listener)"/"$listener, nginx.service)"}" "${second/"$listener)"/"$listener, nginx.service)"}"
	cgroup_of /system.slice/system-sipis.slice/sipis@1.service
	finds "ports of the instances' own units"
	cgroup_of /docker/x/system.slice/system-sipis.slice/sipis@2.service/below
	finds "the same in a container, and in a group below: an instance's port that another one has is no other program's"
	cgroup_of $'/system.slice/a\e[31m.service'
	finds "what a unit is called is escaped" "${first/"$listener)"/"$listener, a\\x1b[31m.service)"}" "${second/"$listener)"/"$listener, a\\x1b[31m.service)"}"
	is "others than root are told whose it is" "$(in_use "Server port" 14998 TCP sipis@1.service "a process of the user root")" \
		"$(chmod o+rx "$confdir"; chmod o+r "$confdir"/*; check_as_nobody | sed -n "s|^$one:2:15: error: ||p")"
	chmod 750 "$confdir" && chmod 640 "$one" "$two"
	cgroup_of /
	sed -i 's/Port="5000"/Port="x"/' "$one"
	is "a refused instance takes no port" "$second" "$(check | grep '\[port-in-use\]')"
else
	skip "ports of others" "nothing can be mounted below /proc"
fi
stop_listening

healthy
machine_settings 1 14998 5000 '' '' 10.1.1.1
chmod 640 "$one"
listen tcp 10.1.1.2 14998 tcp ::ffff:10.1.1.1 5000
is "another address is no clash, the same one is" "HTTP port 5000" "$(check | sed -n 's/.*error: \(.*\) (TCP).*\[port-in-use\]$/\1/p')"
stop_listening

healthy
cp "$LISTENER" $'/run/a\e[1mb'
LISTENER=$'/run/a\e[1mb' listen tcp :: 14998
is "what a process is called is escaped" "a\\x1b[1mb (PID $listener" "$(check | sed -n 's/.* in use by \(.* (PID [0-9]*\).*/\1/p')"
stop_listening

healthy
machine_settings 1 40000 5000
machine_settings 2 14988 61000
chmod 640 "$one" "$two"
ephemeral() {
	echo "$1 can be taken by an outgoing connection (ports 32768-60999): add it to net.ipv4.ip_local_reserved_ports in /etc/sysctl.d [ephemeral-port]"
}
finds "a port of outgoing connections, and one that is none" "$one:2:15: warning: $(ephemeral "Server port 40000")"
machine_settings 2 14988 60999
echo 8080,9000-9002 >$sysctl/ip_local_reserved_ports
finds "each port is reported with its own number, whatever is reserved" \
	"$one:2:15: warning: $(ephemeral "Server port 40000")" \
	"$two:4:19: warning: $(ephemeral "HTTP port 60999")"
echo 39999-40001,60999 >$sysctl/ip_local_reserved_ports
finds "reserved ports are nobody's"
echo >$sysctl/ip_local_reserved_ports

# --- a file system that hangs ----------------------------------------------------------------------------------------

# hang DIRECTORY: nothing below it answers, until $hang is killed
hang() {
	exec 4< <(exec "$HANG" "$1")
	hang=$!
	read -r -t 10 _ <&4
}

healthy
mkdir /srv/hang
if [ -c /dev/fuse ] && hang /srv/hang; then
	machine_settings 1 14998 5000 /srv/hang/sipis1.lock /srv/hang/logs/sipis1.log
	machine_settings 2 14988 5010 /srv/missing/sipis2.lock /srv/hang/sipis2.log
	chmod 640 "$one" "$two"
	hangs() {
		echo "the user $user cannot write to the directory of the $1, $2 (the file system does not answer): write it to $3, which the unit provides [directory-not-writable]"
	}
	SECONDS=0
	finds "a file system that hangs is given up, and the others are checked" \
		"$one:5:17: error: $(hangs lock /srv/hang /run/sipis)" "$one:6:16: error: $(hangs log /srv/hang/logs /var/log/sipis)" \
		"$two:5:17: error: $(missing lock /srv/missing /run/sipis)" "$two:6:16: error: $(hangs log /srv/hang /var/log/sipis)"
	verdict "all of them together take seconds" "$([ $SECONDS -le 20 ] || echo "$SECONDS s")"
	rm "$binary"
	ln -s /srv/hang/sipis "$binary"
	machine_settings 1 14998 5000
	machine_settings 2 14988 5010
	SECONDS=0
	is "a program on a file system that hangs" \
		"$template: error: sipis@1.service runs $binary, which the user $user cannot run (the file system does not answer): $tell" "$(check)"
	verdict "it takes seconds" "$([ $SECONDS -le 20 ] || echo "$SECONDS s")"
	rm "$binary"
	kill "$hang"
	exec 4<&-
	umount -l /srv/hang
else
	skip "a file system that hangs" "there is no FUSE here"
fi

# --- the examples of sipis-settings(5) --------------------------------------------------------------------------------

# The boot tests show these, which only systemd knows.
asked='ordering-cycle foreign-unit masked-instance orphaned-instance load-balancer-down hidden-drop-in restart-due stale-units'

page=$(manual sipis-settings.5)

# The machine of the examples: the files can be reached by everybody.
machine_of_examples() {
	healthy
	rm -rf /var/log/* "${confdir:?}"/*
	page_installation "$page" '' "$confdir" "$load_balancer"
	chgrp sipis-group "$confdir"/*
	chmod 640 "$confdir"/*
	chmod 755 "$confdir"
}

# Names and numbers that differ from machine to machine, as the page has them
as_in_the_page() { sed -E 's/sipis-group/sipis/g; s/is in use by [^ ]+ \(PID [0-9]+\)/is in use by nc (PID 1307)/'; }

check_example() {
	local code=$1 example
	example=$(code_example "$page" "$code")
	machine_of_examples
	[ "$code" != port-in-use ] || { listen tcp 0.0.0.0 14988 && cgroup_of /; }
	change_installation '' "$confdir" "$load_balancer" <<<"$example"
	is "the example of $code" "$(example_messages <<<"$example")" "$("$SIPISCTL" check 2>&1 | grep "\[$code\]\$" | as_in_the_page)"
	[ "$code" != port-in-use ] || stop_listening
}

mapfile -t codes < <(sed -n 's/^HOST_DIAGNOSTIC([A-Z0-9_]*, "\([a-z-]*\)".*/\1/p' "$tests/../src/document/diagnostic-codes.def")
for code in "${codes[@]}"; do
	[[ " $asked " == *" $code "* ]] || check_example "$code"
done

# --- step 3 of sipis-migration(7) -------------------------------------------------------------------------------------

# Each command of the page that names the settings files, up to the way back
commands_of_step() {
	page_text "$(manual sipis-migration.7)" |
		awk '/^\.SH "GOING BACK"/ { exit } /^\.EX$/ { inside = 1 } /^\.EE$/ { inside = 0 } inside && /Settings\*\.xml$/'
}

# The vendor's sample: run by root, everybody can read it, and its lock is in /var/run.
healthy
rm -rf "$confdir" "$load_balancer"
copy_tree "$golden/container/root$confdir" "$confdir"
chmod 755 "$confdir"
chmod 644 "$confdir/Settings.xml"
is "the vendor's sample has what the page corrects" "directory-not-writable readable-secrets" \
	"$(check | sed 's/.*\[\(.*\)\]$/\1/' | sort | paste -sd ' ')"
is "the page has commands for it" 3 "$(commands_of_step | grep -c .)"
eval "$(commands_of_step | sed 's/chgrp sipis /chgrp sipis-group /')"
finds "after these commands nothing is wrong"

# --- the generator, as PID 1 runs it ------------------------------------------------------------------------------------

healthy
mkdir /run/units
"$GENERATOR" /run/units <&-
is "the generator needs no standard input" "0 2" "$? $(find /run/units -name '50-sipis-generator.conf' -path '*/sipis@*' | wc -l)"

# --- the journal -----------------------------------------------------------------------------------------------------

# told COMMAND...: run it, and leave what the journal gets of it; each entry has other fields too
told() {
	mkdir -p /run/systemd/journal
	rm -f /run/systemd/journal/socket
	LISTENER=$JOURNAL listen /run/systemd/journal/socket
	"$@" >"$work/output" 2>&1
	status=$?
	kill "$listener"
	told=$(grep -E '^(MESSAGE|SIPIS_INSTANCE|UNIT)=' <&3 | sed 's/split\/1-[0-9TZ:-]*/split\/1-DATE/')
	exec 3<&-
}

healthy
mkdir -p /run/systemd/journal
LISTENER=$JOURNAL listen /run/systemd/journal/socket full
timeout 60 "$SIPISCTL" split 3 --yes >"$work/output" 2>&1
is "a journal that does not read delays nothing for long" "0 Done." "$? $(grep -o '^Done\.' "$work/output")"
stop_listening
healthy
told "$SIPISCTL" split 3 --yes
is "the journal has each file that split has changed, with its instance" "0 MESSAGE=split has created $confdir/Settings3.xml.
SIPIS_INSTANCE=3
UNIT=sipis@3.service
MESSAGE=split has changed $load_balancer.
MESSAGE=The old files are in $confdir/.sipisctl-split/1-DATE; \"sipisctl split --undo\" restores them." "$status $told"
mkdir -p "/srv/root$confdir" "/srv/root${load_balancer%/*}"
cp -a "$confdir"/Settings*.xml "/srv/root$confdir/"
cp -a "$load_balancer" "/srv/root$load_balancer"
told "$SIPISCTL" --root=/srv/root split 2 --yes
is "and nothing of what happens below --root" "0 " "$status $told"
rm -r /srv/root /run/systemd/journal

# --- all of it -------------------------------------------------------------------------------------------------------

healthy
chmod 666 "$one"
chmod 755 "$confdir"
mkdir -p "/srv/root$confdir"
cp -a "$confdir"/* "/srv/root$confdir/"
is "with --root the machine is not asked" "" "$("$SIPISCTL" --root=/srv/root check | grep -e readable -e writable)"
rm -r "$confdir"
is "without settings nothing is asked but systemd, where instances may still run" \
	"$unavailable"$'\n'"0 instances, 0 errors, 1 warning" "$("$SIPISCTL" check 2>/dev/null)"

missing_codes=
while read -r code; do
	case " $asked " in *" $code "*) grep -q "\[$code\]" "$here"/../boot/checks/*.sh || missing_codes+=" $code (boot)"; continue ;; esac
	grep -q "\[$code\]\$" "$work/seen" || missing_codes+=" $code"
done < <(sed -n 's/^HOST_DIAGNOSTIC([A-Z0-9_]*, "\([a-z-]*\)".*/\1/p' "$here/../../src/document/diagnostic-codes.def")
verdict "every code of a host check was shown" "$missing_codes"
verdict "no password was shown" "$(grep hunter2 "$work/seen")"
done_testing
