#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sipisctl apply while systemd is away for a moment, refuses a reload, or has no D-Bus daemon to talk through.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
}

everything=(LoadBalancer2 sipis sipis@{1,2,3,4})

run() {
	outcome timeout 100 "$@" >/tmp/outcome
}

said() {
	cat /tmp/outcome
}

says() {
	check "$1: says \"$2\"" contains "$2" said
}

exits() {
	is "$1: exit status $2" "exit $2" tail -n 1 /tmp/outcome
}

serves() {
	exits "$1" 0
	says "$1" "4 of 4 instances serve."
	is "$1: nothing is failed" running systemctl is-system-running
}

# PID 1 executes itself again, over and over, while it works.
reexecuted() {
	local apply rc=0

	sipisctl apply >/tmp/outcome 2>&1 &
	apply=$!
	while kill -0 $apply 2>/dev/null; do
		systemctl daemon-reexec || :
		sleep .2
	done
	wait $apply || rc=$?
	echo "exit $rc" >>/tmp/outcome
	serves "daemon-reexec"
}

# A reload of somebody else takes longer than any single question may.
reload_is_queued() {
	mkdir -p /etc/systemd/system-generators
	printf '#!/bin/sh\n[ ! -e /run/slow ] || sleep 8\n' >/etc/systemd/system-generators/slow
	chmod 755 /etc/systemd/system-generators/slow
	touch /run/slow
	systemctl daemon-reload &
	wait_for pgrep -f system-generators/slow
	rm /run/slow
	run sipisctl apply
	serves "somebody else's reload"
	wait
	rm /etc/systemd/system-generators/slow
}

# Files added and removed meanwhile. systemd 257 refuses the reload; older ones do it, and the generator fails.
run_is_full() {
	local before

	settings 5
	before=$(invocations "${everything[@]}")
	dd if=/dev/zero of=/run/fill bs=4k status=none 2>/dev/null || :
	run sipisctl apply --force
	check "/run is full: it has failed" not grep -x "exit 0" /tmp/outcome
	says "/run is full" "Refusing to reload, not enough space available"
	says "/run is full" "; nothing was done"
	is "/run is full: nothing was restarted" "$before" invocations "${everything[@]}"
	rm /run/fill $confdir/Settings5.xml
	run sipisctl apply
	serves "/run is no longer full"
}

dbus_pid() {
	property dbus MainPID
}

dbus_hangs() {
	local start

	kill -STOP "$(dbus_pid)"
	start=$SECONDS
	run sipisctl apply
	serves "a D-Bus daemon that hangs"
	check "a D-Bus daemon that hangs: within 30 seconds" [ $((SECONDS - start)) -lt 30 ]
	start=$SECONDS
	run setpriv --reuid=sipis --regid=sipis --clear-groups sipisctl status
	exits "a D-Bus daemon that hangs, and no root" 3
	check "a D-Bus daemon that hangs, and no root: within 15 seconds" [ $((SECONDS - start)) -lt 15 ]
	kill -CONT "$(dbus_pid)"
}

no_dbus() {
	systemctl stop dbus.socket dbus.service
	run sipisctl apply
	exits "no D-Bus daemon" 0
	says "no D-Bus daemon" "4 of 4 instances serve."
	check "no D-Bus daemon: status" sipisctl status
	systemctl start dbus.socket
}

checks() {
	booted
	reexecuted
	reload_is_queued
	run_is_full
	dbus_hangs
	no_dbus
}

main "$@"
