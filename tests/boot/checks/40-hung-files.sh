#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# nspawn: --bind=/dev/fuse
# A settings file is a link into a file system that does not answer, as of a file server that is away. PID 1 reloads within
# seconds, only this instance is refused, and sipisctl says so within seconds.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	mkdir /srv/silent
}

mounted() {
	grep -q " /srv/silent fuse" /proc/self/mounts # asks nothing of the file system
}

# within SECONDS COMMAND...
within() {
	local began=$SECONDS
	timeout 80 "${@:2}" >/tmp/within 2>&1 || :
	[ $((SECONDS - began)) -le "$1" ] || { echo "$((SECONDS - began)) seconds"; return 1; }
}

checks() {
	local before

	booted
	systemd-run --quiet --unit=hang /usr/bin/hang /srv/silent
	wait_for mounted
	before=$(property sipis@1 InvocationID)
	ln -s /srv/silent/5.xml $confdir/Settings5.xml
	check "hung files: PID 1 reloads within seconds" within 15 systemctl daemon-reload
	systemctl --no-block start sipis
	check "hung files: only this instance is refused" contains "which does not answer" \
		systemctl show -P Description sipis@5
	is "hung files: the others run on" "$before" property sipis@1 InvocationID
	check "hung files: sipisctl check ends within seconds" within 30 sipisctl check
	check "hung files: it names the file" grep -q "^$confdir/Settings5.xml: error: .*does not answer" /tmp/within
	check "hung files: the umbrella can be restarted within seconds" within 60 systemctl restart sipis
	check "hung files: the others serve" active sipis@{1,2,3,4}
	check "hung files: this one does not" not active sipis@5

	rm $confdir/Settings5.xml
	mv $confdir /srv/sipis
	ln -s /srv/silent $confdir
	check "hung directory: PID 1 reloads within seconds" within 15 systemctl daemon-reload
	check "hung directory: sipisctl check ends within seconds" within 30 sipisctl check
	check "hung directory: it is an error" not sipisctl check
	rm $confdir
	mv /srv/sipis $confdir
	systemctl stop hang
	systemctl daemon-reload
	systemctl restart sipis
	check "hung files are gone: all instances serve" sipisctl apply
}

main "$@"
