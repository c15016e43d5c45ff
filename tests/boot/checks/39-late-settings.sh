#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Settings that are not there when systemd runs its generators: /etc/sipis is a mount, and one of its files is a link to a
# secret that a service creates during the boot. After the boot all instances run. Then the guide's own misspelt
# `systemctl deamon-reload`.

# shellcheck source=../lib.sh
. /boot-test/lib.sh

prepare() {
	guide
	mkdir -p /srv/settings /root/secrets
	mv $confdir/* /srv/settings
	chgrp sipis /srv/settings
	chmod 2755 /srv/settings
	mv /srv/settings/Settings2.xml /root/secrets
	ln -s /run/secrets/Settings2.xml /srv/settings/Settings2.xml
	echo "/srv/settings $confdir none bind 0 0" >>/etc/fstab
	cat >/etc/systemd/system/secrets.service <<-'END'
		[Unit]
		Before=sipis.service
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/bin/sh -c 'mkdir -p /run/secrets && cp -a /root/secrets/. /run/secrets/'
		[Install]
		WantedBy=multi-user.target
	END
	enable secrets
}

new_instance() {
	settings 5 port=14958 http=5040
	backends Sipis1=0/2 Sipis2=4/2 Sipis3=8/2 Sipis4=C/3 Sipis5=E/3
}

checks() {
	booted
	check "late settings: all instances run" wait_for active sipis@{1,2,3,4}
	check "late settings: the umbrella too" active sipis
	is "late settings: the second instance has the late file" "name: Sipis2" eval 'http 5010 / | head -n 1'
	check "late settings: it is logged" contains "reloaded systemd and started the instances" journalctl -b -t sipisctl
	is "late settings: once" 1 eval 'journalctl -b -o cat -t sipisctl | grep -c "reloaded systemd"'
	is "late settings: the system runs without a failed unit" running systemctl is-system-running
	check "late settings: nothing is stale" not contains stale-units sipisctl check

	new_instance
	systemctl stop sipis
	check "misspelt: systemctl deamon-reload is an error" not systemctl deamon-reload
	systemctl restart LoadBalancer2
	check "misspelt: systemctl start sipis" systemctl start sipis
	check "misspelt: all instances run, the new one too" wait_for active sipis@{1,2,3,4,5}
	check "misspelt: nothing is stale" not contains stale-units sipisctl check
	is "reload: nothing to do, nothing said" "" sipisctl reload
}

main "$@"
